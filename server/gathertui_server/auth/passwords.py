"""Password hashes: argon2id, off the event loop, two at a time."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Final, TypeVar

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

_T = TypeVar("_T")

CONCURRENT: Final = 2
"""Hashes at once: each takes 64 MiB and about an eighth of a second of several cores."""


class Passwords:
    """Hashes and verifies. The default cost is RFC 9106's second recommendation (64 MiB, 3 passes)."""

    def __init__(self, parameters: Parameters = RFC_9106_LOW_MEMORY) -> None:
        self._hasher = PasswordHasher.from_parameters(parameters)
        self._decoy = _decoy(parameters)
        self._slots = asyncio.Semaphore(CONCURRENT)

    async def hash(self, password: str) -> str:
        """The encoded hash to keep, with its own salt and cost."""
        return await self._off_loop(lambda: self._hasher.hash(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether `password` is the one. With None (no such account) it takes as long, and is False."""
        return await self._off_loop(lambda: self._matches(password_hash or self._decoy, password))

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether the hash was made with another cost than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _off_loop(self, work: Callable[[], _T]) -> _T:
        await self._slots.acquire()
        running = asyncio.get_running_loop().run_in_executor(None, work)
        # A thread can't be cancelled: its slot is free when it ends, whether or not anybody still waits.
        running.add_done_callback(lambda _: self._slots.release())
        return await asyncio.shield(running)


def _decoy(parameters: Parameters) -> str:
    """A hash of this cost that no password matches: its digest is random."""
    salt, digest = (
        base64.b64encode(os.urandom(length)).rstrip(b"=").decode()
        for length in (parameters.salt_len, parameters.hash_len)
    )
    cost = f"m={parameters.memory_cost},t={parameters.time_cost},p={parameters.parallelism}"
    return f"$argon2id$v={parameters.version}${cost}${salt}${digest}"
