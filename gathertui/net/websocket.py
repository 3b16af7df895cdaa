"""The websocket: opens it, moves frames, and turns its failures into ours."""

from __future__ import annotations

import ssl
from socket import gaierror
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gathertui.errors import ConnectionLost, ServerUnreachable, UsageError
from gathertui.net.address import endpoint, is_loopback
from gathertui.protocol.limits import MAX_SERVER_FRAME, SUBPROTOCOL

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

OPEN_SECONDS: Final = 8.0
PING_SECONDS: Final = 10.0
PONG_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 1.0

_LOST: Final = "The connection to the server was lost."


class WebsocketConnection:
    """One websocket, as a `Connection`."""

    def __init__(self, websocket: ClientConnection) -> None:
        self._websocket = websocket

    @property
    def latency(self) -> float | None:
        """Seconds that the last ping took there and back, or None before the first."""
        return self._websocket.latency or None

    async def send(self, frame: bytes) -> None:
        """Send one binary frame; waits while the socket's buffer is full. Raises `ConnectionLost`."""
        from websockets.exceptions import ConnectionClosed

        try:
            await self._websocket.send(frame)
        except ConnectionClosed:
            raise ConnectionLost(_LOST) from None

    async def receive(self) -> bytes:
        """Return the next frame. Raises `ConnectionLost` where none will come any more."""
        from websockets.exceptions import ConnectionClosed

        try:
            return await self._websocket.recv(decode=False)
        except ConnectionClosed:
            raise ConnectionLost(_LOST) from None

    async def close(self) -> None:
        """End the connection with a closing handshake of at most a second."""
        await self._websocket.close()


async def dial_websocket(url: str, /) -> WebsocketConnection:
    """Open a websocket to a gathertui server. Raises `ServerUnreachable`, whose message says what to do."""
    from websockets.asyncio.client import connect
    from websockets.typing import Subprotocol

    try:
        websocket = await connect(
            url,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            max_size=MAX_SERVER_FRAME,
            open_timeout=OPEN_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PONG_SECONDS,
            close_timeout=CLOSE_SECONDS,
            # A proxy can't reach the server on this very machine.
            proxy=None if is_loopback(urlsplit(url).hostname or "") else True,
        )
    except Exception as error:
        reason = _explain(error, url)
        if reason is None:
            raise
        raise reason from error
    if websocket.subprotocol != SUBPROTOCOL:
        await websocket.close()
        raise _not_ours(endpoint(url), f"it does not speak {SUBPROTOCOL}")
    return WebsocketConnection(websocket)


def _explain(error: Exception, url: str) -> ServerUnreachable | UsageError | None:
    """Return what a failure to connect means to a person, or None where it is a fault of ours."""
    from websockets.exceptions import InvalidHandshake, InvalidProxy, InvalidStatus, InvalidURI, ProxyError

    where = endpoint(url)
    match error:
        case InvalidURI():
            return UsageError(f"{url} is not a server's address.")
        case InvalidProxy() | ProxyError() | ImportError():
            return ServerUnreachable(
                f"The proxy of this machine does not lead to {where}.",
                "Check the https_proxy setting, or except this server with no_proxy.",
            )
        case InvalidStatus(response=response):
            return _not_ours(where, f"it says HTTP {response.status_code}")
        case InvalidHandshake():
            return _not_ours(where, "it answers something else")
        case OSError():
            return _explain_socket(error, url)
        case _:
            return None


def _explain_socket(error: OSError, url: str) -> ServerUnreachable:
    where = endpoint(url)
    match error:
        case TimeoutError():
            return ServerUnreachable(
                f"{where} does not answer.", "Check the address, and that no firewall is in the way."
            )
        case gaierror():
            return ServerUnreachable(
                f"There is no machine called {urlsplit(url).hostname}.",
                "Check the spelling, and that this machine is online.",
            )
        case ssl.SSLCertVerificationError():
            return ServerUnreachable(
                f"The certificate of {where} is not trusted: {error.verify_message}.",
                "If you trust this server, save its certificate and name the file in SSL_CERT_FILE.",
            )
        case ssl.SSLError():
            return ServerUnreachable(
                f"{where} does not speak TLS.", "If you trust the network in between, use ws:// instead of wss://."
            )
        case ConnectionRefusedError():
            return ServerUnreachable(f"Nothing listens at {where}.", "Is the server running? Is the port right?")
        case _:
            return ServerUnreachable(f"{where} can't be reached.", "Check the address, and that the server is running.")


def _not_ours(where: str, what: str) -> ServerUnreachable:
    return ServerUnreachable(f"{where} is not a gathertui server: {what}.", "Check the address and the port.")
