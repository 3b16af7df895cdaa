"""Devices that come and go. What PortAudio itself does is tried on a real sound server, in tests/integration."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gathertui.errors import DeviceError
from gathertui.media.audio.portaudio import PortAudio
from gathertui.media.audio.system import SystemMicrophone, SystemSpeaker
from gathertui.media.ports import BLOCK, Block, Stereo

SECONDS = 10
BUILT_IN, HEADSET, HDMI = ("Built-in (hw:0,0)", 2, 2), ("Ada's headset (hw:2,0)", 1, 2), ("HDMI (hw:0,3)", 0, 8)


class Computer(ModuleType):
    """sounddevice on a computer into which things are plugged: (name, channels in, channels out)."""

    class PortAudioError(Exception):
        pass

    def __init__(self, *plugged: tuple[str, int, int]) -> None:
        super().__init__("sounddevice")
        self.plugged = list(plugged)
        self.known: list[tuple[str, int, int]] = []
        self.streams: list[Any] = []
        self.refused_channels: set[int] = set()
        self.running = True
        self.is_broken = False
        self.default = SimpleNamespace(device={"input": 0, "output": 0})
        self._initialize()
        for kind in ("input", "output"):
            setattr(self, f"{kind.capitalize()}Stream", self._stream_maker(kind))

    def _initialize(self) -> None:
        if self.is_broken:
            raise Computer.PortAudioError("Error initializing PortAudio")
        self.known, self.running = list(self.plugged), True

    def _terminate(self) -> None:
        if not self.running:
            raise Computer.PortAudioError("PortAudio not initialized")
        assert all(stream.closed for stream in self.streams), "a stream was open"
        self.running = False

    def query_hostapis(self) -> tuple[dict[str, object], ...]:
        return ({"name": "ALSA"},)

    def query_devices(self) -> list[dict[str, object]]:
        return [
            {"name": name, "hostapi": 0, "max_input_channels": heard, "max_output_channels": played}
            for name, heard, played in self.known
        ]

    def unplug(self, device: tuple[str, int, int]) -> None:
        self.plugged.remove(device)
        for stream in [stream for stream in self.streams if stream.name == device[0] and not stream.closed]:
            threading.Thread(target=stream.finished).start()

    def open_streams(self) -> list[Any]:
        return [stream for stream in self.streams if not stream.closed]

    def _stream_maker(self, kind: str) -> Callable[..., Any]:
        computer = self

        class Stream:
            def __init__(
                self, *, device: int, channels: int, callback: Any, finished_callback: Any, **how: Any
            ) -> None:
                assert computer.running
                assert (how["samplerate"], how["blocksize"], how["dtype"]) == (48000, 480, "float32")
                if channels in computer.refused_channels:
                    raise Computer.PortAudioError("Invalid number of channels")
                self.name, self.kind, self.channels = computer.known[device][0], kind, channels
                self.callback, self.finished, self.closed = callback, finished_callback, False
                computer.streams.append(self)

            def start(self) -> None:
                if self.name not in [name for name, _, _ in computer.plugged]:
                    raise Computer.PortAudioError("Device unavailable")

            def abort(self, ignore_errors: bool) -> None:
                self.finished()

            def close(self, ignore_errors: bool = True) -> None:
                self.closed = True

            def run(self, samples: np.ndarray[Any, Any]) -> None:
                self.callback(samples, len(samples), None, None)

        return Stream


class Listener:
    def __init__(self) -> None:
        self.told: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.blocks: list[Block] = []

    def next(self) -> str:
        return self.told.get(timeout=SECONDS)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def microphone_of(computer: Computer, clock: Clock, device_id: str = "") -> tuple[PortAudio, SystemMicrophone]:
    library = PortAudio(computer)
    return library, SystemMicrophone(device_id, load=lambda: library, clock=clock)


def test_devices_have_ids_that_stay_and_names_for_people_and_the_default_is_first() -> None:
    computer = Computer(HDMI, BUILT_IN, HEADSET, HEADSET)
    computer.default.device = {"input": 2, "output": 1}
    library = PortAudio(computer)
    heard = [found.device for found in library.devices("input")]
    assert [(device.id, device.is_default) for device in heard] == [
        ("ALSA: Ada's headset", True),
        ("ALSA: Built-in", False),
        ("ALSA: Ada's headset #2", False),
    ]
    assert heard[2].name == "Ada's headset #2"
    assert [found.device.name for found in library.devices("output")][:2] == ["Built-in", "HDMI"]


def test_a_name_with_control_characters_is_one_plain_line() -> None:
    library = PortAudio(Computer(("Evil\x1b]0;x\x07\nmic", 1, 0)))
    assert library.devices("input")[0].device.name == "Evil ]0;x mic"


def test_the_chosen_device_is_used_and_what_it_hears_is_one_channel_of_our_own(
    listener: Listener, clock: Clock
) -> None:
    computer = Computer(BUILT_IN, HEADSET)
    _, microphone = microphone_of(computer, clock, "ALSA: Ada's headset")
    microphone.open(listener.blocks.append, listener.told.put)
    (stream,) = computer.open_streams()
    assert (stream.name, stream.channels) == (HEADSET[0], 1)
    samples = np.full((BLOCK, 1), 0.5, np.float32)
    stream.run(samples)
    samples.fill(0)  # as PortAudio does
    assert listener.blocks[0].shape == (BLOCK,)
    assert (listener.blocks[0] == 0.5).all()
    assert listener.told.empty()
    microphone.close()
    assert computer.open_streams() == []


def test_unplugged_the_default_takes_over_and_plugged_in_again_the_chosen_one_does(
    listener: Listener, clock: Clock
) -> None:
    computer = Computer(BUILT_IN, HEADSET)
    library, microphone = microphone_of(computer, clock, "ALSA: Ada's headset")
    microphone.open(listener.blocks.append, listener.told.put)
    clock.now = 5.0
    computer.unplug(HEADSET)
    assert listener.next() == "Ada's headset is not there: Built-in hears you instead."
    assert [stream.name for stream in computer.open_streams()] == [BUILT_IN[0]]
    computer.plugged.append(HEADSET)
    library.look_anew()
    assert listener.next() == ""
    assert [stream.name for stream in computer.open_streams()] == [HEADSET[0]]
    microphone.close()


def test_one_unplugging_moves_microphone_and_loudspeaker_once_each(listener: Listener, clock: Clock) -> None:
    computer = Computer(BUILT_IN, HEADSET)
    library, microphone = microphone_of(computer, clock, "ALSA: Ada's headset")
    speaker = SystemSpeaker("ALSA: Ada's headset", load=lambda: library, clock=clock)
    microphone.open(listener.blocks.append, listener.told.put)
    speaker.open(lambda out: None, listener.told.put)
    clock.now = 5.0
    computer.unplug(HEADSET)
    assert {listener.next(), listener.next()} == {
        "Ada's headset is not there: Built-in hears you instead.",
        "Ada's headset is not there: Built-in plays instead.",
    }
    with library.lock:
        assert sorted(stream.kind for stream in computer.open_streams()) == ["input", "output"]
    microphone.close()
    speaker.close()
    assert listener.told.empty()


def test_the_last_microphone_unplugged_is_told_and_opening_again_finds_the_new_one(
    listener: Listener, clock: Clock
) -> None:
    computer = Computer(HEADSET, HDMI)
    _, microphone = microphone_of(computer, clock)
    microphone.open(listener.blocks.append, listener.told.put)
    clock.now = 5.0
    computer.unplug(HEADSET)
    assert listener.next() == "There is no microphone on this machine. Plug one in and turn it on again."
    microphone.close()
    computer.plugged.append(BUILT_IN)
    microphone.open(listener.blocks.append, listener.told.put)
    assert [stream.name for stream in computer.open_streams()] == [BUILT_IN[0]]
    microphone.close()


def test_what_could_not_be_opened_is_there_when_it_is_tried_again(listener: Listener, clock: Clock) -> None:
    computer = Computer()
    _, microphone = microphone_of(computer, clock)
    with pytest.raises(DeviceError, match="There is no microphone"):
        microphone.open(listener.blocks.append, listener.told.put)
    assert microphone.is_lost
    with pytest.raises(DeviceError, match="There is no microphone"):
        microphone.open(listener.blocks.append, listener.told.put)
    computer.plugged.append(BUILT_IN)
    microphone.open(listener.blocks.append, listener.told.put)
    assert [stream.name for stream in computer.open_streams()] == [BUILT_IN[0]]
    assert not microphone.is_lost
    assert listener.next() == ""
    microphone.open(listener.blocks.append, listener.told.put)
    assert len(computer.open_streams()) == 1, "and not opened twice"
    microphone.close()
    assert computer.open_streams() == []


def test_what_could_not_be_opened_comes_with_the_next_look_at_what_there_is(listener: Listener, clock: Clock) -> None:
    computer = Computer(HDMI)
    library, microphone = microphone_of(computer, clock)
    with pytest.raises(DeviceError):
        microphone.open(listener.blocks.append, listener.told.put)
    computer.plugged.append(BUILT_IN)
    library.look_anew()
    assert listener.next() == ""
    assert [stream.kind for stream in computer.open_streams()] == ["input"]
    microphone.close()


def test_only_the_first_try_makes_others_pause_to_look_for_a_device(listener: Listener, clock: Clock) -> None:
    computer = Computer(HDMI)
    library, microphone = microphone_of(computer, clock)
    speaker = SystemSpeaker(load=lambda: library, clock=clock)
    speaker.open(lambda out: None, lambda why: None)
    computer.plugged.append(BUILT_IN)
    microphone.open(listener.blocks.append, listener.told.put)
    assert sorted(stream.kind for stream in computer.open_streams()) == ["input", "output"], "it was looked for"
    clock.now = 5.0
    computer.unplug(BUILT_IN)
    assert "no microphone" in listener.next()
    with library.lock:
        streams = len(computer.streams)
    assert microphone.is_lost
    for _ in range(3):
        with pytest.raises(DeviceError):
            microphone.open(listener.blocks.append, listener.told.put)
    computer.plugged.append(BUILT_IN)
    with pytest.raises(DeviceError):
        microphone.open(listener.blocks.append, listener.told.put)
    assert len(computer.streams) == streams, "the loudspeaker went on"
    speaker.close()
    microphone.open(listener.blocks.append, listener.told.put)
    assert [stream.kind for stream in computer.open_streams()] == ["input"]
    microphone.close()


def test_a_sound_system_that_does_not_start_does_so_later(listener: Listener, clock: Clock) -> None:
    computer = Computer(BUILT_IN)
    _, microphone = microphone_of(computer, clock)
    computer.is_broken = True
    for _ in range(2):
        with pytest.raises(DeviceError, match="sound system doesn't start"):
            microphone.open(listener.blocks.append, listener.told.put)
    computer.is_broken = False
    microphone.open(listener.blocks.append, listener.told.put)
    assert len(computer.open_streams()) == 1
    microphone.close()


def test_a_device_that_ends_at_once_is_not_tried_for_ever(listener: Listener, clock: Clock) -> None:
    computer = Computer(BUILT_IN)
    _, microphone = microphone_of(computer, clock)
    microphone.open(listener.blocks.append, listener.told.put)
    computer.open_streams()[0].finished()
    assert listener.next().startswith("The microphone stopped working.")
    assert computer.open_streams() == []
    assert len(computer.streams) == 1
    assert not microphone.is_lost


def test_a_device_in_use_by_another_program_is_said_in_a_sentence(listener: Listener, clock: Clock) -> None:
    computer = Computer(BUILT_IN)
    _, microphone = microphone_of(computer, clock)
    computer.plugged[0] = ("Something else", 2, 2)
    computer._terminate = lambda: None  # type: ignore[method-assign] # so that the list stays as it was
    computer._initialize = lambda: None  # type: ignore[method-assign]
    with pytest.raises(DeviceError, match=r"Built-in can't be opened \(Device unavailable\)"):
        microphone.open(listener.blocks.append, listener.told.put)
    assert computer.open_streams() == []


@pytest.mark.parametrize(("refused", "channels"), [({1}, 2), (set(), 1)])
def test_a_microphone_of_two_channels_will_do(
    listener: Listener, clock: Clock, refused: set[int], channels: int
) -> None:
    computer = Computer(BUILT_IN)
    computer.refused_channels = refused
    _, microphone = microphone_of(computer, clock)
    microphone.open(listener.blocks.append, listener.told.put)
    (stream,) = computer.open_streams()
    stream.run(np.full((BLOCK, channels), 0.25, np.float32))
    assert (listener.blocks[0] == 0.25).all()
    assert listener.blocks[0].shape == (BLOCK,)


def test_a_loudspeaker_of_one_channel_plays_both_sides(clock: Clock) -> None:
    computer = Computer(BUILT_IN)
    computer.refused_channels = {2}
    library = PortAudio(computer)

    def fill(out: Stereo) -> None:
        out[:, 0], out[:, 1] = 0.2, 0.6

    speaker = SystemSpeaker(load=lambda: library, clock=clock)
    speaker.open(fill, lambda why: None)
    (stream,) = computer.open_streams()
    samples = np.zeros((BLOCK, 1), np.float32)
    stream.run(samples)
    assert samples == pytest.approx(0.4)


def test_without_portaudio_it_is_said_how_to_get_it_and_cameras_are_still_listed() -> None:
    script = """
import ctypes.util
ctypes.util.find_library = lambda name: None
from gathertui.errors import DeviceError
from gathertui.media.audio.system import SystemMicrophone
from gathertui.media.devices import list_devices
try:
    SystemMicrophone().open(print, print)
except DeviceError as error:
    print(error)
listed = list_devices()
print(len(listed.microphones), len(listed.speakers))
print(listed.problems[0])
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stderr == ""
    error, counts, problem = done.stdout.splitlines()
    assert error == problem
    assert "PortAudio" in error
    assert counts == "0 0"
    if sys.platform == "linux":
        assert "apt install libportaudio2" in error
