"""Whose connections come before those of others, however far from each other people stand."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

FURTHEST: Final = 120
"""Tiles: who is further apart than this counts as this far."""

STEP: Final = 128
"""Tiles that a pair of one priority more counts as nearer: so much that no distance outweighs it.

It is small on purpose: numbers up to 256 are there already in CPython, larger ones
made each time, and in a crowd where nobody speaks that made a move a tenth dearer.
"""


class Priority(IntEnum):
    """What an avatar's connections are worth to the two ends."""

    NONE = 0
    """Nothing: no sound or picture would go either way."""
    SILENT = 1
    SPOKE = 2
    """They spoke a while ago, and may again. Two who take turns so don't take each other's place."""
    SPEAKING = 3


def bonus(one: Priority, other: Priority) -> int:
    """Return how many tiles the pair counts as nearer than it is: two who speak more than one who does."""
    return (one + other - 2) * STEP if one and other else -STEP
