"""Limits on signing in, so that passwords can't be guessed. Pure: the caller passes `now` in seconds."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from typing import Final

import msgspec

MAX_KEYS: Final = 10_000

IPV6_SITE: Final = 64
"""Bits of an IPv6 address that one site is handed whole; the rest it picks at will."""


class Limit(msgspec.Struct, frozen=True):
    """At most `count` at once, and `count` more spread evenly over every `seconds`."""

    count: int
    seconds: float


PER_ACCOUNT: Final = Limit(count=10, seconds=60.0)
PER_ADDRESS: Final = Limit(count=120, seconds=60.0)
"""Lets 60 people behind one address in within a minute, with a mistake each."""


class TokenBuckets:
    """One token bucket a key, at most `max_keys` of them: beyond that the longest unused is forgotten."""

    def __init__(self, limit: Limit, max_keys: int = MAX_KEYS) -> None:
        self._most = float(limit.count)
        self._rate = limit.count / limit.seconds
        self._max_keys = max_keys
        self._buckets: OrderedDict[str, list[float]] = OrderedDict()  # tokens, and when there were so many

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, now: float) -> float:
        """Take one token: 0.0 if there was one, else the seconds until there is (and none is taken)."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = [self._most, now]
            if len(self._buckets) > self._max_keys:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        tokens, since = bucket
        # A clock that was set back earns nothing, and from then on counts from its new time.
        if now > since:
            tokens = min(self._most, tokens + (now - since) * self._rate)
        bucket[1] = now
        if tokens < 1.0:
            bucket[0] = tokens
            return (1.0 - tokens) / self._rate
        bucket[0] = tokens - 1.0
        return 0.0


class Throttle:
    """Limits the attempts to sign in an account and an address."""

    def __init__(self, per_account: Limit = PER_ACCOUNT, per_address: Limit = PER_ADDRESS) -> None:
        self._accounts = TokenBuckets(per_account)
        self._addresses = TokenBuckets(per_address)

    def take(self, account: str, address: str, now: float) -> float:
        """Count one attempt: 0.0 if it may go ahead, else the seconds to wait.

        An attempt that the address isn't allowed doesn't count against the account.
        """
        return self._addresses.take(site_of(address), now) or self._accounts.take(account, now)


def site_of(address: str) -> str:
    """What an address is counted as: itself, or for IPv6 its /64."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), IPV6_SITE), strict=False))
