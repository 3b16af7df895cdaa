"""Where the machinery's news go."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gathertui.client.media.otherside import OtherSide
from gathertui.client.media.ownside import OwnSide
from gathertui.client.media.port import MediaWire
from gathertui.protocol.media import IceServers, SignalBody

if TYPE_CHECKING:
    from gathertui.media.ports import Picture


class OfficeHooks:
    """The `machinery.Hooks` of one client."""

    def __init__(self, wire: MediaWire, mine: OwnSide, others: OtherSide, clock: Callable[[], float]) -> None:
        self._wire = wire
        self._clock = clock
        self._others = others
        self.level_changed = mine.level_changed
        self.device_failed = mine.device_failed
        self.own_picture_came = mine.picture_came
        self.voice_changed = others.board.refresh
        self.line_changed = others.board.refresh

    def picture_came(self, avatar: int, picture: Picture) -> None:
        """The newest picture of somebody."""
        self._others.board.picture_came(avatar, picture, self._clock())

    def wishes_changed(self) -> None:
        """Somebody wants other pictures."""
        self._others.climb(self._clock())

    async def ice_servers(self) -> IceServers:
        """Ask the server by which servers to connect."""
        return await self._wire.ice_servers()

    def signal(self, avatar: int, call: int, body: SignalBody) -> None:
        """Tell a peer something."""
        self._wire.signal(avatar, call, body)

    def name_of(self, avatar: int) -> str:
        """What somebody is called."""
        known = self._wire.model.avatars.get(avatar)
        return known.account.name if known is not None else "somebody who has left"

    @property
    def server(self) -> str:
        """The office's URL."""
        return self._wire.server
