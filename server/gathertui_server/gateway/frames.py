"""The few websocket frames that we read and write by ourselves (RFC 6455, 5.2), because they are so many."""

from __future__ import annotations

from typing import Final

from gathertui.protocol import limits

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

# First bytes of whole frames: the last of a message, no reserved bit.
BINARY: Final = 0x82
PING: Final = 0x89
PONG: Final = 0x8A

_MAX_CONTROL: Final = 125
_MAX_BINARY: Final = min(limits.MAX_CLIENT_FRAME, 0xFFFF)
_MASKED: Final = 0x80
_TWO_BYTES: Final = 126


def whole_frame(data: bytes, start: int) -> tuple[int, bytes, int] | None:
    """Return the frame that begins at `data[start]`: its first byte, its payload and where the next one begins.

    None where that is no whole binary message below 64 KiB, ping or pong, masked and all
    there. What is returned is what any parser of the RFC would read.
    """
    mask = start + 2
    if len(data) < mask + 4:
        return None
    first = data[start]
    size = data[start + 1] - _MASKED
    if first == BINARY:
        if size == _TWO_BYTES:
            size = int.from_bytes(data[mask : mask + 2], "big")
            mask += 2
        elif size > _TWO_BYTES:
            return None
    elif first not in (PING, PONG) or size > _MAX_CONTROL:
        return None
    payload = mask + 4
    end = payload + size
    if not 0 <= size <= _MAX_BINARY or len(data) < end:
        return None
    return first, apply_mask(data[payload:end], data[mask:payload]), end


def received_size(payload: int) -> int:
    """Return the fewest bytes that a client's frame with a payload of that many bytes takes."""
    return len(header(BINARY, payload)) + 4 + payload


def header(first: int, size: int) -> bytes:
    """Return the header of an unmasked frame with this first byte and a payload of `size` bytes."""
    if size < _TWO_BYTES:
        return bytes((first, size))
    if size < 0x10000:
        return b"%c\x7e" % first + size.to_bytes(2, "big")
    return b"%c\x7f" % first + size.to_bytes(8, "big")
