"""Which of an account's views carries its sound and picture: this one asks for it, and keeps asking where it may."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from gathertui.client.media.port import MediaWire
from gathertui.errors import Code, ConnectionFailed, Refused

PATIENCE_SECONDS: Final = 1.0
"""How long to wait after a first refusal that may pass, where the server gives no time; then twice as long, ..."""

MAX_PATIENCE_SECONDS: Final = 30.0
"""... and never longer."""

_PASSING: Final = frozenset({Code.TIMEOUT, Code.NOT_IN_ROOM, Code.TOO_MANY_REQUESTS})
"""Refusals that have to do with the moment, and not with whether this view may carry."""


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
        self._patience = PATIENCE_SECONDS
        self._claiming = False
        self._has_carried = False
        self._waits = False
        self.wanted = True
        """Whether this view is to carry: from the start, and again once something is turned on here."""
        self.carried = False

    def ask(self) -> None:
        """Claim it, in `run`."""
        self.wanted = True
        self._waits = False
        if not self._claiming:  # once is enough: each claim turns everything off again at the server
            self._asked.set()

    def renew(self, *, is_on: bool, other: bool) -> bool:
        """On a new connection: claim it again, unless another view has taken it; return whether it does.

        `is_on`: something is turned on here. `other`: the server says that a view
        carries. While this one was away that view may have come in, which it was not
        told; then it claims for something that is on, and else waits until that view goes.
        """
        self._waits = self.wanted and other and not is_on and self._has_carried
        claims = self.wanted and not self._waits
        if claims:
            self.ask()
        return claims

    def released(self) -> None:
        """The server says that no view carries."""
        if self._waits:
            self.ask()

    def confirmed(self) -> None:
        """The server says that this view carries it, and takes all to be off, whatever it was told before."""
        self.wanted = True
        self._patience = PATIENCE_SECONDS
        self.carried = self._has_carried = True
        self._changed()

    def taken(self) -> None:
        """Another view carries it now."""
        self.wanted = self._waits = False
        self._set(carried=False)

    def lost(self) -> None:
        """There is no connection: nobody knows who carries."""
        self._claiming = self._waits = False
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
                await self._take_refusal(error)
            finally:
                self._claiming = False

    async def _take_refusal(self, error: Refused) -> None:
        """Ask again in a while, where that may be of use, or say that it isn't."""
        if error.code is Code.NOT_SIGNED_IN:
            return  # the next sign-in asks again
        if not error.retry_after and error.code not in _PASSING:
            self._refused(error)
            return
        pause = max(error.retry_after, self._patience)
        self._patience = min(2 * self._patience, MAX_PATIENCE_SECONDS)
        sleeping, asked = asyncio.ensure_future(self._sleep(pause)), asyncio.ensure_future(self._asked.wait())
        try:
            # A new connection asks at once, whatever the old one said.
            await asyncio.wait([sleeping, asked], return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            asked.cancel()
            await asyncio.gather(sleeping, asked, return_exceptions=True)
        if self.wanted and not (self.carried or self._waits):
            self._asked.set()
