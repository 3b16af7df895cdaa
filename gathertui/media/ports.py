"""What sound and picture are made of, and what devices look like to the rest of the client.

Real devices and their synthetic twins in `gathertui.testing` keep to these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE: Final = 48_000
"""Samples a second, everywhere."""

BLOCK: Final = 480
"""Samples of a block: 10 ms."""

Block: TypeAlias = NDArray[np.float32]
"""(480,) mono, from -1 to 1."""

Sound: TypeAlias = NDArray[np.float32]
"""(n,) mono, from -1 to 1."""

Stereo: TypeAlias = NDArray[np.float32]
"""(n, 2), left and right, from -1 to 1."""

Picture: TypeAlias = NDArray[np.uint8]
"""(height, width, 3) RGB."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device of this machine. `id` finds it again, also after it was unplugged; `name` is for people."""

    id: str
    name: str
    is_default: bool = False


class Microphone(Protocol):
    """Something that hears. A microphone that was closed may be opened again; one thread opens and closes it."""

    def open(self, deliver: Callable[[Block], None], tell: Callable[[str], None]) -> None:
        """Call `deliver` with every block, from a thread of the device's. Raises `DeviceError`.

        `tell`, called from any thread, gets a sentence when the device goes or
        another stands in for it, and an empty one when all is as chosen again.

        After it raised, or when the device `is_lost`, this may be called again
        without a `close` before: then `tell` also gets the empty one when it works.
        """
        ...

    @property
    def is_lost(self) -> bool:
        """Whether it was open, its device went, and another try to open it may help."""
        ...

    def close(self) -> None:
        """Stop; when this returns `deliver` is not called any more."""
        ...


class Speaker(Protocol):
    """Something that plays. A speaker that was closed may be opened again; one thread opens and closes it."""

    def open(self, fill: Callable[[Stereo], None], tell: Callable[[str], None]) -> None:
        """Call `fill` whenever samples are needed, from a thread of the device's; it must not block.

        It writes into the array that it is given, which has any number of rows.
        `tell`, and calling it again, is as of a microphone. Raises `DeviceError`.
        """
        ...

    @property
    def is_lost(self) -> bool:
        """As of a microphone."""
        ...

    def close(self) -> None:
        """Stop; when this returns `fill` is not called any more."""
        ...


class Camera(Protocol):
    """Something that sees. A camera is opened once, and closed for good; one thread at a time uses it."""

    def open(self, width: int, height: int, rate: float) -> None:
        """Begin, as near to that size and so many pictures a second as it can. Raises `DeviceError`."""
        ...

    def read(self) -> Picture | None:
        """Wait for the next picture and return it; None when the camera is gone for good."""
        ...

    def skip(self) -> bool:
        """Wait for the next picture and let it pass, which costs less; False when the camera is gone for good."""
        ...

    def close(self) -> None:
        """Stop."""
        ...
