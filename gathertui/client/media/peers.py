"""What is known of everybody's sound and picture in your conversation, put together from three sides.

The server says who is linked and what they have on, the mesh how the connection
is and what their camera sees, the voice engine how loud they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from gathertui.client.events import OfficeEvent, PeerMediaChanged
from gathertui.client.media.state import PeerMedia, Phase, Quality
from gathertui.client.model import OfficeModel
from gathertui.protocol.media import CAMERA, CARRIED, DEAF, MICROPHONE

if TYPE_CHECKING:
    from gathertui.media.ports import Picture

STILL_SECONDS: Final = 2.0
"""A picture older than this is shown no more: the avatar tells more of somebody than a picture that stands still."""

TAKEN: Final = "Another of your windows carries your sound and picture."
THEY_HAVE_NONE: Final = "They have no sound and no picture here: write to them."


class Line(NamedTuple):
    """How the connection with somebody is."""

    phase: Phase
    why: str = ""
    quality: Quality = Quality.UNKNOWN


class Voice(NamedTuple):
    """What is heard of somebody."""

    level: float
    speaking: bool


SILENT: Final = Voice(0.0, speaking=False)


class PeerBoard:
    """The peers, by avatar id. `line_of` and `voice_of` answer about a peer; None where there is no call."""

    def __init__(
        self,
        model: OfficeModel,
        *,
        tell: Callable[[OfficeEvent], object],
        shown: Callable[[int], None],
        line_of: Callable[[int], Line | None],
        voice_of: Callable[[int], Voice],
    ) -> None:
        self._model = model
        self._tell = tell
        self._shown = shown
        self._line_of = line_of
        self._voice_of = voice_of
        self._seen_at: dict[int, float] = {}
        self.peers: dict[int, PeerMedia] = {}
        self.carried = False
        """Whether this view carries your own."""

    @property
    def has_pictures(self) -> bool:
        """Whether there is a picture that could become too old."""
        return bool(self._seen_at)

    def sync(self) -> None:
        """Look at everybody anew: somebody came, went, or turned something on or off."""
        for gone in [avatar for avatar in self.peers if avatar not in self._model.conversation]:
            self._seen_at.pop(gone, None)
            del self.peers[gone]
            self._tell(PeerMediaChanged(gone))
        for avatar in self._model.conversation:
            self.refresh(avatar)

    def refresh(self, avatar: int) -> None:
        """Look at one anew."""
        known = self._model.avatars.get(avatar)
        if known is None or avatar not in self._model.conversation:
            return
        before = self.peers.get(avatar)
        line = self._line(avatar, known.media)
        voice = self._voice_of(avatar)
        camera = bool(known.media & CAMERA)
        if not camera:
            self._seen_at.pop(avatar, None)
        picture = before.picture if before is not None and avatar in self._seen_at else None
        now = PeerMedia(
            phase=line.phase,
            why=line.why,
            quality=line.quality,
            level=voice.level,
            speaking=voice.speaking,
            microphone=bool(known.media & MICROPHONE),
            camera=camera,
            deaf=bool(known.media & DEAF),
            picture=picture,
        )
        self.peers[avatar] = now
        lost = before is not None and before.picture is not None and picture is None
        if now != before or lost:
            self._tell(PeerMediaChanged(avatar))
        if lost:
            self._shown(avatar)

    def _line(self, avatar: int, media: int) -> Line:
        if not self.carried:
            return Line(Phase.WAITING, TAKEN)
        line = self._line_of(avatar)
        if line is not None and line.phase is not Phase.WAITING:
            return line
        return Line(Phase.WAITING, "" if media & CARRIED else THEY_HAVE_NONE)

    def picture_came(self, avatar: int, picture: Picture, now: float) -> None:
        """Show it, unless they say that their camera is off: then it was late."""
        peer = self.peers.get(avatar)
        if peer is None or not peer.camera:
            return
        self._seen_at[avatar] = now
        self.peers[avatar] = dataclasses.replace(peer, picture=picture)
        if peer.picture is None:
            self._tell(PeerMediaChanged(avatar))
        self._shown(avatar)

    def drop_stills(self, now: float) -> None:
        """Take away the pictures after which none came for `STILL_SECONDS`."""
        for avatar, seen_at in list(self._seen_at.items()):
            if now - seen_at >= STILL_SECONDS:
                del self._seen_at[avatar]
                self.refresh(avatar)
