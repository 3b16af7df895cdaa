"""What a room counts, for metrics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoomStatistics:
    """One room's figures at a moment. Those called `..._total` only grow while the server runs."""

    avatars: int
    """People in the room, those marked away too."""
    steps_total: int
    """Steps that views asked for."""
    blocked_steps_total: int
    """Steps into a wall, furniture or the map's edge."""
    fast_steps_total: int
    """Steps refused because they came too fast."""
    expelled_total: int
    """Views that were disconnected for impossible steps."""
    ticks_total: int
    """Times that moves were told."""
    moves_total: int
    """Avatars that were told to have moved, one a tick at most."""
    link_decisions_total: int
    """Moves after which it was decided who hears whom."""
    link_changes_total: int
    """Avatars whose conversation changed by that."""
    links_waiting: int
    """Moves after which it is yet to be decided who hears whom."""
    tick_seconds: float
    """Seconds from tick to tick now."""
    tick_lag_seconds: float
    """Seconds that ticks came late lately, on average."""
    load: float
    """The part of a core that the room's thread used lately, 0 to 1."""
    overloaded: bool
    """Whether ticks are stretched because the process can't keep up."""
    overloads_total: int
    """Times that this began."""
