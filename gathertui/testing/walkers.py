"""People who walk about in an office in memory."""

from __future__ import annotations

from random import Random
from typing import Final

from gathertui.protocol.presence import Avatar
from gathertui.testing.office import MemoryOffice
from gathertui.world.geometry import Direction, Point
from gathertui.world.movement import destination

NAMES: Final = ("Grace Hopper", "Edsger", "王小云", "Zoë Ångström", "Barbara", "中村修二", "Ken", "Ada")
"""Some are of wide characters."""

FIRST_AVATAR: Final = 1000


class Walkers:
    """So many people, somewhere on the map; at each `step` every one of them takes a step in a random direction.

    Make them before anybody enters the office.
    """

    def __init__(self, office: MemoryOffice, count: int, random: Random) -> None:
        self._office = office
        self._random = random
        self.accounts: list[str] = []
        """Their account ids."""
        tilemap = office.tilemap
        free = [
            Point(x, y) for y in range(tilemap.height) for x in range(tilemap.width) if tilemap.is_open(Point(x, y))
        ]
        for number in range(count):
            token = office.add_account(f"{NAMES[number % len(NAMES)]} {number}")
            account = office.tokens[token]
            place = random.choice(free)
            glyphs = account.name[:1] if number % len(NAMES) in (2, 5) else account.name[:2]
            avatar = Avatar(FIRST_AVATAR + number, account, glyphs, place.x, place.y, int(Direction.SOUTH))
            office.avatars[account.id] = avatar
            self.accounts.append(account.id)

    async def step(self) -> None:
        """Everybody takes a step, and everybody in the room is told in one message."""
        moves = []
        for account in self.accounts:
            avatar = self._office.avatars[account]
            here = Point(avatar.x, avatar.y)
            direction = self._random.choice(list(Direction))
            moves.append((account, destination(self._office.tilemap, here, direction) or here, direction))
        await self._office.move_all(moves)
