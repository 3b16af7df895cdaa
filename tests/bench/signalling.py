"""What sound and picture cost the server, which carries neither.

Prints one line of JSON a figure: microseconds of processor time, the least and
the median of several rounds, with garbage collection as in a server. `step` is
one step of one of 1,000 people, told with 49 others in a tick, where nobody
carries media and where everybody does; the bus delivers to nobody. `signal` is a
description passed on from bus to bus, without its way through a gateway.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import random
import statistics
import time
from collections.abc import Callable

from aioice import stun

from gathertui.maplocator import bundled_map
from gathertui.protocol import codec, media, presence
from gathertui.protocol.base import Account, Role
from gathertui.world.geometry import Direction
from gathertui.world.mapfile import load_map
from gathertui_server.bus import messages as bus
from gathertui_server.rooms.host import RoomHost
from gathertui_server.running import GC_THRESHOLDS
from gathertui_server.signalling.stun import answer_binding
from gathertui_server.signalling.turn import TurnServers, TurnUrl

PEOPLE = 1_000
ROUNDS = 15
A_TICK = 50
SEED = 7
SDP = b"a=ice-ufrag:abcd\r\n" * 250  # 4.5 kB, as a description of aiortc


class Nowhere:
    """A bus that delivers to nobody."""

    def publish(self, delivery: bus.Delivery) -> None:
        """Drop it."""


def measure(work: Callable[[], object], times: int) -> dict[str, float]:
    """Return microseconds of processor time for one `work`, the least and the median of all rounds."""
    found = []
    for _ in range(ROUNDS):
        before = time.process_time()
        for _ in range(times):
            work()
        found.append((time.process_time() - before) / times * 1e6)
    return summary(found)


def summary(microseconds: list[float]) -> dict[str, float]:
    """Return the least and the median."""
    return {"least_us": round(min(microseconds), 2), "median_us": round(statistics.median(microseconds), 2)}


def report(figure: str, **values: object) -> None:
    """Print one figure."""
    print(json.dumps({"figure": figure, **values}), flush=True)


def full_room(*, carried: bool) -> RoomHost:
    """Return a room of 1,000 people who stand all over the office."""
    source = bundled_map("office")
    host = RoomHost("Office", load_map(source), source, Nowhere(), asyncio.get_running_loop(), capacity=PEOPLE)
    for view in range(1, PEOPLE + 1):
        host.handle(bus.Attach(view, 1, Account(f"{view:024x}", f"person{view}", Role.MEMBER, view % 8)))
        if carried:
            host.handle(bus.CarryMedia(view, 2))
    return host


def time_steps() -> None:
    """Time the same steps in both rooms by turns, ticks included; who hears whom is measured elsewhere."""
    hosts = {carried: full_room(carried=carried) for carried in (False, True)}
    found: dict[bool, list[float]] = {carried: [] for carried in hosts}
    chance, seqs = random.Random(SEED), itertools.count(1)
    for turn in range(4 * ROUNDS):
        steps = [(chance.randint(1, PEOPLE), next(seqs), chance.randrange(4)) for _ in range(10 * A_TICK)]
        for carried in (False, True) if turn % 2 else (True, False):
            before = time.process_time()
            for start in range(0, len(steps), A_TICK):
                for step in steps[start : start + A_TICK]:
                    hosts[carried].handle(bus.Walk(*step))
                hosts[carried]._flush()
            found[carried].append((time.process_time() - before) / len(steps) * 1e6)
    for carried, times in found.items():
        report("step", people=PEOPLE, carried=carried, **summary(times))
        hosts[carried].close()


def time_signals() -> None:
    """Time what two who are linked tell each other."""
    host = full_room(carried=True)
    while host._conversations.waiting:
        host._conversations.decide(PEOPLE)
    host._flush()
    you = host._room.avatar_of(1)
    assert you is not None
    other = next(iter(host._conversations.of(you.id)))
    signal = bus.Signal(1, other, 1, media.Offer(SDP))
    report("signal", bytes=len(SDP), **measure(lambda: host.handle(signal), 5_000))
    assert host.statistics().refused_signals_total == 0
    bits = itertools.cycle((media.MICROPHONE, 0))
    report("microphone_on_or_off", **measure(lambda: host.handle(bus.SetMedia(1, next(bits))), 5_000))
    host.close()


def time_servers() -> None:
    """Time STUN and TURN."""
    request = bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST))
    report("stun_answer", **measure(lambda: answer_binding(request, "192.0.2.1", 4711), 5_000))
    turn = TurnServers((TurnUrl.parse("turn:turn.example.org"),), b"secret", 600)
    report("turn_credentials", **measure(lambda: turn.access("0123456789abcdef01234567", 1e9), 5_000))


def size_of_avatars() -> None:
    """Say what an avatar takes in `Entered` and `Roster`, where nobody carries media and where somebody does."""
    account = Account("0123456789abcdef01234567", "Ada Lovelace", Role.MEMBER, 3)
    for bits in (0, media.CARRIED | media.CAMERA):
        avatar = presence.Avatar(300, account, "AL", 65, 40, int(Direction.SOUTH), False, bits)
        nobody, one = (len(codec.encode(presence.Roster([], here))) for here in ([], [avatar]))
        report("avatar", media=bits, bytes=one - nobody)


async def main() -> None:
    """Measure everything, on a loop that never turns."""
    gc.set_threshold(*GC_THRESHOLDS)
    time_steps()
    time_signals()
    time_servers()
    size_of_avatars()


if __name__ == "__main__":
    asyncio.run(main())
