"""Having calls as the avatar that is yours; coming in anew, that may be another."""

from __future__ import annotations

import asyncio

from gathertui.client.media.machinery import Machinery
from gathertui.client.media.otherside import OtherSide


class Caller:
    """Gives the other side the calls of your avatar, and ends those of one that you no longer are."""

    def __init__(self, others: OtherSide) -> None:
        self._others = others
        self._changed = asyncio.Event()
        self.you = 0
        """Your avatar; 0 before you came in."""

    def be(self, you: int) -> None:
        """This is your avatar."""
        if you != self.you:
            self.you = you
            self._changed.set()

    async def run(self, machinery: Machinery) -> None:
        """Have calls, until cancelled."""
        while True:
            self._changed.clear()
            calls = machinery.make_calls(self.you)
            self._others.call_with(calls)
            try:
                async with asyncio.TaskGroup() as group:
                    running = group.create_task(calls.run(), name="gathertui mesh")
                    await self._changed.wait()
                    running.cancel()
            finally:
                self._others.call_with(None)
                await calls.close()
