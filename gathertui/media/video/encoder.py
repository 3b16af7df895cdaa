"""VP8 by libvpx, as fast as it goes: what WebRTC peers understand, Chromium too."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from gathertui.media.video.rungs import Rung

if TYPE_CHECKING:
    from av import VideoCodecContext

    from gathertui.media.ports import Picture

TIME_BASE: Final = Fraction(1, 90_000)
"""Of a video's time stamps, in seconds (RFC 7741)."""

_OPTIONS: Final = {
    "deadline": "realtime",
    # As fast as libvpx can. Against -6, aiortc's choice, this halves the time for 0.2 dB at most.
    "cpu-used": "-12",
    # Not a frame may be kept back: what goes in comes out.
    "lag-in-frames": "0",
    # The denoiser takes more time than its bits are worth at these sizes.
    "noise-sensitivity": "0",
    "static-thresh": "1",
    # A key frame may take no more than three frames' worth of bits: it would hold up those behind it.
    "max-intra-rate": "300",
    "overshoot-pct": "15",
    "undershoot-pct": "100",
    # One partition for all coefficients, as everybody else sends it.
    "partitions": "0",
}

_KEY_FRAME_AT_LEAST_EVERY: Final = 3000  # frames: they are made when somebody asks
_QUANTIZERS: Final = (2, 56)  # from fine to coarse, as WebRTC has them


class Vp8Encoder:
    """Encodes the pictures of one rung. It is used by one thread at a time."""

    def __init__(self, rung: Rung) -> None:
        self._codec = _open(rung)
        self._shape = (rung.height, rung.width, 3)

    def encode(self, picture: Picture, pts: int, *, key: bool = False) -> bytes:
        """Return the picture, (height, width, 3) RGB of the rung's size, as one VP8 frame.

        `pts` is its time in 1/90000 s and must grow. A key frame can be decoded
        without those before it; the first is one.
        """
        import cv2
        from av.video.frame import PictureType, VideoFrame

        if picture.shape != self._shape:
            raise ValueError(f"a picture of shape {picture.shape} on the rung for {self._shape}")
        # BT.601 in limited range, as VP8 means it.
        planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), np.uint8)
        frame = VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts = pts
        frame.time_base = TIME_BASE
        frame.pict_type = PictureType.I if key else PictureType.NONE
        return b"".join(bytes(packet) for packet in self._codec.encode(frame))


def _open(rung: Rung) -> VideoCodecContext:
    import av

    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height = rung.width, rung.height
    codec.pix_fmt = "yuv420p"
    codec.time_base = TIME_BASE
    codec.framerate = Fraction(rung.rate)
    codec.bit_rate = rung.bitrate
    codec.gop_size = _KEY_FRAME_AT_LEAST_EVERY
    codec.qmin, codec.qmax = _QUANTIZERS
    codec.thread_count = 1
    steady = str(rung.bitrate)
    # Least and most alike ask for a steady stream; the buffer is a second's worth.
    codec.options = _OPTIONS | {"minrate": steady, "maxrate": steady, "bufsize": steady}
    codec.open()
    return codec
