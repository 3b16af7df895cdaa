"""The PortAudio library: which devices there are, and streams of them.

It keeps its list from when it was initialised, and to look anew it has to end all
streams of the process. So there is one of it for the process, that knows who has a
stream open and lets them begin again.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, Final, Literal, Protocol

from gathertui.errors import DeviceError
from gathertui.media.devicenames import readable_name
from gathertui.media.ports import BLOCK, SAMPLE_RATE, Device

Kind = Literal["input", "output"]

_LATENCY: Final[Mapping[Kind, float]] = {"input": 0.02, "output": 0.03}
"""Seconds that the library buffers. With less to play, a busy program is heard to crackle."""

_HOW_TO_GET: Final = {
    "linux": (
        "Install it (Debian, Ubuntu: sudo apt install libportaudio2; Fedora: sudo dnf install portaudio; "
        "Arch: sudo pacman -S portaudio) and start GatherTUI again."
    ),
    "darwin": "It comes with sounddevice: pip install --force-reinstall sounddevice, or brew install portaudio.",
}
_HOW_TO_GET_ELSEWHERE: Final = "Reinstall sounddevice, which brings it: pip install --force-reinstall sounddevice."


class Streaming(Protocol):
    """Who has a stream, or would have one if there were a device. The library calls these while it is locked."""

    @property
    def is_open(self) -> bool:
        """Whether the stream runs."""
        ...

    def halt(self) -> None:
        """Close the stream; it will begin again."""
        ...

    def begin(self) -> None:
        """Open the stream. Raises `DeviceError`."""
        ...

    def failed(self, why: str) -> None:
        """It could not begin again."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A device as the library knows it until it looks anew."""

    device: Device
    index: int
    channels: int


class PortAudio:
    """Holds the library. Everything waits for everything: not for the event loop's thread."""

    def __init__(self, library: ModuleType) -> None:
        self._library: Any = library
        self._streaming: list[Streaming] = []
        self.lock = threading.RLock()

    def look_anew(self) -> None:
        """Find out which devices there are now. Streams pause for a moment."""
        with self.lock:
            for stream in self._streaming:
                stream.halt()
            with contextlib.suppress(self._library.PortAudioError):  # it did not start the last time
                self._library._terminate()
            with self._failures("The sound system doesn't start"):
                self._library._initialize()
            for stream in self._streaming:
                try:
                    stream.begin()
                except DeviceError as error:
                    stream.failed(str(error))

    def start(self, stream: Streaming) -> None:
        """Let a stream begin, with the devices that there are now. Raises `DeviceError`.

        One that could not begin does so as soon as somebody looks anew and finds its
        device. It may be started again: that makes others pause no second time.
        """
        with self.lock:
            if stream.is_open:
                return
            is_first_try = stream not in self._streaming
            if not is_first_try:
                self._streaming.remove(stream)
            try:
                self._begin(stream, may_pause_others=is_first_try)
            finally:
                self._streaming.append(stream)

    def _begin(self, stream: Streaming, *, may_pause_others: bool) -> None:
        is_alone = not self._is_playing()
        if is_alone:
            self.look_anew()  # costs some 50 ms, and nobody's sound
        try:
            stream.begin()
        except DeviceError:
            if is_alone or not may_pause_others:
                raise
            self.look_anew()
            stream.begin()

    def _is_playing(self) -> bool:
        return any(stream.is_open for stream in self._streaming)

    def end(self, stream: Streaming) -> None:
        """Close a stream for good; fine also when it isn't open."""
        with self.lock:
            if stream in self._streaming:
                self._streaming.remove(stream)
            stream.halt()

    def devices(self, kind: Kind) -> tuple[Found, ...]:
        """The devices that hear ("input") or play ("output"), the default first."""
        with self.lock:
            default = self._default(kind)
            systems = [str(system["name"]) for system in self._library.query_hostapis()]
            seen: dict[str, int] = {}
            found: list[Found] = []
            for index, described in enumerate(self._library.query_devices()):
                channels = int(described[f"max_{kind}_channels"])
                if channels < 1:
                    continue
                name = readable_name(_without_number(str(described["name"])))
                base = f"{systems[described['hostapi']]}: {name}"
                # Two of a make have one name: the second is #2.
                seen[base] = number = seen.get(base, 0) + 1
                device_id, name = (base, name) if number == 1 else (f"{base} #{number}", f"{name} #{number}")
                found.append(Found(Device(device_id, name, is_default=index == default), index, channels))
            return tuple(sorted(found, key=lambda one: not one.device.is_default))

    def stream(
        self, kind: Kind, found: Found, channels: int, callback: Callable[..., None], ended: Callable[[], None]
    ) -> Any:
        """Open and start a stream of 48 kHz float32 in blocks of 10 ms. Raises `DeviceError`."""
        make = self._library.InputStream if kind == "input" else self._library.OutputStream
        with self._failures(f"{found.device.name} can't be opened"):
            stream = make(
                device=found.index,
                channels=channels,
                samplerate=SAMPLE_RATE,
                blocksize=BLOCK,
                dtype="float32",
                latency=_LATENCY[kind],
                callback=callback,
                finished_callback=ended,
            )
            try:
                stream.start()
            except self._library.PortAudioError:
                stream.close()
                raise
            return stream

    def _default(self, kind: Kind) -> int:
        try:
            return int(self._library.default.device[kind])
        except (self._library.PortAudioError, KeyError, IndexError, TypeError):
            return -1

    @contextlib.contextmanager
    def _failures(self, what: str) -> Any:
        try:
            yield
        except self._library.PortAudioError as error:
            reason = readable_name(str(error.args[0] if error.args else error))
            hint = "Another program may be using it; if not, choose another device."
            raise DeviceError(f"{what} ({reason}).", hint) from error


_loading = threading.Lock()


def portaudio() -> PortAudio:
    """Return the process's PortAudio. Raises `DeviceError` when it is not installed, and how to get it."""
    with _loading:  # a cache alone lets two threads in at once, and a second one would end the first one's streams
        library = _load()
    if library is None:
        hint = _HOW_TO_GET.get(sys.platform, _HOW_TO_GET_ELSEWHERE)
        raise DeviceError("Sound needs the PortAudio library, which is not installed.", hint)
    return library


@cache
def _load() -> PortAudio | None:
    """Return None where it is not installed: to look for it again would cost a tenth of a second each time."""
    _silence_libraries()
    try:
        return PortAudio(importlib.import_module("sounddevice"))
    except OSError:
        return None


def _silence_libraries() -> None:
    """Keep PortAudio and ALSA from writing into the screen.

    They tell each device that is missing or goes on C's standard error stream. That
    one is pointed elsewhere; the file descriptor, which Python and the screen write
    to, stays.
    """
    symbol = "__stderrp" if sys.platform == "darwin" else "stderr"
    with contextlib.suppress(OSError, ValueError, AttributeError, TypeError):
        c = ctypes.CDLL(None)
        c.fopen.restype = ctypes.c_void_p
        nowhere = c.fopen(os.fsencode(os.devnull), b"w")
        if nowhere:
            ctypes.c_void_p.in_dll(c, symbol).value = nowhere


def _without_number(name: str) -> str:
    """Return a name without ALSA's numbers, which are others when it is plugged in again."""
    head, mark, tail = name.rpartition(" (hw:")
    return head if mark and tail.endswith(")") else name
