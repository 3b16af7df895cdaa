import asyncio
import threading

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters
from argon2.low_level import Type
from argon2.profiles import RFC_9106_LOW_MEMORY

from gathertui_server.auth.passwords import CONCURRENT, Passwords

CHEAP = Parameters(Type.ID, version=19, salt_len=16, hash_len=32, time_cost=1, memory_cost=8, parallelism=1)


async def test_the_cost_is_that_of_rfc_9106():
    assert extract_parameters(await Passwords().hash("correct horse")) == RFC_9106_LOW_MEMORY


async def test_only_the_password_matches_its_hash():
    passwords = Passwords(CHEAP)
    password_hash = await passwords.hash("correct horse")
    assert await passwords.verify(password_hash, "correct horse")
    assert not await passwords.verify(password_hash, "correct house")
    assert not await passwords.verify("not a hash", "correct horse")


async def test_an_unknown_account_costs_the_same_and_never_matches(monkeypatch):
    passwords = Passwords(CHEAP)
    verified = []
    verify = PasswordHasher.verify

    def note(hasher, password_hash, password):
        verified.append(password_hash)
        return verify(hasher, password_hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", note)
    assert not await passwords.verify(None, "correct horse")
    assert extract_parameters(verified[0]) == CHEAP


async def test_another_cost_asks_for_a_new_hash():
    old_hash = await Passwords(CHEAP).hash("correct horse")
    dearer = Parameters(Type.ID, version=19, salt_len=16, hash_len=32, time_cost=2, memory_cost=8, parallelism=1)
    assert not Passwords(CHEAP).needs_rehash(old_hash)
    assert Passwords(dearer).needs_rehash(old_hash)


@pytest.mark.parametrize("cancelled", [False, True])
async def test_two_hash_at_a_time_even_when_nobody_waits_for_them(monkeypatch, cancelled):
    passwords = Passwords(CHEAP)
    running, most, lock, go_on = 0, 0, threading.Lock(), threading.Event()

    def slow_hash(_hasher, _password):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go_on.wait(5)
        with lock:
            running -= 1
        return "hash"

    monkeypatch.setattr(PasswordHasher, "hash", slow_hash)
    first = [asyncio.create_task(passwords.hash("x")) for _ in range(CONCURRENT)]
    while running < CONCURRENT:
        await asyncio.sleep(0)
    if cancelled:
        for task in first:
            task.cancel()
        await asyncio.gather(*first, return_exceptions=True)
    more = [asyncio.create_task(passwords.hash("x")) for _ in range(4)]
    await asyncio.sleep(0)
    go_on.set()
    assert await asyncio.gather(*more) == ["hash"] * 4
    assert most == CONCURRENT
