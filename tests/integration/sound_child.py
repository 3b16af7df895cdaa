"""Uses this machine's sound, and prints what came of it as lines of JSON: `python sound_child.py WHAT`.

In a process of its own, because PortAudio finds its devices by the environment and keeps them.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sys

import numpy as np

from gathertui.errors import DeviceError
from gathertui.media.audio.engine import VoiceEngine
from gathertui.media.audio.system import SystemMicrophone, SystemSpeaker
from gathertui.media.devices import list_devices
from gathertui.media.ports import SAMPLE_RATE, Block, Stereo
from gathertui.testing.listening import frequency_of, opus_decoded, strength_of

TONE = 1000
SECONDS = 20


def tell(**values: object) -> None:
    print(json.dumps(values), flush=True)


class Tone:
    def __init__(self) -> None:
        self._at = 0

    def fill(self, out: Stereo) -> None:
        t = (self._at + np.arange(len(out))) / SAMPLE_RATE
        self._at += len(out)
        out[:] = (0.3 * np.sin(2 * np.pi * TONE * t))[:, np.newaxis]


class Ear:
    """Waits for sound that comes out of the microphone."""

    def __init__(self) -> None:
        self._blocks: queue.SimpleQueue[Block] = queue.SimpleQueue()

    def hear(self, block: Block) -> None:
        self._blocks.put(block)

    def next_second(self) -> dict[str, float]:
        """Of the second that follows the first that can be heard."""
        for _ in range(SECONDS * 100):
            if np.abs(self._blocks.get(timeout=SECONDS)).max() > 0.01:
                break
        sound = np.concatenate([self._blocks.get(timeout=SECONDS) for _ in range(120)])[20 * 480 :]
        return {"frequency": frequency_of(sound), "height": strength_of(sound, TONE)}


def tone() -> None:
    """A tone out and in again, and in between another stream pauses for the list of devices."""
    told: list[str] = []
    speaker, microphone, ear = SystemSpeaker(), SystemMicrophone("ALSA: Ada's headset"), Ear()
    speaker.open(Tone().fill, told.append)
    microphone.open(ear.hear, told.append)
    tell(**ear.next_second())
    listed = list_devices()
    tell(microphones=[device.id for device in listed.microphones], default=[d.is_default for d in listed.speakers])
    again = Ear()
    microphone.close()
    microphone.open(again.hear, told.append)
    tell(**again.next_second())
    speaker.close()
    microphone.close()
    tell(told=told)


def gone() -> None:
    """The sound server dies and comes back."""
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    speaker, microphone, ear = SystemSpeaker(), SystemMicrophone(), Ear()
    speaker.open(Tone().fill, lambda why: told.put(f"speaker: {why}"))
    microphone.open(ear.hear, lambda why: told.put(f"microphone: {why}"))
    ear.next_second()
    tell(playing=True)  # and now it is killed
    tell(told=sorted(told.get(timeout=SECONDS) for _ in range(2)))
    sys.stdin.readline()  # it is back
    again = Ear()
    microphone.close()
    microphone.open(again.hear, lambda why: told.put(f"microphone: {why}"))
    tell(**again.next_second())
    speaker.close()
    microphone.close()


def nothing() -> None:
    listed = list_devices()
    tell(microphones=len(listed.microphones), speakers=len(listed.speakers), problems=listed.problems)
    for device in (SystemMicrophone(), SystemSpeaker("ALSA: something")):
        try:
            device.open(lambda samples: None, lambda why: None)
        except DeviceError as error:
            tell(error=str(error))


async def engine() -> None:
    """What an engine plays of somebody comes into another's microphone and goes out as packets."""
    packets: asyncio.Queue[bytes] = asyncio.Queue()

    class Feed:
        def put(self, data: bytes, pts: int) -> None:
            packets.put_nowait(data)

    problems: list[tuple[str, str]] = []

    def make(feed: Feed) -> VoiceEngine:
        return VoiceEngine(
            feed=feed,
            loop=asyncio.get_running_loop(),
            on_level=lambda level, speaking: None,
            on_problem=lambda kind, why: problems.append((kind, why)),
            natural=False,
        )

    heard, talker = make(Feed()), make(Feed())
    talker.use_microphone(SystemMicrophone())
    heard.use_speaker(SystemSpeaker())
    heard.place(1, 1.0, 0.0)
    talker.set_live(True)
    came = [await packets.get()]
    at = 0
    loop = asyncio.get_running_loop()
    began = loop.time()
    while len(came) < 100:
        t = (at + np.arange(960)) / SAMPLE_RATE
        heard.hear(1, (0.3 * np.sin(2 * np.pi * TONE * t)).astype(np.float32))
        at += 960
        await asyncio.sleep(began + at / SAMPLE_RATE - loop.time())
        while not packets.empty():
            came.append(packets.get_nowait())
    talker.set_live(False)
    while not packets.empty():
        packets.get_nowait()
    await asyncio.sleep(0.3)
    after_muting = packets.qsize()
    for each in (heard, talker):
        each.close()
        await each.closed()
    sound = opus_decoded(came)[-SAMPLE_RATE:]
    tell(frequency=frequency_of(sound), after_muting=after_muting, problems=problems)


if __name__ == "__main__":
    what = {"tone": tone, "gone": gone, "nothing": nothing, "engine": lambda: asyncio.run(engine())}
    what[sys.argv[1]]()
