"""Which of an account's views carries its sound and picture: this one asks for it, and keeps asking where it may."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from gathertui.client.media.port import MediaWire
from gathertui.errors import ConnectionFailed, Refused

PATIENCE_SECONDS: Final = 1.0
"""How long to wait after a refusal that may pass, where the server gives no time."""


class Carrier:
    """One view's claim. `changed` is called when it carries, or no longer; `refused` with a refusal that stays."""

    def __init__(
        self,
        wire: MediaWire,
        *,
        changed: Callable[[], None],
        refused: Callable[[Refused], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._wire = wire
        self._changed = changed
        self._refused = refused
        self._sleep = sleep
        self._asked = asyncio.Event()
        self._claiming = False
        self.wanted = True
        """Whether this view is to carry: from the start, and again once something is turned on here."""
        self.carried = False

    def ask(self) -> None:
        """Claim it, in `run`."""
        self.wanted = True
        if not self._claiming:  # once is enough: each claim turns everything off again at the server
            self._asked.set()

    def renew(self) -> None:
        """On a new connection: claim it again, unless another view has taken it meanwhile."""
        if self.wanted:
            self.ask()

    def confirmed(self) -> None:
        """The server says that this view carries it, and takes all to be off, whatever it was told before."""
        self.wanted = True
        self.carried = True
        self._changed()

    def taken(self) -> None:
        """Another view carries it now."""
        self.wanted = False
        self._set(carried=False)

    def lost(self) -> None:
        """There is no connection: nobody knows who carries."""
        self._claiming = False
        self._set(carried=False)

    def _set(self, *, carried: bool) -> None:
        if carried is not self.carried:
            self.carried = carried
            self._changed()

    async def run(self) -> None:
        """Claim whenever it is asked for, until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            self._claiming = True
            try:
                await self._wire.carry()
            except ConnectionFailed:
                continue  # the next connection asks again
            except Refused as error:
                if not error.retry_after:
                    self._refused(error)
                    continue
                await self._sleep(max(error.retry_after, PATIENCE_SECONDS))
                self._asked.set()
            finally:
                self._claiming = False
