"""What tests of pictures share."""

from __future__ import annotations

import av
import numpy as np
import pytest

from gathertui.media.ports import Picture


class Decoder:
    """What a peer does with the frames: libvpx, by way of PyAV."""

    def __init__(self) -> None:
        self._codec = av.CodecContext.create("libvpx", "r")

    def decode(self, data: bytes) -> Picture:
        (frame,) = self._codec.decode(av.Packet(data))
        return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


@pytest.fixture
def decoder() -> Decoder:
    """A peer's decoder."""
    return Decoder()
