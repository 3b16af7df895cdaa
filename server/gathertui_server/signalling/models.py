"""What the service hands out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnAccess:
    """TURN servers and what they let one account in with."""

    urls: tuple[str, ...]
    username: str
    credential: str


@dataclass(frozen=True, slots=True)
class IceServers:
    """By which servers a client is to connect; `turn` is None where the office has none."""

    turn: TurnAccess | None
    stun_port: int
    """The UDP port where this server answers STUN, 0 for none."""
    relay_only: bool
    seconds: int
    """For how long what `turn` says is good."""


@dataclass(frozen=True, slots=True)
class SignallingStatistics:
    """The figures of this service at a moment; all only grow while the server runs."""

    turn_credentials_total: int
    """Times that TURN credentials were handed out."""
    stun_answers_total: int
    """STUN requests answered."""
    stun_limited_total: int
    """STUN requests left unanswered because their address sent too many."""
    stun_ignored_total: int
    """Datagrams that were no STUN request."""
