"""What a voice costs, how much of the echo stays, and how long it takes from a mouth to an ear.

Prints one line of JSON a figure. `..._ms` of work is processor time of one thread
for 10 ms of sound: the median and the least of all blocks. `cpu_percent` is the
processor time of the whole process, of one core, in a conversation of four without
network and decoding.

mouth_to_ear: a burst sounds on the null sink of a PulseAudio of our own. One engine
hears it by the sink's monitor, its packets go straight to a decoder and to another
engine, which plays them on the same sink. A recording of the monitor holds both,
and the time between them. What a network adds is not in it. round_trip: a burst
out and in again, with nothing in between but the sound server and PortAudio.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

import av
import numpy as np

from gathertui.media.audio.capture import Packet, VoiceCapture
from gathertui.media.audio.engine import VoiceEngine
from gathertui.media.audio.mixer import Mixer, Voice
from gathertui.media.audio.opus import PACKET
from gathertui.media.audio.system import SystemMicrophone, SystemSpeaker
from gathertui.media.ports import BLOCK, SAMPLE_RATE, Block, Sound, Stereo
from gathertui.testing.room import SimulatedRoom
from gathertui.testing.sounddevices import CollectingSpeaker, SyntheticMicrophone
from gathertui.testing.soundserver import SoundServer
from gathertui.testing.speech import SyntheticSpeech

SECONDS = 12
SEEDS = range(6)
MEASURED_SECONDS = 8.0
BURSTS = 20
BURST_EVERY = 0.8  # seconds; longer than the voice activity's hangover, so that each opens it anew
TONE = 700


def report(figure: str, **numbers: float) -> None:
    print(json.dumps({"figure": figure, **{name: round(value, 3) for name, value in numbers.items()}}), flush=True)


def blocks(sound: Sound) -> list[Block]:
    return [sound[at : at + BLOCK] for at in range(0, len(sound) - BLOCK + 1, BLOCK)]


def work(figure: str, seconds: list[float]) -> None:
    milliseconds = [1000 * each for each in seconds]
    report(figure, median_ms=median(milliseconds), least_ms=min(milliseconds), blocks=len(milliseconds))


# ---------------------------------------------------------------- pure


def echo() -> None:
    lost = []
    for seed in SEEDS:
        room, capture = SimulatedRoom(seed), VoiceCapture()
        heard, cleaned = [], []
        for block in blocks(SyntheticSpeech(seed + 100).samples(0, SECONDS * SAMPLE_RATE)):
            near = room.hear(block)
            capture.hear(near, block, send=False)
            heard.append(near)
            cleaned.append(capture.cleaned)
        settled = len(heard) // 3
        loud, left = np.concatenate(heard[settled:]), np.concatenate(cleaned[settled:])
        lost.append(float(10 * np.log10(np.mean(loud**2) / np.mean(left**2))))
    report("erle_db", median=median(lost), worst=min(lost), best=max(lost), rooms=len(lost))


def capture() -> None:
    speech = SyntheticSpeech(1).samples(0, SECONDS * SAMPLE_RATE)
    noise = (0.0005 * np.random.default_rng(0).standard_normal(len(speech))).astype(np.float32)
    for name, sound in (("speech", speech + noise), ("quiet room", noise)):
        voice, spent, packets = VoiceCapture(), [], 0
        room, far = SimulatedRoom(2), SyntheticSpeech(9).samples(0, len(sound))
        for near, there in zip(blocks(sound), blocks(0.3 * far if name == "speech" else 0 * far), strict=True):
            mixed = near + room.hear(there)
            began = time.thread_time()
            packets += len(voice.hear(mixed, there, send=True))
            spent.append(time.thread_time() - began)
        work(f"capture, {name}", spent)
        report(f"packets, {name}", a_second=packets / SECONDS)


def onset() -> None:
    """From the first loud sample of a word to the packet with it, and how much of its beginning is in it."""
    waits, before = [], []
    for seed in range(20):
        voice = VoiceCapture()
        start = int(0.7 * SAMPLE_RATE) + 37 * seed
        speech = np.concatenate((np.zeros(start, np.float32), SyntheticSpeech(seed).samples(0, 2 * SAMPLE_RATE)))
        speech += (0.0005 * np.random.default_rng(seed).standard_normal(len(speech))).astype(np.float32)
        first = start + int(np.flatnonzero(np.abs(speech[start:]) > 0.01)[0])
        for number, block in enumerate(blocks(speech)):
            packets: list[Packet] = voice.hear(block, np.zeros(BLOCK, np.float32), send=True)
            if packets and number * BLOCK > start:
                waits.append(((number + 1) * BLOCK - first) / SAMPLE_RATE * 1000)
                before.append((first - packets[0].pts) / SAMPLE_RATE * 1000)
                break
    report("onset_ms", until_sent_median=median(waits), until_sent_most=max(waits), kept_before_least=min(before))


def mix() -> None:
    for people in (1, 3, 6):
        mixer, sources = Mixer(), [SyntheticSpeech(seed) for seed in range(people)]
        mixer.voices = voices = tuple(Voice(0.5, 0.3) for _ in sources)
        out, spent = np.zeros((BLOCK, 2), np.float32), []
        for at in range(0, SECONDS * SAMPLE_RATE, PACKET):
            for voice, source in zip(voices, sources, strict=True):
                voice.buffer.push(source.samples(at, PACKET))
            for _ in range(2):
                began = time.thread_time()
                mixer.fill(out)
                spent.append(time.thread_time() - began)
        work(f"mixing {people}", spent)


# ---------------------------------------------------------------- engines, in real time


class Loopback:
    """A feed that hands packets on at once, decoded: a network that takes no time."""

    subscribers = 1

    def __init__(self) -> None:
        self.to: VoiceEngine | None = None
        self._decoder = av.CodecContext.create("libopus", "r")
        self._decoder.sample_rate = SAMPLE_RATE
        self._decoder.layout = "mono"

    def put(self, data: bytes, pts: int) -> None:
        if self.to is not None:
            for frame in self._decoder.decode(av.Packet(data)):
                self.to.hear(1, frame.to_ndarray()[0].astype(np.float32) / 32768)

    def silence(self) -> None:
        """Nothing waits here."""


def make_engine(feed: Loopback, *, natural: bool = True) -> VoiceEngine:
    return VoiceEngine(
        feed=feed,
        loop=asyncio.get_running_loop(),
        on_level=lambda level, speaking: None,
        on_problem=lambda kind, why: print(kind, why, file=sys.stderr) if why else None,
        natural=natural,
    )


async def conversation(figure: str, *, speaking: int, live: bool) -> None:
    engine = make_engine(Loopback())
    sources = [SyntheticSpeech(seed) for seed in range(speaking)]
    engine.use_microphone(SyntheticMicrophone(SyntheticSpeech(50)))
    engine.use_speaker(CollectingSpeaker())
    engine.set_live(live)
    for number in range(speaking):
        engine.place(number, 0.7, 0.2)
    loop = asyncio.get_running_loop()
    await asyncio.sleep(1)
    began, spent, at = loop.time(), time.process_time(), 0
    while loop.time() - began < MEASURED_SECONDS:
        for number, source in enumerate(sources):
            engine.hear(number, source.samples(at, PACKET))
        at += PACKET
        await asyncio.sleep(began + at / SAMPLE_RATE - loop.time())
    spent = time.process_time() - spent
    threads = sum(thread.name == "sound devices" for thread in threading.enumerate())
    report(figure, cpu_percent=100 * spent / (loop.time() - began), threads_besides_the_devices=threads)
    engine.close()
    await engine.closed()


class Bursts:
    """60 ms of a tone every so often."""

    def __init__(self) -> None:
        self._at = 0

    def fill(self, out: Stereo) -> None:
        t = (self._at + np.arange(len(out))) / SAMPLE_RATE
        self._at += len(out)
        since = t % BURST_EVERY - 0.5
        shape = np.clip(np.minimum(since, 0.06 - since) / 0.002, 0, 1)
        out[:] = (0.2 * shape * np.sin(2 * np.pi * TONE * t))[:, np.newaxis]


def starts(sound: Sound, threshold: float) -> list[float]:
    """The times (seconds) at which something begins after a silence of 20 ms."""
    loud = np.abs(sound).reshape(-1, 48).max(axis=1) > threshold
    return [at / 1000 for at in range(20, len(loud)) if loud[at] and not loud[at - 20 : at].any()]


async def mouth_to_ear() -> None:
    recorded: list[Block] = []
    mouth, ear, recorder = SystemSpeaker(), SystemSpeaker(), SystemMicrophone()
    feed = Loopback()
    talker, listener = make_engine(feed), make_engine(Loopback())
    talker.use_microphone(SystemMicrophone())
    listener.use_speaker(ear)
    listener.place(1, 0.1, 0.0)  # softer than it was said, or the two would go on for ever
    talker.set_live(True)
    feed.to = listener
    await asyncio.to_thread(recorder.open, recorded.append, lambda why: None)
    await asyncio.to_thread(mouth.open, Bursts().fill, lambda why: None)
    await asyncio.sleep(BURSTS * BURST_EVERY)
    for device in (mouth, recorder):
        await asyncio.to_thread(device.close)
    sound = np.concatenate(recorded)
    said = starts(sound, 0.12)
    took = []
    for at in said[2:]:
        after = sound[round((at + 0.064) * SAMPLE_RATE) : round((at + 0.4) * SAMPLE_RATE)]
        came = np.flatnonzero(np.abs(after) > 0.25 * np.abs(after).max()) if len(after) else []
        if len(came) and np.abs(after).max() > 0.004:
            took.append(64 + float(came[0]) / SAMPLE_RATE * 1000)
    for engine in (talker, listener):
        engine.close()
        await engine.closed()
    if took:
        report(
            "mouth_to_ear_ms", median=median(took), least=min(took), most=max(took), bursts=len(took), said=len(said)
        )


def round_trip() -> None:
    """From the moment a burst is written into the loudspeaker's block to that of the microphone's block with it."""
    written: list[float] = []
    heard: list[float] = []
    bursts, last = Bursts(), [0.0]

    def fill(out: Stereo) -> None:
        bursts.fill(out)
        now = time.monotonic()
        if np.abs(out).max() > 0.05 and now - last[0] > 0.3:
            written.append(now)
            last[0] = now

    last_heard = [0.0]

    def hear(block: Block) -> None:
        now = time.monotonic()
        if np.abs(block).max() > 0.05:
            if now - last_heard[0] > 0.3:
                heard.append(now)
            last_heard[0] = now

    microphone, speaker = SystemMicrophone(), SystemSpeaker()
    microphone.open(hear, lambda why: None)
    speaker.open(fill, lambda why: None)
    time.sleep(BURSTS * BURST_EVERY / 2)
    speaker.close()
    microphone.close()
    took = [1000 * (after - before) for before, after in zip(written, heard, strict=False)]
    report("round_trip_ms", median=median(took), least=min(took), most=max(took), bursts=len(took))


def with_sound_server() -> None:
    with tempfile.TemporaryDirectory(prefix="snd", ignore_cleanup_errors=True) as folder:
        server = SoundServer(Path(folder))
        try:
            server.start()
        except (OSError, RuntimeError) as error:
            print(f"No PulseAudio, so nothing of real devices: {error}", file=sys.stderr)
            return
        try:
            environment = {**server.environment, "PYTHONPATH": ":".join(sys.path)}
            subprocess.run([sys.executable, __file__, "devices"], env=environment, timeout=120, check=True)
        finally:
            server.stop()


if __name__ == "__main__":
    if sys.argv[1:] == ["devices"]:
        round_trip()
        asyncio.run(mouth_to_ear())
    else:
        echo()
        capture()
        onset()
        mix()
        asyncio.run(conversation("three others speak, and you", speaking=3, live=True))
        asyncio.run(conversation("three others speak, muted", speaking=3, live=False))
        asyncio.run(conversation("nobody speaks, muted", speaking=0, live=False))
        with_sound_server()
