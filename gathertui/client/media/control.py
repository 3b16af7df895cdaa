"""The socket by which commands and desktop keys reach a running client: `remote` is the other end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable

import msgspec

from gathertui.client.media.port import Media
from gathertui.client.media.remote import MAX_LINE, Answer, Command, control_folder, sockets_in
from gathertui.client.media.state import CAMERA, MEDIA, MICROPHONE, Switch
from gathertui.errors import GathertuiError

NOT_INSIDE = "Nobody has signed in at the gathertui that runs."


def obey(media: Media | None, command: Command) -> Answer:
    """Do what a command says; None is a client that is not in an office."""
    if media is None:
        return Answer(ok=False, why=NOT_INSIDE)
    problem = media.own.problems.get(MEDIA)
    if problem is not None:
        return Answer(ok=False, state="off", why=problem)
    if not command.to:
        return Answer(ok=True, state=_state(media, command))
    on = command.to == "on" or (command.to == "toggle" and _state(media, command) != "on")
    match command.part:
        case "mic":
            media.set_microphone(on)
        case "camera":
            media.set_camera(Switch.ON if on else Switch.OFF)
        case "deafen":
            media.set_deafened(on)
    state = _state(media, command)
    if (state == "on") is on:
        return Answer(ok=True, state=state)
    part = CAMERA if command.part == "camera" else MICROPHONE
    return Answer(ok=False, state=state, why=media.own.problems.get(part, "That does not work here."))


def _state(media: Media, command: Command) -> str:
    own = media.own
    match command.part:
        case "mic":
            return own.microphone.value
        case "camera":
            return own.camera.value
        case "deafen":
            return "on" if own.deafened else "off"


class _Line(asyncio.Protocol):
    """One connection: a line in, a line out, until it is hung up."""

    def __init__(self, media: Callable[[], Media | None], lines: set[_Line]) -> None:
        self._media = media
        self._lines = lines
        self._received = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._lines.add(self)
        if not _is_ours(transport.get_extra_info("socket")):
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lines.discard(self)

    def data_received(self, data: bytes) -> None:
        assert self.transport is not None
        self._received += data
        *lines, self._received = self._received.split(b"\n")
        if len(self._received) > MAX_LINE:
            self.transport.abort()
        for line in lines:
            try:
                answer = obey(self._media(), msgspec.json.decode(line, type=Command))
            except msgspec.MsgspecError as error:
                answer = Answer(ok=False, why=f"That is no command: {error}.")
            self.transport.write(msgspec.json.encode(answer) + b"\n")


def _is_ours(line: socket.socket) -> bool:
    """Whether the one at the other end is this same user; the folder's rights say so, too, where the system can't."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return bool(struct.unpack("3i", credentials)[1] == os.getuid())


@contextlib.asynccontextmanager
async def controlled(media: Callable[[], Media | None]) -> AsyncIterator[None]:
    """Let commands of this user reach the media of the client that `media` returns, while the block runs.

    Where that can't be had the block runs without it.
    """
    try:
        folder = control_folder()
        sockets_in(folder)  # sweeps up after those who have died
        path = folder / f"{os.getpid()}.sock"
        path.unlink(missing_ok=True)
        lines: set[_Line] = set()
        server = await asyncio.get_running_loop().create_unix_server(lambda: _Line(media, lines), path)
        path.chmod(0o600)
    except (GathertuiError, OSError):
        yield
        return
    try:
        yield
    finally:
        server.close()
        for line in list(lines):
            if line.transport is not None:
                line.transport.abort()
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()  # unless another client is in it
