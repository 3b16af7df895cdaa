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

    def cue_of(self, event: OfficeEvent, now: float, *, do_not_disturb: bool) -> str | None:
        """Return the name of the sound that tells `event`, None for silence."""
        match event:
            case ConversationChanged(joined=joined) if joined:
                return self.due("near", now)
            case ConversationChanged(left=left) if left:
                return self.due("gone", now)
            case AvatarAppeared() if not do_not_disturb:
                return self.due("arrival", now)
        return None

    def due(self, cue: str, now: float) -> str | None:
        """Return `cue`, unless it was played a moment ago."""
        if now - self._played_at.get(cue, -PAUSE_SECONDS) < PAUSE_SECONDS:
            return None
        self._played_at[cue] = now
        return cue
