"""What a room counts, for metrics."""

from __future__ import annotations

from dataclasses import dataclass

from gathertui.world.room import BlockReason


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
    carried: int
    """People whose sound and picture a view carries."""
    signals_total: int
    """Signals passed on from one end of a call to the other."""
    refused_signals_total: int
    """Signals that were refused: to strangers, from views that carry no media, or to nobody who does."""
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


class Counts:
    """What happened in the room so far."""

    __slots__ = (
        "blocked",
        "decisions",
        "expelled",
        "fast",
        "link_changes",
        "moves",
        "overloads",
        "refused_signals",
        "signals",
        "steps",
        "ticks",
    )

    def __init__(self) -> None:
        self.steps = self.blocked = self.fast = self.expelled = 0
        self.ticks = self.moves = self.decisions = self.link_changes = self.overloads = 0
        self.signals = self.refused_signals = 0

    def refused(self, reason: BlockReason) -> None:
        """A step was not taken."""
        if reason is BlockReason.TOO_FAST:
            self.fast += 1
        else:
            self.blocked += 1
