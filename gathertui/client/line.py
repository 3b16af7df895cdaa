"""The line to the server: open or not, and what goes over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gathertui.client.link import Handler, Link, open_link
from gathertui.errors import ConnectionLost
from gathertui.net.connection import Dial
from gathertui.protocol.base import Message, Reply, Request
from gathertui.protocol.handshake import Hello, Welcome

R = TypeVar("R", bound=Reply)


class Line:
    """At most one link to a server at a time; `handle` gets what comes over it, as `Link` says."""

    def __init__(self, server: str, dial: Dial, handle: Handler) -> None:
        self._server = server
        self._dial = dial
        self._handle = handle
        self.link: Link | None = None
        """The link there is, if any; it may have ended."""

    @property
    def is_open(self) -> bool:
        """Whether messages get through."""
        return self.link is not None and self.link.is_open

    @property
    def latency(self) -> float | None:
        """Seconds of the last ping to the server and back, or None where there is none."""
        return self.link.latency if self.link is not None else None

    async def open(self, hello: Hello) -> Welcome:
        """Make one attempt to connect. Raises `ServerUnreachable`, `VersionMismatch` or `Refused`."""
        self.link, welcome = await open_link(self._dial, self._server, hello, self._handle)
        return welcome

    async def drop(self) -> None:
        """Close the link, after what was sent has left."""
        link, self.link = self.link, None
        if link is not None:
            await link.close()

    async def request(self, make: Callable[[int], Request], answer: type[R]) -> R:
        """Send a request and return its answer. Raises `Refused`, `ConnectionLost`."""
        if self.link is None:
            raise ConnectionLost("There is no connection to the server.")
        return await self.link.request(make, answer)

    def send(self, message: Message) -> None:
        """Send a message that has no reply; it is lost where there is no link."""
        if self.link is not None:
            self.link.send(message)
