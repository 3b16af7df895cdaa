"""Finds out whether anybody sees the pane of tmux that we are drawn in, as long as that makes a difference.

tmux takes all that it gets and tells nothing, so it is asked: while moving pictures are
drawn or wanted, and else not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from gathertui.ui.mediaguard import Pane

ASK_SECONDS: Final = 2.0
"""How often tmux is asked while we are seen ..."""

ASK_AGAIN_SECONDS: Final = 0.7
"""... and while we are not: whoever comes back looks at a screen that should move."""


class PaneWatch:
    """Asks `pane` while `matters` says so, and calls `tell` when the answer is another than before."""

    def __init__(
        self,
        pane: Pane,
        *,
        matters: Callable[[], bool],
        tell: Callable[[bool], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._pane = pane
        self._matters = matters
        self._tell = tell
        self._sleep = sleep
        self.is_seen = True

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            await self._sleep(ASK_SECONDS if self.is_seen else ASK_AGAIN_SECONDS)
            if self._matters():
                self._take((await self._pane.state()).seen)

    def looked_at(self) -> None:
        """Somebody pressed a key here, or gave the terminal the focus: they see it."""
        self._take(True)

    def _take(self, is_seen: bool) -> None:
        if is_seen != self.is_seen:
            self.is_seen = is_seen
            self._tell(is_seen)
