"""The two doors through which frames travel. `websocket` and `gathertui.testing` implement them."""

from __future__ import annotations

from typing import Protocol


class Connection(Protocol):
    """An open connection that carries whole frames, in order, both ways."""

    @property
    def latency(self) -> float | None:
        """Seconds that the last ping took there and back, or None before the first."""
        ...

    async def send(self, frame: bytes) -> None:
        """Hand one frame over; waits while the network is busy. Raises `ConnectionLost`."""
        ...

    async def receive(self) -> bytes:
        """Return the next frame. Raises `ConnectionLost` where none will come any more."""
        ...

    async def close(self) -> None:
        """End the connection. Does nothing where it has ended already."""
        ...


class Dial(Protocol):
    """Opens connections."""

    async def __call__(self, url: str, /) -> Connection:
        """Connect to a server by its `ws://` or `wss://` URL. Raises `ServerUnreachable`."""
        ...
