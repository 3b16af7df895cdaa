"""What tmux knows of the pane that we are drawn in: whether anybody sees it, and when they did anything last.

tmux tells a program neither that it was detached nor that another window came to
the front, so it has to be asked.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final, NamedTuple

ANSWER_SECONDS: Final = 0.9
"""tmux answers in a few milliseconds; one that hangs must not hold anything up."""

_FORMAT: Final = "#{session_attached} #{window_active_clients} #{window_zoomed_flag} #{pane_active}"


class PaneState(NamedTuple):
    """How the pane is shown now."""

    attached: bool
    """Whether a terminal is attached to its session."""
    seen: bool
    """Whether it is on some terminal's screen: its window in front, and no other pane zoomed over it."""
    active_at: float | None = None
    """When the last key or click came to any terminal that is attached, as `time.time`; None: tmux does not tell."""
    answered: bool = True
    """Whether tmux answered, in time."""


SHOWN: Final = PaneState(attached=True, seen=True, answered=False)
"""What holds where nothing else is known."""


class TmuxPane:
    """One pane of a tmux server."""

    def __init__(self, socket: str, pane: str, *, program: str = "tmux") -> None:
        self._command = (
            *(program, "-S", socket, "display-message", "-p", "-t", pane, _FORMAT, ";"),
            *("list-clients", "-t", pane, "-F", "#{client_activity}"),
        )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> TmuxPane | None:
        """The pane that these variables speak of, None outside tmux."""
        socket, pane = environment.get("TMUX", "").split(",")[0], environment.get("TMUX_PANE", "")
        return cls(socket, pane) if socket and pane else None

    async def state(self, patience: float = ANSWER_SECONDS) -> PaneState:
        """Ask tmux; `SHOWN` where it does not answer within `patience` seconds."""
        with contextlib.suppress(OSError, TimeoutError):
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                async with asyncio.timeout(patience):
                    answer, _ = await process.communicate()
                return read_state(answer.decode("ascii", "replace"))
            finally:
                if process.returncode is None:
                    with contextlib.suppress(ProcessLookupError):
                        process.kill()
                    await process.wait()
        return SHOWN


def read_state(answer: str) -> PaneState:
    """Read tmux's answer to our questions; what an older tmux leaves empty counts as shown.

    The first line is of the pane, and each one after it of a terminal that is attached.
    """
    line, *clients_active = answer.rstrip("\n").split("\n")
    fields = line.split(" ")
    if len(fields) != 4 or not fields[0].isdecimal():
        return SHOWN
    attached, clients, zoomed, active = fields
    seen = attached != "0" and clients != "0" and not (zoomed == "1" and active == "0")
    active_at = max((float(each) for each in clients_active if each.isdecimal()), default=None)
    return PaneState(attached != "0", seen, active_at)
