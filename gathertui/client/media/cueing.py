"""Which sound tells what happens, and that not too many do."""

from __future__ import annotations

from typing import Final

from gathertui.client.events import AvatarAppeared, ConversationChanged, OfficeEvent

PAUSE_SECONDS: Final = 1.0
"""Between two sounds of the same kind; what happens sooner is silent."""


class Cueing:
    """Remembers what was played when. Times are in seconds, on one clock."""

    def __init__(self) -> None:
        self._played_at: dict[str, float] = {}

    def cue_of(self, event: OfficeEvent) -> str | None:
        """Return the name of the sound that tells `event`, None where there is none."""
        match event:
            case ConversationChanged(joined=joined) if joined:
                return "near"
            case ConversationChanged(left=left) if left:
                return "gone"
            case AvatarAppeared():
                return "arrival"
        return None

    def is_due(self, cue: str, now: float) -> bool:
        """Whether to play `cue`: not if it was a moment ago. Who asks plays it."""
        if now - self._played_at.get(cue, -PAUSE_SECONDS) < PAUSE_SECONDS:
            return False
        self._played_at[cue] = now
        return True
