"""What a mesh costs: people in processes of their own who all see and hear each other, over loopback.

Everybody shows pictures that bear the time and hums; signals go through this
process, as through a server. Prints one JSON line a figure and process:
the processor's time of one process in percent of a core, all in all and without
encoding; how old pictures are when they arrive; and how long it took from the
link to the first picture of the slowest peer. `--profile` says what takes the time.

    python tests/bench/mesh.py [--people 4] [--rung 1] [--seconds 10] [--silent]
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import os
import pstats
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from gathertui.protocol.media import SignalBody, Signalled
from gathertui.testing import conference as conferences
from gathertui.testing.conference import BOTH_WAYS, Attendee, Conference

ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
SETTLE = 2.0


class Envelope(msgspec.Struct):
    """A signal, with whom it is for and from."""

    to: int
    avatar: int
    call: int
    body: SignalBody


DECODER = msgspec.msgpack.Decoder(Envelope)


class Timed:
    """An encoder, and how long it takes."""

    seconds = 0.0

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder

    def encode(self, *values: Any, **options: Any) -> bytes:
        began = time.thread_time()
        try:
            return self._encoder.encode(*values, **options)
        finally:
            Timed.seconds += time.thread_time() - began


class RemoteConference(Conference):
    """One attendee here, the others elsewhere."""

    writer: asyncio.StreamWriter | None = None

    def deliver(self, avatar: int, message: Signalled) -> None:
        assert self.writer is not None
        data = msgspec.msgpack.encode(Envelope(avatar, message.avatar, message.call, message.body))
        self.writer.write(len(data).to_bytes(4, "big") + data)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        if self.writer is not None:
            self.writer.close()


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))


async def attend(options: argparse.Namespace) -> None:
    """Be one of them, and say what it cost."""
    opus, vp8 = conferences.OpusEncoder, conferences.Vp8Encoder
    conferences.OpusEncoder = lambda: Timed(opus())  # type: ignore[assignment, misc]
    conferences.Vp8Encoder = lambda rung: Timed(vp8(rung))  # type: ignore[assignment, misc]
    reader, writer = await asyncio.open_unix_connection(options.socket)
    async with RemoteConference() as conference:
        conference.writer = writer
        me = conference.join("me", avatar=options.attend)
        writer.write(options.attend.to_bytes(4, "big"))
        await reader.readexactly(1)  # all are there
        listening = asyncio.create_task(listen(reader, me))
        me.show(options.rung)
        if not options.silent:
            me.speak(200 + 100 * options.attend)
        began = time.monotonic()
        others = [avatar for avatar in range(1, options.people + 1) if avatar != options.attend]
        for other in others:
            me.link(other, BOTH_WAYS)
            me.mesh.set_rung(other, options.rung)
        await conference.until(lambda: all(me.seen[other] for other in others))
        first = time.monotonic() - began
        await asyncio.sleep(SETTLE)
        await measure(options, me, first, others)
        listening.cancel()


async def listen(reader: asyncio.StreamReader, me: Attendee) -> None:
    while True:
        letter = DECODER.decode(await read_frame(reader))
        me.mesh.signalled(Signalled(letter.avatar, letter.call, letter.body))


async def measure(options: argparse.Namespace, me: Attendee, first: float, others: list[int]) -> None:
    me.latencies.clear()
    seen, encoding = sum(me.seen.values()), Timed.seconds
    profile = cProfile.Profile() if options.profile and options.attend == 1 else None
    if profile is not None:
        profile.enable()
    began, spent = time.monotonic(), time.process_time()
    await asyncio.sleep(options.seconds)
    wall, spent = time.monotonic() - began, time.process_time() - spent
    if profile is not None:
        profile.disable()
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(45)
    latencies = sorted(me.latencies)
    figures = {
        "people": options.people,
        "rung": options.rung,
        "silent": options.silent,
        "process": options.attend,
        "cpu_percent": round(100 * spent / wall, 1),
        "cpu_percent_without_encoding": round(100 * (spent - Timed.seconds + encoding) / wall, 1),
        "latency_ms_p50": round(1000 * statistics.median(latencies), 1),
        "latency_ms_p99": round(1000 * latencies[int(len(latencies) * 0.99)], 1),
        "pictures_a_second_a_peer": round((sum(me.seen.values()) - seen) / wall / len(others), 1),
        "first_picture_seconds": round(first, 2),
        "load_average": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(figures), flush=True)


async def host(options: argparse.Namespace) -> None:
    """Start them all, and pass on what they tell each other."""
    writers: dict[int, asyncio.StreamWriter] = {}
    complete = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers[int.from_bytes(await reader.readexactly(4), "big")] = writer
        if len(writers) == options.people:
            for each in writers.values():
                each.write(b"!")
            complete.set()
        await complete.wait()
        try:
            while True:
                data = await read_frame(reader)
                writers[DECODER.decode(data).to].write(len(data).to_bytes(4, "big") + data)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "signals")
        server = await asyncio.start_unix_server(serve, path)
        command = [sys.executable, __file__, *sys.argv[1:], "--socket", path, "--attend"]
        processes = [
            await asyncio.create_subprocess_exec(*command, str(avatar), env=os.environ | ONE_CORE)
            for avatar in range(1, options.people + 1)
        ]
        await asyncio.gather(*[process.wait() for process in processes])
        server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--rung", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--silent", action="store_true", help="nobody hums")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--socket", default="", help=argparse.SUPPRESS)
    parser.add_argument("--attend", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    asyncio.run(attend(options) if options.attend else host(options))


if __name__ == "__main__":
    main()
