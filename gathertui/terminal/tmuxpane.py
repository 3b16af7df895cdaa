"""What tmux knows of the pane that we are drawn in: whether anybody sees it.

tmux tells a program neither that it was detached nor that another window came to
the front, so it has to be asked.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final, NamedTuple

ANSWER_SECONDS: Final = 2.0
"""tmux answers in a few milliseconds; one that hangs must not hold anything up."""

_FORMAT: Final = "#{session_attached} #{window_active_clients} #{window_zoomed_flag} #{pane_active}"


class PaneState(NamedTuple):
    """How the pane is shown now."""

    attached: bool
    """Whether a terminal is attached to its session."""
    seen: bool
    """Whether it is on some terminal's screen: its window in front, and no other pane zoomed over it."""


SHOWN: Final = PaneState(attached=True, seen=True)
"""What holds where nothing else is known."""


class TmuxPane:
    """One pane of a tmux server."""

    def __init__(self, socket: str, pane: str, *, program: str = "tmux") -> None:
        self._command = (program, "-S", socket, "display-message", "-p", "-t", pane, _FORMAT)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> TmuxPane | None:
        """The pane that these variables speak of, None outside tmux."""
        socket, pane = environment.get("TMUX", "").split(",")[0], environment.get("TMUX_PANE", "")
        return cls(socket, pane) if socket and pane else None

    async def state(self) -> PaneState:
        """Ask tmux; `SHOWN` where it does not answer."""
        with contextlib.suppress(OSError, TimeoutError):
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    answer, _ = await process.communicate()
                return read_state(answer.decode("ascii", "replace"))
            finally:
                if process.returncode is None:
                    with contextlib.suppress(ProcessLookupError):
                        process.kill()
                    await process.wait()
        return SHOWN


def read_state(answer: str) -> PaneState:
    """tmux's answer to our question; what an older tmux leaves empty counts as shown."""
    fields = answer.rstrip("\n").split(" ")
    if len(fields) != 4 or not fields[0].isdecimal():
        return SHOWN
    attached, clients, zoomed, active = fields
    seen = attached != "0" and clients != "0" and not (zoomed == "1" and active == "0")
    return PaneState(attached != "0", seen)
