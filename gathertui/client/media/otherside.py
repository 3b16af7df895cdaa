"""The others' sound and picture: the calls with your conversation, and where everybody is heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gathertui.client.events import OfficeEvent
from gathertui.client.media.machinery import Calls, Machinery
from gathertui.client.media.peers import SILENT, Line, PeerBoard, Voice
from gathertui.client.media.placing import Ears
from gathertui.client.model import OfficeModel
from gathertui.protocol.media import SMALL_PICTURES, Signalled
from gathertui.protocol.presence import RECEIVE

DEFAULT_WANT: Final = SMALL_PICTURES


class OtherSide:
    """Keeps calls, voices and the board of peers to what the model says of the conversation."""

    def __init__(
        self, model: OfficeModel, *, tell: Callable[[OfficeEvent], object], shown: Callable[[int], None]
    ) -> None:
        self.board = PeerBoard(model, tell=tell, shown=shown, line_of=self._line_of, voice_of=self._voice_of)
        self._model = model
        self._machinery: Machinery | None = None
        self._calls: Calls | None = None
        self._ears: Ears | None = None
        self._placed: set[int] = set()
        self._wants: dict[int, int] = {}

    def attach(self, machinery: Machinery | None) -> None:
        """Use this from now on; None: there is none any more."""
        self._machinery = machinery
        self._placed.clear()

    def call_with(self, calls: Calls | None) -> None:
        """Make the calls by this from now on; None: there are none."""
        self._calls = calls
        self.sync()

    def set_carried(self, carried: bool) -> None:
        """This view carries, or no longer: from the next `sync` on there are calls, or none."""
        self.board.carried = carried
        if self._calls is not None and carried:
            self._calls.resume()

    def pause(self) -> None:
        """The connection to the server is lost; the calls may outlive that for a moment."""
        if self._calls is not None:
            self._calls.pause()

    def sync(self) -> None:
        """Who is linked, who is there, or what they have on is another."""
        conversation = self._model.conversation
        for gone in [avatar for avatar in self._wants if avatar not in conversation]:
            del self._wants[gone]
        if self._calls is not None:
            links = conversation if self.board.carried else {}
            self._calls.set_peers(links, self._model.avatars)
            for avatar, pictures in self._wants.items():
                self._calls.want(avatar, pictures)
        self.place(frozenset(conversation))
        self.board.sync()

    def place(self, moved: frozenset[int]) -> None:
        """These walked: hear them from where they are now. When you did, that is everybody."""
        if self._machinery is None or not self._model.you:
            return
        voice = self._machinery.voice
        heard = {avatar for avatar, link in self._model.conversation.items() if link.flow & RECEIVE}
        if not self.board.carried:
            heard.clear()
        for gone in self._placed - heard:
            voice.forget(gone)
        if self._ears is None or self._ears.tilemap is not self._model.tilemap:
            self._ears = Ears(self._model.tilemap)
        everybody = self._model.you in moved
        for avatar in heard:
            if everybody or avatar in moved or avatar not in self._placed:
                place = self._ears.place(self._model.me, self._model.avatars[avatar], self._model.conversation[avatar])
                voice.place(avatar, place.gain, place.pan)
        self._placed = heard

    def want(self, avatar: int, pictures: int) -> None:
        """Say how large somebody's pictures are wanted."""
        if avatar not in self._model.conversation or self._wants.get(avatar, DEFAULT_WANT) == pictures:
            return
        self._wants[avatar] = pictures
        if self._calls is not None:
            self._calls.want(avatar, pictures)

    def signalled(self, message: Signalled) -> None:
        """A peer told something; nobody listens where nothing is carried."""
        if self._calls is not None and self.board.carried:
            self._calls.signalled(message)

    def climb(self, now: float) -> None:
        """Give everybody the pictures that they want, as far as it goes."""
        if self._calls is not None:
            self._calls.climb(now)

    def _line_of(self, avatar: int) -> Line | None:
        return self._calls.line_of(avatar) if self._calls is not None else None

    def _voice_of(self, avatar: int) -> Voice:
        return self._machinery.voice_of(avatar) if self._machinery is not None else SILENT
