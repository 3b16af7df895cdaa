"""People of the office as the map's painter knows them."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Final

from gathertui.protocol.presence import Avatar
from gathertui.render.office.figures import Figure, Status
from gathertui.ui.tilesigns import Voice, voice_of
from gathertui.world.geometry import Direction, Point

NOBODY: Final[frozenset[int]] = frozenset()


class Figures:
    """Makes figures of avatars, and the same one again for an avatar that is the same."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Avatar, bool, bool, Figure]] = {}

    def of(
        self, avatars: Iterable[Avatar], *, you: int = 0, speaking: Set[int] = NOBODY, talking: Set[int] = NOBODY
    ) -> list[Figure]:
        """Return a figure for each. Those that are not among them are forgotten.

        Whether somebody is muted is of interest while you talk with them: those are `talking`.
        """
        before, self._made = self._made, {}
        figures = []
        for avatar in avatars:
            speaks, talks = avatar.id in speaking, avatar.id in talking
            made = before.get(avatar.id)
            if made is None or made[0] is not avatar or made[1] is not speaks or made[2] is not talks:
                figure = _figure_of(avatar, speaks=speaks, talks=talks, is_you=avatar.id == you)
                made = avatar, speaks, talks, figure
            self._made[avatar.id] = made
            figures.append(made[3])
        return figures


def _figure_of(avatar: Avatar, *, speaks: bool, talks: bool, is_you: bool) -> Figure:
    account = avatar.account
    voice = voice_of(avatar, speaking=speaks)
    status = Status.AVAILABLE
    if avatar.away:
        status = Status.AWAY
    elif voice is Voice.TEXT and not is_you:
        status = Status.TEXT
    return Figure(
        avatar.id,
        account.name,
        avatar.glyphs,
        account.colour,
        Point(avatar.x, avatar.y),
        Direction(avatar.facing),
        status,
        speaking=speaks,
        muted=talks and voice is Voice.MUTED,
    )
