"""This machine's microphones and loudspeakers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from gathertui.errors import DeviceError
from gathertui.media.audio.portaudio import Found, Kind, PortAudio, portaudio
from gathertui.media.ports import Block, Stereo

_HOPELESS_SECONDS: Final = 1.0
"""A stream that ends sooner than that after it began is not begun again."""

_NAMES: Final = {"input": "microphone", "output": "loudspeaker"}
_PLUG_IN: Final = {"input": "Plug one in and turn it on again.", "output": "Plug one in."}


class _SystemDevice:
    """One stream, on the device that was chosen or, while that is not there, the system's default.

    When it ends by itself, because the device was unplugged, it goes on with what
    there is then; where there is nothing it is lost until it is opened again. It is
    back on the chosen one when the library next looks which devices there are, as it
    does to open a stream while there is no other, and to list them.
    """

    def __init__(self, kind: Kind, device_id: str, load: Callable[[], PortAudio], clock: Callable[[], float]) -> None:
        self._kind, self._id, self._load, self._clock = kind, device_id, load, clock
        self._library: PortAudio | None = None
        self._stream: Any = None
        self._tell: Callable[[str], None] = lambda why: None
        self._told = ""
        self._number = 0
        self._began_at = 0.0
        self._is_hopeless = False

    def close(self) -> None:
        """Stop."""
        self._told, self._is_hopeless = "", False
        if self._library is not None:
            self._library.end(self)

    @property
    def is_lost(self) -> bool:
        """Whether its device went, and it may come back."""
        return self._library is not None and self._stream is None and not self._is_hopeless

    @property
    def is_open(self) -> bool:
        """Whether the stream runs."""
        return self._stream is not None

    def halt(self) -> None:
        """Close the stream, for `PortAudio`."""
        stream, self._stream = self._stream, None
        self._number += 1
        if stream is not None:
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)

    def begin(self) -> None:
        """Open the stream, for `PortAudio`."""
        assert self._library is not None
        found = self._find(self._library)
        self._number += 1
        number = self._number
        self._began_at = self._clock()
        self._stream = self._open_stream(self._library, found, lambda: self._ended(number))
        self._say(found)

    def failed(self, why: str) -> None:
        """Tell that there is no going on, for `PortAudio`."""
        self._told = why
        self._tell(why)

    def _start(self, tell: Callable[[str], None]) -> None:
        self._tell, self._is_hopeless = tell, False
        try:
            self._library = self._load()
            self._library.start(self)
        except DeviceError as error:
            self._told = str(error)
            raise

    def _open_stream(self, library: PortAudio, found: Found, ended: Callable[[], None]) -> Any:
        raise NotImplementedError

    def _find(self, library: PortAudio) -> Found:
        devices = library.devices(self._kind)
        if not devices:
            name = _NAMES[self._kind]
            raise DeviceError(f"There is no {name} on this machine.", _PLUG_IN[self._kind])
        return next((one for one in devices if one.device.id == self._id), devices[0])

    def _say(self, found: Found) -> None:
        why = ""
        if self._id and found.device.id != self._id:
            chosen = self._id.partition(": ")[2] or self._id
            does = "hears you" if self._kind == "input" else "plays"
            why = f"{chosen} is not there: {found.device.name} {does} instead."
        if why != self._told:
            self._told = why
            self._tell(why)

    # In a thread of the library's, where nothing may be closed.
    def _ended(self, number: int) -> None:
        if number == self._number:
            threading.Thread(target=self._recover, args=(number,), name="sound recovery", daemon=True).start()

    def _recover(self, number: int) -> None:
        assert self._library is not None
        with self._library.lock:
            if number != self._number or self._stream is None:
                return
            if self._clock() - self._began_at < _HOPELESS_SECONDS:
                self._library.end(self)
                self._is_hopeless = True
                self.failed(f"The {_NAMES[self._kind]} stopped working. Choose another, or turn it off and on.")
                return
            self._library.look_anew()


class SystemMicrophone(_SystemDevice):
    """A microphone by its id, as `list_devices` gives it; an empty id is the system's default."""

    def __init__(
        self,
        device_id: str = "",
        *,
        load: Callable[[], PortAudio] = portaudio,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__("input", device_id, load, clock)
        self._deliver: Callable[[Block], None] = lambda block: None

    def open(self, deliver: Callable[[Block], None], tell: Callable[[str], None]) -> None:
        """Begin to hear. Raises `DeviceError`."""
        self._deliver = deliver
        self._start(tell)

    def _open_stream(self, library: PortAudio, found: Found, ended: Callable[[], None]) -> Any:
        deliver = self._deliver

        def heard(samples: Stereo, frames: int, times: object, status: object) -> None:
            # The library writes over its samples; where there are two channels the left one will do.
            deliver(samples[:, 0].copy())

        return _with_channels((1, 2), lambda channels: library.stream("input", found, channels, heard, ended))


class SystemSpeaker(_SystemDevice):
    """A loudspeaker by its id, as `list_devices` gives it; an empty id is the system's default."""

    def __init__(
        self,
        device_id: str = "",
        *,
        load: Callable[[], PortAudio] = portaudio,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__("output", device_id, load, clock)
        self._fill: Callable[[Stereo], None] = lambda out: None

    def open(self, fill: Callable[[Stereo], None], tell: Callable[[str], None]) -> None:
        """Begin to play. Raises `DeviceError`."""
        self._fill = fill
        self._start(tell)

    def _open_stream(self, library: PortAudio, found: Found, ended: Callable[[], None]) -> Any:
        fill = self._fill

        def wanted(samples: Stereo, frames: int, times: object, status: object) -> None:
            if samples.shape[1] == 2:
                fill(samples)
                return
            both = np.zeros((len(samples), 2), np.float32)
            fill(both)
            samples[:, 0] = both.mean(axis=1)

        return _with_channels((2, 1), lambda channels: library.stream("output", found, channels, wanted, ended))


def _with_channels(choices: tuple[int, int], open_stream: Callable[[int], Any]) -> Any:
    """Open with the first number of channels, or, if the device doesn't do that, with the second."""
    try:
        return open_stream(choices[0])
    except DeviceError as error:
        try:
            return open_stream(choices[1])
        except DeviceError:
            raise error from None
