"""What sound and picture send and ask, over the connection of their client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from gathertui.client.events import OfficeEvent
from gathertui.client.model import OfficeModel
from gathertui.protocol import media
from gathertui.protocol.base import Message, Reply, Request

R = TypeVar("R", bound=Reply)


class Ask(Protocol):
    """Sends a request and returns its answer."""

    def __call__(self, make: Callable[[int], Request], answer: type[R], /) -> Awaitable[R]:
        """Raise `Refused` or `ConnectionLost`."""
        ...


class ClientWire:
    """A `MediaWire` of these parts of a client; `send` sends where there is a connection."""

    def __init__(
        self,
        server: str,
        model: OfficeModel,
        *,
        ask: Ask,
        send: Callable[[Message], None],
        tell: Callable[[OfficeEvent], Any],
    ) -> None:
        self.server = server
        self.model = model
        self.tell = tell
        self._ask = ask
        self._send = send

    async def carry(self) -> None:
        """Have this view carry the account's sound and picture."""
        await self._ask(media.CarryMedia, media.MediaCarried)

    async def ice_servers(self) -> media.IceServers:
        """Ask by which servers to connect."""
        return await self._ask(media.GetIceServers, media.IceServers)

    def set_media(self, bits: int, /) -> None:
        """Tell what is on."""
        self._send(media.SetMedia(bits))

    def signal(self, avatar: int, call: int, body: media.SignalBody, /) -> None:
        """Tell a peer something."""
        self._send(media.Signal(avatar, call, body))
