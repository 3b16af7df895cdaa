"""A child's end of the line to the bench: orders come as lines of JSON on standard input, answers go out the same way.

When standard input ends, so does the process.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

Order = dict[str, Any]
Handler = Callable[[Order], Awaitable[object]]

_LONGEST_LINE = 64 * 1024 * 1024


def end_after(seconds: int) -> None:
    """Let the system end this process then, whatever it does."""
    signal.alarm(seconds)


def give_up(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Handle what nobody else handled: the process ends, for its figures are none."""
    loop.default_exception_handler(context)
    os._exit(1)


async def obey(ready: object, handlers: Mapping[str, Handler]) -> None:
    """Say `ready`, then carry out orders (`{"do": name, ...}`) one by one until there are none any more."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LONGEST_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    _say(ready)
    while line := await reader.readline():
        order: Order = msgspec.json.decode(line)
        _say(await handlers[order["do"]](order))


def _say(answer: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()
