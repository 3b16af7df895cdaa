"""People of the office as the map's painter knows them."""

from __future__ import annotations

from collections.abc import Iterable

from gathertui.protocol.presence import Avatar
from gathertui.render.office.figures import Figure, Status
from gathertui.world.geometry import Direction, Point


class Figures:
    """Makes figures of avatars, and the same one again for an avatar that is the same."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Avatar, Figure]] = {}

    def of(self, avatars: Iterable[Avatar]) -> list[Figure]:
        """Return a figure for each. Those that are not among them are forgotten."""
        before, self._made = self._made, {}
        figures = []
        for avatar in avatars:
            made = before.get(avatar.id)
            if made is None or made[0] is not avatar:
                made = avatar, _figure_of(avatar)
            self._made[avatar.id] = made
            figures.append(made[1])
        return figures


def _figure_of(avatar: Avatar) -> Figure:
    account = avatar.account
    return Figure(
        avatar.id,
        account.name,
        avatar.glyphs,
        account.colour,
        Point(avatar.x, avatar.y),
        Direction(avatar.facing),
        Status.AWAY if avatar.away else Status.AVAILABLE,
    )
