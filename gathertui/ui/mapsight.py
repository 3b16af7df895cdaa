"""What the map shows, and the commands that change it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from gathertui.client.office import OfficeClient
from gathertui.render.office.crowdlayout import names_fit
from gathertui.ui.connection import ConnectionWatch
from gathertui.ui.conversation import Conversation
from gathertui.ui.crowd import Crowd
from gathertui.ui.look import Look
from gathertui.ui.surroundings import Listener
from gathertui.ui.widgets.mapview import MapView, Scene, SmallMap

SMALL_MAP_WORDS: Final = {
    SmallMap.HIDDEN: "The small map is hidden.",
    SmallMap.SHOWN: "The whole room, small, is in a corner.",
    SmallMap.NOT_NEEDED: "The whole room is in view already.",
    SmallMap.NO_ROOM: "No room for the small map here.",
}


class MapSight:
    """Keeps `view` as the client's model has it. `notice` says something to the person."""

    def __init__(
        self,
        look: Look,
        client: OfficeClient,
        *,
        listener: Listener,
        connection: ConnectionWatch,
        conversation: Conversation,
        notice: Callable[[str], None],
    ) -> None:
        self._client = client
        self._listener = listener
        self._connection = connection
        self._conversation = conversation
        self._notice = notice
        self._names: bool | None = None
        self._crowd = Crowd(client.model)
        self.view = MapView(look, self._scene, client.look)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what does the commands of these names."""
        return {"names": self._toggle_names, "zoom": self._change_zoom, "small-map": self._toggle_small_map}

    def move(self, avatars: frozenset[int]) -> None:
        """These are elsewhere: they walk there."""
        now = time.monotonic()
        self._crowd.move(avatars, now)
        self.view.changes_at(now + (self._crowd.wait(now) or 0.0))

    def _scene(self) -> Scene | None:
        model = self._client.model
        if not model.room:
            return None
        now = time.monotonic()
        people = self._crowd.drawn(now)
        return Scene(
            self._listener.listen(model),
            people,
            self._shows_names,
            not self._connection.is_online,
            self._crowd.wait(now),
            self._conversation.speaking,
        )

    @property
    def _shows_names(self) -> bool:
        """By what was asked for, or else while just a few people are in sight."""
        return names_fit(len(self._client.model.in_sight)) if self._names is None else self._names

    def _toggle_names(self) -> None:
        self._names = not self._shows_names
        self._notice("Names are shown." if self._names else "Names are hidden.")
        self.view.changed()

    def _change_zoom(self) -> None:
        self.view.change_zoom()
        self._notice("Large tiles." if self.view.zoom > 1 else "Small tiles.")

    def _toggle_small_map(self) -> None:
        self._notice(SMALL_MAP_WORDS[self.view.toggle_small_map()])
