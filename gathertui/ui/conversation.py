"""Shows the pictures of those you talk with, and asks for those that show."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

from textual.geometry import Region

from gathertui.client.media.state import PeerMedia, Phase, Switch
from gathertui.client.model import ConnectionState
from gathertui.client.office import OfficeClient
from gathertui.protocol.media import CAMERA, LARGE_PICTURES, MEDIUM_PICTURES, MICROPHONE, NO_PICTURES, SMALL_PICTURES
from gathertui.protocol.presence import Avatar
from gathertui.render.colour import Picture
from gathertui.terminal.canvas.widget import HasCanvases
from gathertui.ui.look import Look
from gathertui.ui.tilearrangement import LEAST_ROWS, Arrangement, Place, arrange
from gathertui.ui.tilechoice import TileChoice
from gathertui.ui.tilesigns import TileSign, sign_of_peer, sign_of_yourself
from gathertui.ui.widgets.picture import PictureView
from gathertui.ui.widgets.wall import Wall

CELL_SHARPNESS: Final = 4
"""Pixels across that a cell shows at most: more of a camera's are of no use."""

_WIDTHS: Final = ((160, SMALL_PICTURES), (400, MEDIUM_PICTURES))
"""Up to so many pixels across, such pictures will do."""


class Spread(Enum):
    """How much of the screen is for the pictures."""

    NONE = "none"
    """They don't show."""
    PART = "part"
    """Some rows, where there is something to show, and none where there isn't."""
    GRID = "grid"
    """All of it, for everybody."""
    ONE = "one"
    """All of it, for one of them."""


class Room(NamedTuple):
    """Columns and rows for the pictures, blank rows above them, and how they may be spread."""

    columns: int
    rows: int
    above: int
    spread: Spread


class Conversation:
    """Hangs tiles on `wall` and keeps them as `client.media` has it.

    `resized` is called when the wall takes another number of rows, or has something to
    show at last, or no longer; `heard` when others speak than before; `picked` when
    somebody wants to look closer at who is marked; and `unreachable` with the reason
    when nothing comes through from somebody and no tile shows why.
    """

    def __init__(
        self,
        look: Look,
        client: OfficeClient,
        *,
        resized: Callable[[], None],
        heard: Callable[[], None],
        picked: Callable[[], None],
        unreachable: Callable[[str], None],
    ) -> None:
        self.wall = Wall(look, move=self.choose, pick=picked, mark=self.update)
        self.speaking: frozenset[int] = frozenset()
        """Who speaks, you among them."""
        self._client = client
        self._resized = resized
        self._heard = heard
        self._unreachable = unreachable
        self._room = Room(0, 0, 0, Spread.NONE)
        self._choice = TileChoice()
        self._order: list[int] = []
        self._shown: list[int | None] = []
        self._places: dict[int | None, Place] = {}
        self._chosen: int | None = None
        self._was_chosen = False
        self._rows = 0
        self._was_worth_showing = False
        self._wants: dict[int, int] = {}
        self._is_seen_at_all = True
        self._cover: Region | None = None
        self._out_of_reach: set[int] = set()
        self._watchers: list[Callable[[], None]] = []
        client.media.on_picture = self._show_picture

    # ------------------------------------------------------------ what others see of it

    @property
    def rows(self) -> int:
        """Rows that the wall takes of a part of the screen."""
        return self._rows

    @property
    def shown(self) -> list[int | None]:
        """Who is in which tile; None: you yourself."""
        return list(self._shown)

    @property
    def chosen(self) -> int | None:
        """Who is in the marked tile; None: you yourself."""
        return self._chosen

    @property
    def is_worth_showing(self) -> bool:
        """Whether anybody shows a picture, or talks."""
        if self._client.media.own.camera is Switch.ON:
            return True
        return any(self._is_seen(avatar) or self._talks(avatar) for avatar in self._order)

    def use_room(self, room: Room) -> None:
        """Take this much of the screen from now on."""
        if room != self._room:
            self._room = room
            self.update()

    @property
    def asks_for_pictures(self) -> bool:
        """Whether it wants pictures, or would if the terminal were seen."""
        return any(self._wanted(place) for place in self._places_of_others())

    def set_seen(self, seen: bool) -> None:
        """Whether anybody sees the terminal: while nobody does, nobody need send us pictures."""
        if seen != self._is_seen_at_all:
            self._is_seen_at_all = seen
            self._ask()
            if seen:
                for tile in self.wall.tiles:
                    tile.redraw()

    def cover(self, region: Region | None) -> None:
        """This much of the screen lies under something else now; None: nothing does."""
        if region != self._cover:
            self._cover = region
            self._ask()

    def choose(self, by: int) -> None:
        """Mark another one, so many places on."""
        everybody: list[int | None] = self._shown if self._room.spread is not Spread.ONE else [*self._order, None]
        if everybody:
            at = everybody.index(self._chosen) if self._chosen in everybody else -1 if by > 0 else 0
            self._chosen, self._was_chosen = everybody[(at + by) % len(everybody)], True
            self.update()

    def watch_yourself(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call this with every new picture of yourself and what else changes of yours; return what ends that."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    # ------------------------------------------------------------ what happened

    def update(self) -> None:
        """Somebody came or went, or does something else: place all that shows, and ask for its pictures."""
        model = self._client.model
        if not model.room:
            return
        # While the server is gone nobody is heard, and the tiles stay where they are until it is back.
        known = model.conversation if self._is_online else model.avatars
        self._order = [avatar for avatar in self._order if avatar in known]
        self._order += sorted(avatar for avatar in model.conversation if avatar not in self._order)
        self._listen()
        arrangement, shown = self._arrange()
        if shown and (self._chosen not in shown or not self._was_chosen):
            self._chosen = shown[0]
        before, self._shown = self._shown, shown
        places = [*arrangement.pictures, *arrangement.bars]
        if arrangement.yours is not None:
            places.append(arrangement.yours)
        above = self._room.above if places else 0
        places = [place._replace(x=place.x + 1, y=place.y + above) for place in places]
        is_part = self._room.spread is Spread.PART
        rows = arrangement.rows + above if places and is_part else 0
        self.wall.display = bool(places)
        self.wall.hang(places, rows if is_part else None)
        for number, (tile, avatar) in enumerate(zip(self.wall.tiles, shown, strict=True)):
            tile.tell(self._sign_of(avatar))
            if number >= len(before) or before[number] != avatar:
                tile.show(self._picture_of(avatar))
        self._places = dict(zip(shown, places, strict=True))
        self._ask()
        is_worth_showing = self.is_worth_showing
        if (rows, is_worth_showing) != (self._rows, self._was_worth_showing):
            self._rows, self._was_worth_showing = rows, is_worth_showing
            self._resized()

    def take_peer(self, avatar: int) -> None:
        """Something about somebody's sound or picture is another; mostly how loud they are."""
        self.update()
        tile = self._tile_of(avatar)
        if tile is not None and self._picture_of(avatar) is None:
            tile.show(None)
        self._tell_why(avatar)

    def take_own(self) -> None:
        """Something about your own is another."""
        self.update()
        self._show_picture(None)

    def _show_picture(self, avatar: int | None) -> None:
        tile = self._tile_of(avatar)
        if tile is not None:
            tile.show(self._picture_of(avatar))
        if avatar is None:
            for changed in list(self._watchers):
                changed()

    def _tell_why(self, avatar: int) -> None:
        """Say why nothing comes, once until something does, unless the tile says it."""
        peer = self._peer(avatar)
        if peer.phase in (Phase.CONNECTED, Phase.WAITING):
            self._out_of_reach.discard(avatar)
        elif peer.phase is Phase.NO_PATH and avatar not in self._out_of_reach:
            self._out_of_reach.add(avatar)
            place = self._places.get(avatar)
            if place is None or place.rows < LEAST_ROWS or self._is_covered(place):
                self._unreachable(peer.why)

    def _listen(self) -> None:
        media, model = self._client.media, self._client.model
        speaking = {avatar for avatar in self._order if avatar in media.peers and media.peers[avatar].speaking}
        if media.own.speaking:
            speaking.add(model.you)
        if speaking != self.speaking:
            self.speaking = frozenset(speaking)
            self._heard()

    # ------------------------------------------------------------ who is where

    def _arrange(self) -> tuple[Arrangement, list[int | None]]:
        columns, rows = self._room.columns - 2, self._room.rows - self._room.above
        spread = self._room.spread
        nothing: tuple[Arrangement, list[int | None]] = Arrangement(0), []
        if columns < 2 or rows < 1 or spread is Spread.NONE:
            return nothing
        if spread is Spread.ONE:
            one = self._chosen if self._chosen in self._order else None
            if one is None and not self._was_chosen and self._order:
                one = self._order[0]
            return Arrangement(rows, (Place(0, 0, columns, rows),)), [one]
        fills = spread is Spread.GRID
        yours = fills or self._client.media.own.camera is Switch.ON
        seen = [avatar for avatar in self._order if fills or self._is_seen(avatar)]
        others = [avatar for avatar in self._order if avatar not in seen]
        if not (fills or self.is_worth_showing):
            return nothing
        fit = len(arrange(columns, rows, pictures=len(seen), bars=len(others), yours=yours, fills=fills).pictures)
        pictures = self._choice.choose(seen, self.speaking, fit, time.monotonic())
        # Whose picture finds no place is heard all the same.
        lines = [avatar for avatar in seen if avatar not in pictures] + others
        arrangement = arrange(columns, rows, pictures=fit, bars=len(lines), yours=yours, fills=fills)
        shown: list[int | None] = [*pictures[: len(arrangement.pictures)], *lines[: len(arrangement.bars)]]
        return arrangement, [*shown, None] if arrangement.yours is not None else shown

    def _is_seen(self, avatar: int) -> bool:
        """Whether somebody shows a picture, or there is more to say about the connection than fits into a line."""
        peer = self._peer(avatar)
        return self._shows_camera(avatar) or peer.phase is Phase.NO_PATH

    def _shows_camera(self, avatar: int) -> bool:
        peer = self._peer(avatar)
        return peer.camera or peer.picture is not None or bool(self._avatar(avatar).media & CAMERA)

    def _talks(self, avatar: int) -> bool:
        return bool(self._avatar(avatar).media & MICROPHONE) or self._peer(avatar).microphone

    @property
    def _is_online(self) -> bool:
        return self._client.model.state is ConnectionState.ONLINE

    def _avatar(self, avatar: int) -> Avatar:
        return self._client.model.avatars[avatar]

    def _peer(self, avatar: int) -> PeerMedia:
        return self._client.media.peers.get(avatar) or PeerMedia()

    def _tile_of(self, avatar: int | None) -> PictureView | None:
        return next((tile for tile, other in zip(self.wall.tiles, self._shown, strict=True) if other == avatar), None)

    def _picture_of(self, avatar: int | None) -> Picture | None:
        return self._client.media.own_picture if avatar is None else self._peer(avatar).picture

    def _sign_of(self, avatar: int | None) -> TileSign:
        if avatar is None:
            sign = sign_of_yourself(self._client.model.me, self._client.media.own, online=self._is_online)
        else:
            sign = sign_of_peer(self._avatar(avatar), self._peer(avatar), online=self._is_online)
        return sign._replace(chosen=avatar == self._chosen and self.wall.has_keys)

    # ------------------------------------------------------------ which pictures come

    def _ask(self) -> None:
        """Want pictures as large as they show, and none of those that don't."""
        media = self._client.media
        wants = {avatar: self._wanted_of(avatar) for avatar in self._order}
        for avatar, pictures in wants.items():
            if self._wants.get(avatar) != pictures:
                media.want(avatar, pictures)
        self._wants = wants

    def _wanted_of(self, avatar: int) -> int:
        place = self._places.get(avatar)
        if place is None or not self._is_seen_at_all or self._is_covered(place):
            return NO_PICTURES
        return self._wanted(place)

    def _places_of_others(self) -> list[Place]:
        return [place for avatar, place in self._places.items() if avatar is not None]

    def _is_covered(self, place: Place) -> bool:
        """Whether less than half of a tile shows beside what lies over the screen."""
        if self._cover is None:
            return False
        region = Region(*place).translate(self.wall.region.offset)
        return region.intersection(self._cover).area * 2 > region.area

    def _wanted(self, place: Place) -> int:
        if place.rows < 2:
            return NO_PICTURES
        if self._room.spread is Spread.ONE:
            return LARGE_PICTURES
        across = place.columns * self._sharpness
        return next((pictures for width, pictures in _WIDTHS if across <= width), LARGE_PICTURES)

    @property
    def _sharpness(self) -> int:
        """Pixels across that a cell shows."""
        app: HasCanvases = self.wall.ancestors[-1]  # type: ignore[assignment]  # a CanvasApp
        capabilities = app.canvases.capabilities
        if capabilities.cell_pixels and (capabilities.kitty_graphics or capabilities.sixel):
            return capabilities.cell_pixels[0]
        return CELL_SHARPNESS
