"""The server's process: the product's own composition, its stores in memory and full of people.

Orders: `mark` answers what the process has used so far and what the room counts;
`profile` starts cProfile, `profiled` stops it and writes its figures to the file named.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import cProfile
import time
from dataclasses import asdict
from pathlib import Path

from gathertui_server.auth.models import Account, Role, Session, StoredAccount
from gathertui_server.auth.service import SESSION_LIFE
from gathertui_server.auth.tokens import secret_hash
from gathertui_server.observability.logging import configure_logging
from gathertui_server.running import run
from gathertui_server.settings import ServeSettings
from gathertui_server.storage.memory import (
    MemoryAccountStore,
    MemoryInviteStore,
    MemoryMessageStore,
    MemorySessionStore,
)
from gathertui_server.wiring import RunningServer, Stores, running_server
from load import machine, orders, people

_COLOURS = 16


async def filled_stores(count: int) -> Stores:
    """Return stores in which `count` people have an account and are signed in."""
    accounts, sessions = MemoryAccountStore(), MemorySessionStore()
    now = int(time.time())
    for number in range(count):
        name, account_id = people.name(number), people.account_id(number)
        role = Role.MEMBER if number else Role.OWNER
        account = Account(account_id, name, role, number % _COLOURS, now)
        await accounts.add(StoredAccount(account, name, "nobody signs in by a password here"))
        token_hash = secret_hash(people.token(number))
        await sessions.add(Session(token_hash, account_id, people.device(number), now, now, now + SESSION_LIFE))
    return Stores(accounts, sessions, MemoryInviteStore(), MemoryMessageStore())


class Recorder:
    """Answers the bench's orders about a running server."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._profile = cProfile.Profile()

    async def mark(self, order: orders.Order) -> object:
        """What was used until now."""
        return {
            "cpu": machine.cpu_seconds(),
            "waited": machine.waited_seconds(),
            "rss": machine.rss_bytes(),
            "at": time.perf_counter(),
            "room": asdict(self._server.room_statistics()),
        }

    async def profile(self, order: orders.Order) -> object:
        """Measure each function from here on, which slows all of them."""
        self._profile.enable()
        return {}

    async def profiled(self, order: orders.Order) -> object:
        """Write what was measured to `order["file"]`, for `python -m pstats`."""
        self._profile.disable()
        self._profile.dump_stats(order["file"])
        return {}


async def serve(map_file: Path, count: int) -> None:
    """Serve until standard input ends."""
    asyncio.get_running_loop().set_exception_handler(orders.give_up)
    settings = ServeSettings(data_dir=map_file.parent, port=0, map_file=map_file, capacity=count)
    stores = contextlib.nullcontext(await filled_stores(count))
    async with running_server(settings, stores) as server:
        recorder = Recorder(server)
        handlers = {"mark": recorder.mark, "profile": recorder.profile, "profiled": recorder.profiled}
        await orders.obey({"port": server.port}, handlers)


def main() -> None:
    """Run the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--map", type=Path, required=True)
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--end-after", type=int, required=True)
    arguments = parser.parse_args()
    orders.end_after(arguments.end_after)
    machine.raise_open_files_limit()
    configure_logging("warning")
    with contextlib.suppress(asyncio.CancelledError):
        run(serve(arguments.map, arguments.people))


if __name__ == "__main__":
    main()
