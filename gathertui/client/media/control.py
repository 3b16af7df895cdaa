"""The socket by which commands and desktop keys reach a running client: `remote` is the other end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

import msgspec

from gathertui.client.media.port import Media
from gathertui.client.media.remote import MAX_LINE, Answer, Command, Part, control_folder, sockets_in
from gathertui.client.media.state import CAMERA, MEDIA, MICROPHONE, Switch
from gathertui.errors import GathertuiError

WORKS_SECONDS: Final = 2.0
"""How long the answer waits for a device that was turned on: whether it works shows only when it is open."""

NOT_INSIDE: Final = "Nobody has signed in at the gathertui that runs."
TOO_LATE: Final = "That command came too late."
WORKS_NOT: Final = "That does not work here."

_LOOK_SECONDS: Final = 0.02


async def obey(media: Media | None, command: Command, *, patience: float = WORKS_SECONDS) -> Answer:
    """Do what a command says, at once; None is a client that is not in an office.

    The answer is there when a device that was turned on is known to work, or not to,
    and after `patience` seconds in any case.
    """
    if media is None:
        return Answer(ok=False, why=NOT_INSIDE)
    problem = media.own.problems.get(MEDIA)
    if problem is not None:
        return Answer(ok=False, state="off", why=problem)
    before = _state(media, command.part)
    if not command.to:
        return Answer(ok=True, state=before)
    on = command.to == "on" or (command.to == "toggle" and before != "on")
    match command.part:
        case "mic":
            media.set_microphone(on)
        case "camera":
            media.set_camera(Switch.ON if on else Switch.OFF)
        case "deafen":
            media.set_deafened(on)
    if on and before != "on":
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await _works(media, command.part)
    state = _state(media, command.part)
    if (state == "on") is on:
        return Answer(ok=True, state=state)
    part = CAMERA if command.part == "camera" else MICROPHONE
    problems = media.own.problems
    return Answer(ok=False, state=state, why=problems.get(part) or problems.get(MEDIA) or WORKS_NOT)


async def _works(media: Media, part: Part) -> None:
    """Wait until what was turned on works, or went off by itself because it doesn't."""
    if part == "camera":
        while media.own.camera is Switch.ON and media.own_picture is None:  # noqa: ASYNC110  # it tells the screen alone
            await asyncio.sleep(_LOOK_SECONDS)
    elif part == "mic":
        # It opens when the server has said that this view carries.
        while media.own.microphone is Switch.ON and not media.own.carried:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_SECONDS)
        await media.wait_quiet()


def _state(media: Media, part: Part) -> str:
    own = media.own
    match part:
        case "mic":
            return own.microphone.value
        case "camera":
            return own.camera.value
        case "deafen":
            return "on" if own.deafened else "off"


class _Lines:
    """The connections that are open: on each a line in, a line out, until it is hung up."""

    def __init__(self, media: Callable[[], Media | None]) -> None:
        self._media = media
        self._serving: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Obey what comes on one of them."""
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        line = writer.get_extra_info("socket")
        try:
            # Without a newline, or with more than `MAX_LINE` bytes before it, it is no command.
            while _is_ours(line) and (text := await reader.readuntil(b"\n")):
                answer = await self._answer(text, line)
                writer.write(msgspec.json.encode(answer) + b"\n")
                await writer.drain()
        except (OSError, EOFError, asyncio.LimitOverrunError):
            return
        finally:
            self._serving.discard(task)
            writer.transport.abort()

    async def _answer(self, text: bytes, line: socket.socket) -> Answer:
        try:
            command = msgspec.json.decode(text, type=Command)
        except (msgspec.MsgspecError, RecursionError) as error:
            return Answer(ok=False, why=f"That is no command: {error}.")
        # Both say that whoever asked has given up, and was told that it failed.
        if time.monotonic() > command.until or _has_hung_up(line):
            return Answer(ok=False, why=TOO_LATE)
        return await obey(self._media(), command)

    async def close(self) -> None:
        """Hang up on everybody."""
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)


def _has_hung_up(line: socket.socket) -> bool:
    """Whether nobody is at the other end any more, even where there is still something to read of what they sent."""
    if line.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(line.fileno(), 0)
    return any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll(0))


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
    lines = _Lines(media)
    try:
        folder = control_folder()
        path = folder / f"{os.getpid()}.sock"
        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(lines.serve, path, limit=MAX_LINE)
        path.chmod(0o600)
    except (GathertuiError, OSError):
        yield
        return
    # Sweeps up after those who have died; one who is busy may take seconds to show that it lives.
    sweeping = asyncio.create_task(asyncio.to_thread(sockets_in, folder), name="gathertui sweeping")
    try:
        yield
    finally:
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
        server.close()
        await lines.close()
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()  # unless another client is in it
