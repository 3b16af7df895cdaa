"""Who is where in one room: commands in, events out, nothing else.

`Room.apply` is the single ordered writer of a room's state. It is synchronous
and knows no clock; the shell passes `now` and calls `apply(Expire(), now)`
when `next_deadline` has come. The events of one room, applied in order
(`Appeared`, `Changed` and `Moved` set an avatar, `Left` removes it), rebuild
`Room.avatars`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, assert_never

from gathertui.world.geometry import Direction, Point
from gathertui.world.movement import CHECKER_BURST, PATIENCE, PATIENCE_PER_SECOND, StepBudget, destination
from gathertui.world.tilemap import TileMap

LINGER = 60.0
"""Seconds that an avatar stays, marked away, after its last view was lost."""

ID_REST = 120.0
"""Seconds before the id of an avatar that left is given to another account; its own may have it back."""

DEFAULT_CAPACITY = 500
LAST_ID = 0xFFFF
REMEMBERED_PLACES = 10_000
"""Accounts whose last place and pace are kept; the ones longest unseen are forgotten first."""


class Person(NamedTuple):
    """Who somebody is to the others. `glyphs` fills two cells; `colour` numbers a palette's people."""

    account: str
    name: str
    glyphs: str
    colour: int


class Avatar(NamedTuple):
    """A person in the room. `away`: no view shows the room to them at the moment."""

    id: int
    person: Person
    position: Point
    facing: Direction
    away: bool


class Attach(NamedTuple):
    """A view of this person opens. Repeating it for the same view updates the person."""

    view: int
    person: Person


class Detach(NamedTuple):
    """A view closes: on purpose (`goodbye`) or because its connection was lost."""

    view: int
    goodbye: bool


class Step(NamedTuple):
    """A view steers its avatar one tile. `seq` comes back in the answer."""

    view: int
    seq: int
    direction: Direction


class Expire(NamedTuple):
    """Time has passed: see whose stay is over."""


Command = Attach | Detach | Step | Expire


class BlockReason(StrEnum):
    """Why a step was not taken."""

    OBSTACLE = "obstacle"
    TOO_FAST = "too_fast"


class Appeared(NamedTuple):
    """An avatar is in the room that was not there before."""

    avatar: Avatar


class Changed(NamedTuple):
    """An avatar's person or away mark changed; its place did not."""

    avatar: Avatar


class Moved(NamedTuple):
    """An avatar stepped or turned, by the step `seq` of `view`."""

    avatar: Avatar
    view: int
    seq: int


class Blocked(NamedTuple):
    """The step `seq` of `view` was not taken; this is where its avatar really is.

    A bump that turned the avatar gives `Moved`, for everybody, and then this.
    """

    view: int
    seq: int
    position: Point
    facing: Direction
    reason: BlockReason


class Expelled(NamedTuple):
    """A view took so many impossible steps that it is no client of ours: its connection should be closed.

    It stays attached until `Detach`, and each further impossible step says so again.
    """

    view: int


class Left(NamedTuple):
    """An avatar is gone; its id rests for `ID_REST` seconds."""

    avatar_id: int
    account: str


class Full(NamedTuple):
    """The view was not attached: the room holds as many people as it may."""

    view: int


Event = Appeared | Changed | Moved | Blocked | Expelled | Left | Full


class _Pace(NamedTuple):
    """How fast an account may walk, and how many bad steps it has left."""

    budget: StepBudget
    patience: StepBudget


class _Presence:
    """An account in the room: its avatar, its views, how fast it may walk and how many bad steps it has left."""

    __slots__ = ("account", "avatar_id", "budget", "patience", "views")

    def __init__(self, account: str, avatar_id: int, pace: _Pace) -> None:
        self.account = account
        self.avatar_id = avatar_id
        self.views: set[int] = set()
        self.budget, self.patience = pace


class _AvatarIds:
    """Hands out ids from 1 to `LAST_ID` and lets those given back rest."""

    def __init__(self) -> None:
        self._next = 1
        self._resting: dict[str, tuple[float, int]] = {}  # by account, the longest resting first

    def take(self, account: str, now: float) -> int | None:
        """The id that the account had, while it rests; else a free one, or None when there is none."""
        own = self._resting.pop(account, None)
        if own is not None:
            return own[1]
        longest = next(iter(self._resting), None)
        if longest is not None and now - self._resting[longest][0] >= ID_REST:
            return self._resting.pop(longest)[1]
        if self._next > LAST_ID:
            return None
        self._next += 1
        return self._next - 1

    def give_back(self, account: str, avatar_id: int, now: float) -> None:
        self._resting[account] = (now, avatar_id)


class Room:
    """The state of one room.

    `tilemap` must have a spawn. `places` are the last places of accounts, as an
    earlier room's `places()` gave them; those that are not open any more are
    passed over.
    """

    def __init__(
        self, tilemap: TileMap, *, capacity: int = DEFAULT_CAPACITY, places: Mapping[str, Point] | None = None
    ) -> None:
        self.tilemap = tilemap
        self._capacity = capacity
        self._spawn_tiles = [tile for spawn in tilemap.spawns for tile in spawn.tiles]
        if not self._spawn_tiles:
            raise ValueError("a room's map needs a spawn")
        self._avatars: dict[int, Avatar] = {}
        self._by_account: dict[str, _Presence] = {}
        self._by_view: dict[int, _Presence] = {}
        self._places: dict[str, Point] = dict(places or {})
        # How fast somebody walked, and how often in vain: going out and coming in again makes nobody faster.
        self._paces: dict[str, _Pace] = {}
        # Every stay lasts the same and `now` never runs back, so the first entry is the next to end.
        self._deadlines: dict[str, float] = {}
        self._ids = _AvatarIds()

    @property
    def avatars(self) -> Mapping[int, Avatar]:
        """Everybody in the room by avatar id: a live view that can't be written to."""
        return MappingProxyType(self._avatars)

    def avatar_of(self, view: int) -> Avatar | None:
        """The avatar that a view steers, or None for a view that is not attached."""
        presence = self._by_view.get(view)
        return None if presence is None else self._avatars[presence.avatar_id]

    def views_of(self, avatar: int) -> AbstractSet[int]:
        """The views that are attached to an avatar: a live view, empty where there is no such avatar."""
        presence = self._by_account.get(self._avatars[avatar].person.account) if avatar in self._avatars else None
        return frozenset() if presence is None else presence.views

    def places(self) -> dict[str, Point]:
        """The last place of every account the room remembers, present or not; a copy."""
        present = {avatar.person.account: avatar.position for avatar in self._avatars.values()}
        return self._places | present

    def next_deadline(self) -> float | None:
        """When `Expire` next has something to do, or None while nobody's stay is ending."""
        return next(iter(self._deadlines.values()), None)

    def apply(self, command: Command, now: float) -> list[Event]:
        """Carry out one command at `now` and say what happened, in order."""
        match command:
            case Step():
                return self._step(command, now)
            case Attach():
                return self._attach(command, now)
            case Detach():
                return self._detach(command, now)
            case Expire():
                return self._expire(now)
            case _:
                assert_never(command)

    def _step(self, step: Step, now: float) -> list[Event]:
        view, seq, direction = step
        presence = self._by_view.get(view)
        if presence is None:
            return []
        avatar_id, person, position, facing, away = self._avatars[presence.avatar_id]
        if not presence.budget.take(now):
            return self._refuse(presence, Blocked(view, seq, position, facing, BlockReason.TOO_FAST), now)
        there = destination(self.tilemap, position, direction)
        if there is not None:
            avatar = self._avatars[avatar_id] = Avatar(avatar_id, person, there, direction, away)
            return [Moved(avatar, view, seq)]
        blocked = Blocked(view, seq, position, direction, BlockReason.OBSTACLE)
        if facing == direction:
            return self._refuse(presence, blocked, now)
        avatar = self._avatars[avatar_id] = Avatar(avatar_id, person, position, direction, away)
        return [Moved(avatar, view, seq), blocked]

    @staticmethod
    def _refuse(presence: _Presence, blocked: Blocked, now: float) -> list[Event]:
        """A step that no client of ours takes, but for what a network does to its steps and its knowledge."""
        return [blocked] if presence.patience.take(now) else [blocked, Expelled(blocked.view)]

    def _attach(self, attach: Attach, now: float) -> list[Event]:
        view, person = attach
        events: list[Event] = []
        held = self._by_view.get(view)
        if held is not None and held.account != person.account:
            events += self._detach(Detach(view, goodbye=True), now)
        presence = self._by_account.get(person.account)
        if presence is not None:
            self._deadlines.pop(person.account, None)
            events += self._change(presence, person=person, away=False)
        else:
            avatar_id = self._ids.take(person.account, now) if len(self._avatars) < self._capacity else None
            if avatar_id is None:
                return [*events, Full(view)]
            pace = self._paces.pop(person.account, None) or _Pace(
                StepBudget(burst=CHECKER_BURST), StepBudget(rate=PATIENCE_PER_SECOND, burst=PATIENCE)
            )
            presence = self._by_account[person.account] = _Presence(person.account, avatar_id, pace)
            position = self._entry(person.account)
            avatar = self._avatars[avatar_id] = Avatar(avatar_id, person, position, Direction.SOUTH, False)
            events.append(Appeared(avatar))
        presence.views.add(view)
        self._by_view[view] = presence
        return events

    def _detach(self, detach: Detach, now: float) -> list[Event]:
        presence = self._by_view.pop(detach.view, None)
        if presence is None:
            return []
        presence.views.discard(detach.view)
        if presence.views:
            return []
        if detach.goodbye:
            return [self._remove(presence, now)]
        self._deadlines[presence.account] = now + LINGER
        return self._change(presence, person=self._avatars[presence.avatar_id].person, away=True)

    def _expire(self, now: float) -> list[Event]:
        due = [account for account, deadline in self._deadlines.items() if deadline <= now]
        return [self._remove(self._by_account[account], now) for account in due]

    def _change(self, presence: _Presence, *, person: Person, away: bool) -> list[Event]:
        before = self._avatars[presence.avatar_id]
        after = before._replace(person=person, away=away)
        if after == before:
            return []
        self._avatars[after.id] = after
        return [Changed(after)]

    def _remove(self, presence: _Presence, now: float) -> Left:
        account = presence.account
        avatar = self._avatars.pop(presence.avatar_id)
        del self._by_account[account]
        self._deadlines.pop(account, None)
        self._ids.give_back(account, avatar.id, now)
        self._places.pop(account, None)
        self._places[account] = avatar.position
        self._paces[account] = _Pace(presence.budget, presence.patience)
        if len(self._paces) > REMEMBERED_PLACES:
            del self._paces[next(iter(self._paces))]
        if len(self._places) > REMEMBERED_PLACES:
            del self._places[next(iter(self._places))]
        return Left(avatar.id, account)

    def _entry(self, account: str) -> Point:
        """The account's last place while it is open, else the spawn tile with the fewest people on it."""
        last = self._places.get(account)
        if last is not None and self.tilemap.is_open(last):
            return last
        crowd = Counter(avatar.position for avatar in self._avatars.values())
        return min(self._spawn_tiles, key=crowd.__getitem__)
