"""A STUN server as bytes in, bytes out: it tells whoever asks which address they are seen at.

It knows one thing, the Binding request without authentication (RFC 8489, 12), and
keeps silent about everything else. An answer is at most twice and a half as long
as what it answers, so that nobody is flooded by way of us to speak of.
"""

from __future__ import annotations

import ipaddress
import struct
import zlib
from typing import Final

MAX_REQUEST: Final = 548
"""Bytes of a request that is looked at: what RFC 8489, 6.1 lets one send where nothing is known of the path."""

_HEADER: Final = struct.Struct("!HHI12s")  # type, length of the attributes, magic cookie, transaction id
_ATTRIBUTE: Final = struct.Struct("!HH")
_MAGIC_COOKIE: Final = 0x2112A442
_BINDING_REQUEST: Final = 0x0001
_BINDING_SUCCESS: Final = 0x0101
_XOR_MAPPED_ADDRESS: Final = 0x0020
_FINGERPRINT: Final = 0x8028
_FINGERPRINT_XOR: Final = 0x5354554E
_OPTIONAL: Final = 0x8000  # attributes from here on may be passed over (RFC 8489, 14)


def answer_binding(request: bytes, address: str, port: int) -> bytes | None:
    """Return the answer to a Binding request that came from there, None for anything else."""
    if not _HEADER.size <= len(request) <= MAX_REQUEST:
        return None
    kind, length, cookie, transaction = _HEADER.unpack_from(request)
    if kind != _BINDING_REQUEST or cookie != _MAGIC_COOKIE or length != len(request) - _HEADER.size:
        return None
    fingerprinted = _check_attributes(request)
    if fingerprinted is None:
        return None
    mapped = _xor_mapped(address, port, transaction)
    size = len(mapped) + (8 if fingerprinted else 0)
    answer = _HEADER.pack(_BINDING_SUCCESS, size, _MAGIC_COOKIE, transaction) + mapped
    return answer + _fingerprint(answer) if fingerprinted else answer


def _check_attributes(request: bytes) -> bool | None:
    """Return whether the request ends with a fingerprint; None where it is broken or asks for what we don't know."""
    at = _HEADER.size
    while at < len(request):
        if at + _ATTRIBUTE.size > len(request):
            return None
        kind, size = _ATTRIBUTE.unpack_from(request, at)
        end = at + _ATTRIBUTE.size + (size + 3) // 4 * 4
        if end > len(request) or kind < _OPTIONAL:
            return None
        if kind == _FINGERPRINT:
            # It is the last, or none (RFC 8489, 14.7).
            return True if request[at:] == _fingerprint(request[:at]) else None
        at = end
    return False


def _fingerprint(before: bytes) -> bytes:
    """Return the attribute over the message before it, whose length counts it already."""
    return struct.pack("!HHI", _FINGERPRINT, 4, zlib.crc32(before) ^ _FINGERPRINT_XOR)


def _xor_mapped(address: str, port: int, transaction: bytes) -> bytes:
    """Return the attribute that tells an address (RFC 8489, 14.2), one of IPv4 where it is mapped into IPv6."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    packed = parsed.packed
    mask = (struct.pack("!I", _MAGIC_COOKIE) + transaction)[: len(packed)]
    value = bytes(octet ^ key for octet, key in zip(packed, mask, strict=True))
    family = 1 if parsed.version == 4 else 2
    head = struct.pack("!HHBBH", _XOR_MAPPED_ADDRESS, 4 + len(value), 0, family, port ^ (_MAGIC_COOKIE >> 16))
    return head + value
