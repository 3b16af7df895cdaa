"""Tells each account by which servers it is to connect."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from gathertui_server.signalling.models import IceServers, SignallingStatistics
from gathertui_server.signalling.responder import StunResponder
from gathertui_server.signalling.turn import TurnServers

NOTHING_EXPIRES: Final = 24 * 3600
"""Seconds that an answer without credentials is said to be good for."""


class Signalling:
    """The STUN and TURN servers of one office.

    Without `stun` nobody answers STUN here; with `relay_only` all goes by `turn`.
    `clock` tells the time of day, in seconds since 1970.
    """

    def __init__(
        self,
        *,
        turn: TurnServers | None = None,
        stun: StunResponder | None = None,
        relay_only: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._turn = turn
        self._stun = stun
        self._relay_only = relay_only
        self._clock = clock
        self._handed_out = 0
        self.stun_port = 0
        """The UDP port where STUN is answered, once it is; 0 before and without."""

    def ice_servers(self, account_id: str) -> IceServers:
        """Return by which servers this account connects from now on, with credentials of its own."""
        if self._turn is None:
            return IceServers(None, self.stun_port, self._relay_only, NOTHING_EXPIRES)
        self._handed_out += 1
        access = self._turn.access(account_id, self._clock())
        return IceServers(access, self.stun_port, self._relay_only, self._turn.seconds)

    def statistics(self) -> SignallingStatistics:
        """Return the figures as they are now."""
        stun = self._stun
        return SignallingStatistics(
            turn_credentials_total=self._handed_out,
            stun_answers_total=stun.answers if stun is not None else 0,
            stun_limited_total=stun.limited if stun is not None else 0,
            stun_ignored_total=stun.ignored if stun is not None else 0,
        )
