"""One connection to a server: the handshake, requests and their answers, and what comes unasked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from gathertui.client.cleaning import clean_received
from gathertui.errors import (
    BadFrame,
    Code,
    ConnectionLost,
    GathertuiError,
    Refused,
    Replaced,
    ServerUnreachable,
    VersionMismatch,
)
from gathertui.net.address import endpoint
from gathertui.net.connection import Connection, Dial
from gathertui.protocol.base import Closing, Message, Reply, Request
from gathertui.protocol.codec import encode
from gathertui.protocol.handshake import Hello, Welcome
from gathertui.protocol.session import Answered, ClientEvent, ClientSession, Ended, Failed, Pushed, Welcomed

WELCOME_SECONDS: Final = 8.0
REPLY_SECONDS: Final = 20.0
FLUSH_SECONDS: Final = 1.0
"""How long closing waits for the last frames to leave."""

R = TypeVar("R", bound=Reply)
Handler = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """Why a link ended. `retry_after` is in seconds: what the server asks for before another attempt."""

    error: GathertuiError
    retry_after: float = 0.0


class Link:
    """An open connection that the server has welcomed.

    `handle` is called with every reply and every message that came unasked, in the
    order they came, and before the one who waits for the reply goes on. It may
    raise: for a reply that fails the request, otherwise `BadFrame` ends the link.
    """

    def __init__(self, connection: Connection, session: ClientSession, handle: Handler) -> None:
        self._connection = connection
        self._session = session
        self._handle = handle
        self._outgoing: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._end: LinkEnd | None = None
        self._ended: asyncio.Future[LinkEnd] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._serve(), name="gathertui link")

    @property
    def is_open(self) -> bool:
        """Whether the connection still carries messages."""
        return self._end is None

    @property
    def latency(self) -> float | None:
        """Seconds of the last ping there and back, or None before the first."""
        return self._connection.latency

    def send(self, message: Message) -> None:
        """Send a message that has no reply. What is sent on a link that has ended is lost with it."""
        self._outgoing.put_nowait(encode(message))

    async def request(self, make: Callable[[int], Request], answer: type[R]) -> R:
        """Send the request that `make(rid)` returns and return its answer.

        Raises `Refused` where the server says no (with `Code.TIMEOUT`, where it
        says nothing), and `ConnectionLost`.
        """
        if self._end is not None:
            raise _lost(self._end.error)
        rid = self._session.next_rid()
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[rid] = future
        self._outgoing.put_nowait(self._session.request(make(rid)))
        try:
            async with asyncio.timeout(REPLY_SECONDS):
                reply = await future
        except TimeoutError:
            raise Refused(Code.TIMEOUT, "The server did not answer in time.", "Try again.") from None
        finally:
            self._waiting.pop(rid, None)
            self._session.abandon(rid)
        assert isinstance(reply, answer)
        return reply

    async def wait_ended(self) -> LinkEnd:
        """Wait until nothing comes over the connection any more and return why. It may have to be closed yet."""
        return await asyncio.shield(self._ended)

    async def close(self) -> None:
        """Send what is left, end the connection and wait for its tasks."""
        self._outgoing.put_nowait(None)
        await asyncio.wait([self._task], timeout=FLUSH_SECONDS)
        await self._connection.close()
        await asyncio.wait([self._task])
        self._task.result()

    async def _serve(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(self._write())
                end = await self._read()
                self._fail_all(end)
                self._ended.set_result(end)  # to close may take seconds, in which nobody shall believe in it
                writer.cancel()
        except BaseException as fault:
            if not self._ended.done():
                self._fail_all(LinkEnd(ConnectionLost("The connection to the server was lost.")))
                self._ended.set_exception(fault)
                self._ended.exception()  # nobody may be waiting
            raise
        finally:
            await self._connection.close()

    def _fail_all(self, end: LinkEnd) -> None:
        """It is over: say so to all that wait for an answer."""
        self._end = end
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(_lost(end.error))
                future.exception()  # whoever waited may have been cancelled

    async def _write(self) -> None:
        try:
            while (frame := await self._outgoing.get()) is not None:
                await self._connection.send(frame)
        except ConnectionLost:
            return  # the reader learns it, too, and says so
        await self._connection.close()

    async def _read(self) -> LinkEnd:
        while True:
            try:
                event = self._session.receive(await self._connection.receive())
                if isinstance(event, Ended):
                    return _end_of(clean_received(event.closing), signed_in=self._session.account is not None)
                self._dispatch(event)
            except ConnectionLost as error:
                return LinkEnd(error)
            except BadFrame as error:
                return LinkEnd(ConnectionLost(f"The server does not keep to the protocol: {error.message}"))

    def _dispatch(self, event: ClientEvent | None) -> None:
        match event:
            case Answered(rid, reply):
                self._answer(rid, clean_received(reply))
            case Failed(rid, error):
                future = self._waiting.get(rid)
                if future is not None and not future.done():
                    future.set_exception(_cleaned(error))
            case Pushed(message):
                self._handle(clean_received(message))

    def _answer(self, rid: int, reply: Reply) -> None:
        future = self._waiting.get(rid)
        if future is None or future.done():
            return
        try:
            self._handle(reply)
        except GathertuiError as error:
            future.set_exception(error)
        else:
            future.set_result(reply)


async def open_link(dial: Dial, url: str, hello: Hello, handle: Handler) -> tuple[Link, Welcome]:
    """Connect, introduce ourselves and return the link with the server's welcome.

    Raises `ServerUnreachable`, `VersionMismatch`, or `Refused` where the server
    won't have this client.
    """
    connection = await dial(url)
    session = ClientSession(hello)
    try:
        async with asyncio.timeout(WELCOME_SECONDS):
            await connection.send(session.start())
            welcome = await _receive_welcome(connection, session)
        if not hello.oldest <= welcome.minor <= hello.newest:
            raise VersionMismatch(
                "The server speaks a version of the protocol that this gathertui does not.", "Upgrade the older one."
            )
    except BaseException as error:
        await connection.close()
        if isinstance(error, TimeoutError | BadFrame):
            raise ServerUnreachable(
                f"{endpoint(url)} does not answer like a gathertui server.", "Check the address and the port."
            ) from error
        if isinstance(error, ConnectionLost):
            raise ServerUnreachable(f"{endpoint(url)} hung up at once.", "Try again in a moment.") from error
        raise
    return Link(connection, session, handle), clean_received(welcome)


async def _receive_welcome(connection: Connection, session: ClientSession) -> Welcome:
    while True:
        match session.receive(await connection.receive()):
            case Welcomed(welcome):
                return welcome
            case Ended(closing):
                raise _end_of(clean_received(closing), signed_in=False).error
            case Failed(_, error):
                raise _cleaned(error)


def _end_of(closing: Closing, *, signed_in: bool) -> LinkEnd:
    match closing.code:
        case Code.REPLACED:
            return LinkEnd(Replaced(closing.message))
        case Code.VERSION:
            return LinkEnd(VersionMismatch(closing.message))
        case Code.SESSION_EXPIRED:
            return LinkEnd(Refused(closing.code, closing.message))
        case Code.NOT_SIGNED_IN if signed_in:
            return LinkEnd(Refused(closing.code, closing.message))
        case _:
            return LinkEnd(ConnectionLost(closing.message), closing.retry_after)


def _cleaned(error: Refused) -> Refused:
    message, hint = clean_received([error.message, error.hint])
    return Refused(error.code, message, hint, retry_after=error.retry_after)


def _lost(error: GathertuiError) -> GathertuiError:
    """Return an error of its own for each who waits: one exception raised twice gathers tracebacks."""
    return type(error)(error.message, error.hint) if isinstance(error, ConnectionLost | Replaced) else error
