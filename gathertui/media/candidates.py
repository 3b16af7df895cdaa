"""Which of the ways that a peer names are tried. Pure.

Each has us send datagrams to an address of the peer's choice, so those are left
out that lead nowhere but into this machine or its own network segment.
"""

from __future__ import annotations

import ipaddress
from typing import Final

MAX_CANDIDATES: Final = 40
"""Of a call. Browsers name ten or so, a machine with many networks twenty."""

_PREFIX: Final = "a=candidate:"
_HOST: Final = 4  # which word of a candidate is the address (RFC 8839, 5.1)
_MDNS: Final = ".local"


class Candidates:
    """Lets through what is tried of one call's candidates."""

    def __init__(self, *, loopback: bool) -> None:
        """`loopback`: peers may be on this very machine."""
        self._loopback = loopback
        self._left = MAX_CANDIDATES

    def takes(self, candidate: str) -> bool:
        """Whether to try a candidate, as in SDP without its name; if so it counts."""
        words = candidate.split()
        if len(words) <= _HOST or self._left == 0 or not is_tried(words[_HOST], loopback=self._loopback):
            return False
        self._left -= 1
        return True

    def sieve(self, sdp: str) -> str:
        """Return a description without the candidates that are not tried. One that is named twice counts once."""
        known: dict[str, bool] = {}
        kept = []
        for line in sdp.splitlines():
            if line.startswith(_PREFIX):
                candidate = line.removeprefix(_PREFIX)
                if candidate not in known:
                    known[candidate] = self.takes(candidate)
                if not known[candidate]:
                    continue
            kept.append(line)
        return "".join(f"{line}\r\n" for line in kept)


def is_tried(host: str, *, loopback: bool) -> bool:
    """Whether anything is sent to this address. Names are not looked up, but for those of mDNS, as browsers use."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.endswith(_MDNS)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_loopback:
        return loopback
    is_broadcast = address.version == 4 and address.is_reserved
    return not (address.is_link_local or address.is_multicast or address.is_unspecified or is_broadcast)
