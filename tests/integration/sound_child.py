"""Uses this machine's sound, and prints what came of it as lines of JSON: `python sound_child.py WHAT`.

In a process of its own, because PortAudio finds its devices by the environment and keeps them.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sys
from collections.abc import Callable

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


async def later() -> None:
    """An engine is to play and to hear before there is a sound server; it comes while both wait for it."""
    packets: asyncio.Queue[bytes] = asyncio.Queue()
    problems: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    voice = make_engine(packets, lambda kind, why: problems.put_nowait((kind, why)))
    voice.use_speaker(SystemSpeaker())
    voice.use_microphone(SystemMicrophone())
    voice.place(1, 1.0, 0.0)
    voice.set_live(True)
    first = [await problems.get() for _ in range(2)]
    tell(problems=sorted(kind for kind, why in first if why))
    while not problems.empty():
        problems.get_nowait()
    well: set[str] = set()
    while well != {"speaker", "microphone"}:
        kind, why = await asyncio.wait_for(problems.get(), SECONDS)
        well = well | {kind} if not why else well - {kind}
    talking = asyncio.create_task(talk(voice))
    tell(frequency=frequency_of(opus_decoded([await packets.get() for _ in range(200)])[-SAMPLE_RATE:]))
    talking.cancel()
    voice.close()
    await voice.closed()


async def talk(voice: VoiceEngine) -> None:
    """Somebody hums."""
    loop = asyncio.get_running_loop()
    at, began = 0, loop.time()
    while True:
        t = (at + np.arange(960)) / SAMPLE_RATE
        voice.hear(1, (0.3 * np.sin(2 * np.pi * TONE * t)).astype(np.float32))
        at += 960
        await asyncio.sleep(began + at / SAMPLE_RATE - loop.time())


def make_engine(packets: asyncio.Queue[bytes], on_problem: Callable[[str, str], None]) -> VoiceEngine:
    class Feed:
        subscribers = 1

        def put(self, data: bytes, pts: int) -> None:
            packets.put_nowait(data)

        def silence(self) -> None: ...

    return VoiceEngine(
        feed=Feed(),
        loop=asyncio.get_running_loop(),
        on_level=lambda level, speaking: None,
        on_problem=on_problem,
        natural=False,
    )


async def engine() -> None:
    """What an engine plays of somebody comes into another's microphone and goes out as packets."""
    packets: asyncio.Queue[bytes] = asyncio.Queue()
    problems: list[tuple[str, str]] = []

    def note(kind: str, why: str) -> None:
        problems.append((kind, why))

    heard, talker = make_engine(asyncio.Queue(), note), make_engine(packets, note)
    talker.use_microphone(SystemMicrophone())
    heard.use_speaker(SystemSpeaker())
    heard.place(1, 1.0, 0.0)
    talker.set_live(True)
    talking = asyncio.create_task(talk(heard))
    came = [await packets.get() for _ in range(200)]
    talking.cancel()
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
    what = {
        "tone": tone,
        "gone": gone,
        "nothing": nothing,
        "engine": lambda: asyncio.run(engine()),
        "later": lambda: asyncio.run(later()),
    }
    what[sys.argv[1]]()
