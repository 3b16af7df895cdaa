"""How much is drawn, and how often, so that a slow line never falls behind. Pure: the time is passed in."""

from __future__ import annotations

from gathertui.terminal.pacing.gate import FrameGate
from gathertui.terminal.pacing.ladder import Ladder, Rung

__all__ = ["FrameGate", "Ladder", "Rung"]
