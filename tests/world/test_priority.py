"""Who speaks is connected before who is silent, and who carries no sound comes last."""

from __future__ import annotations

import pytest

from gathertui.world.geometry import Point, Size
from gathertui.world.linkrules import DistanceRule, Flow, Grant, Verdict, Volume, WalkingDistance
from gathertui.world.links import LinkEngine
from gathertui.world.looks import STANDARD_KINDS
from gathertui.world.mesh import CONNECTIONS, MARGIN
from gathertui.world.priority import FURTHEST, STEP, Priority, bonus
from gathertui.world.tilemap import TileMap

NONE, SILENT, SPOKE, SPEAKING = Priority
FLOOR = TileMap(size=Size(40, 1), kinds=[STANDARD_KINDS["floor"]], kind_numbers=bytes(40))

# Ada and those in her earshot: six near, of whom Fay is the furthest, and two further away.
ADA, FAY, GUS, HAL = 1, 7, 8, 9
PLACES = {ADA: 10, 2: 10, 3: 10, 4: 9, 5: 9, 6: 11, FAY: 12, GUS: 14, HAL: 15}


def gathered(places: dict[int, int] = PLACES, *, priority: Priority = SILENT, connections: int = CONNECTIONS):
    engine = LinkEngine(FLOOR, [WalkingDistance()], connections=connections)
    for avatar in places:
        engine.prefer(avatar, priority)
    engine.move({avatar: Point(x, 0) for avatar, x in places.items()})
    return engine


def heard_by(engine: LinkEngine, avatar: int) -> set[int]:
    return set(engine.connected(avatar))


def test_who_speaks_takes_the_place_of_the_furthest_of_the_silent() -> None:
    engine = gathered()
    assert heard_by(engine, ADA) == {2, 3, 4, 5, 6, FAY}
    changes = engine.prefer(HAL, SPEAKING)
    assert heard_by(engine, ADA) == {2, 3, 4, 5, 6, HAL}
    assert ADA in heard_by(engine, HAL)
    there = {change[:2]: change.after for change in changes}
    assert there[ADA, HAL].connected
    assert not there[ADA, FAY].connected


def test_who_speaks_stays_with_the_nearest() -> None:
    engine = gathered()
    engine.prefer(ADA, SPEAKING)
    assert heard_by(engine, ADA) == {2, 3, 4, 5, 6, FAY}


def test_of_two_who_speak_the_nearer_comes_first_by_as_much_as_ever() -> None:
    engine = gathered({ADA: 10, GUS: 13, HAL: 14}, connections=1)
    for avatar in (HAL, GUS):
        engine.prefer(avatar, SPEAKING)
    assert heard_by(engine, GUS) == {HAL}, "two who speak have each other"
    engine.prefer(ADA, SPEAKING)
    assert heard_by(engine, GUS) == {HAL}
    engine.move({ADA: Point(13, 0), HAL: Point(14, 0)})
    assert heard_by(engine, GUS) == {HAL}, "one tile nearer is too little"
    engine.move({HAL: Point(15, 0)})
    assert heard_by(engine, GUS) == {ADA}


def test_two_who_take_turns_do_not_take_each_others_place() -> None:
    engine = gathered()
    engine.prefer(GUS, SPEAKING)
    engine.prefer(GUS, SPOKE)
    engine.prefer(HAL, SPEAKING)
    assert {GUS, HAL} < heard_by(engine, ADA)
    for _ in range(5):
        assert engine.prefer(HAL, SPOKE) == engine.prefer(GUS, SPEAKING) == []
        assert engine.prefer(GUS, SPOKE) == engine.prefer(HAL, SPEAKING) == []


def test_who_speaks_now_comes_before_those_who_spoke() -> None:
    engine = gathered()
    for avatar in (2, 3, 4, 5, 6, FAY):
        engine.prefer(avatar, SPOKE)
    engine.prefer(HAL, SPEAKING)
    assert HAL in heard_by(engine, ADA)


def test_silence_brings_back_the_nearest() -> None:
    engine = gathered()
    before = {avatar: heard_by(engine, avatar) for avatar in PLACES}
    engine.prefer(HAL, SPEAKING)
    engine.prefer(HAL, SILENT)
    assert heard_by(engine, ADA) == before[ADA]


@pytest.mark.parametrize("priority", [SPOKE, SPEAKING])
def test_nobody_is_linked_by_speaking_who_is_out_of_earshot(priority: Priority) -> None:
    engine = gathered({**PLACES, HAL: 16})
    links = {avatar: engine.neighbours(avatar).keys() for avatar in PLACES}
    engine.prefer(HAL, priority)
    assert {avatar: engine.neighbours(avatar).keys() for avatar in PLACES} == links
    assert engine.link(ADA, HAL) is None


def test_who_carries_no_sound_makes_room_for_somebody_further_away() -> None:
    engine = gathered()
    engine.prefer(2, NONE)
    assert heard_by(engine, ADA) == {3, 4, 5, 6, FAY, GUS}
    assert engine.counts(ADA) == (6, 8)
    engine.prefer(2, SILENT)
    assert heard_by(engine, ADA) == {2, 3, 4, 5, 6, FAY}


def test_who_carries_no_sound_is_connected_where_there_is_room() -> None:
    engine = gathered({ADA: 10, GUS: 14, HAL: 15})
    assert engine.prefer(HAL, NONE) == []
    assert heard_by(engine, ADA) == {GUS, HAL}


def test_where_nobody_carries_sound_the_nearest_come_first() -> None:
    assert heard_by(gathered(priority=NONE), ADA) == {2, 3, 4, 5, 6, FAY}


class Everywhere(DistanceRule):
    """All hear all."""

    name = "everywhere"

    def partners(self, avatar: int) -> tuple[int, ...]:
        return ADA, GUS, HAL

    def decide_at(self, distance: int | None, held: Grant | None) -> Grant | Verdict:
        return Grant(Flow.BOTH, Volume.FULL)


@pytest.mark.parametrize("near", [SILENT, NONE])
def test_no_distance_outweighs_a_priority(near: Priority) -> None:
    wide = TileMap(size=Size(500, 1), kinds=[STANDARD_KINDS["floor"]], kind_numbers=bytes(500))
    engine = LinkEngine(wide, [Everywhere()], connections=1)
    engine.move({ADA: Point(0, 0), GUS: Point(0, 0), HAL: Point(499, 0)})
    assert heard_by(engine, ADA) == {GUS}
    engine.prefer(GUS, near)
    engine.prefer(ADA, SILENT)
    engine.prefer(HAL, Priority(near + 1))
    assert heard_by(engine, ADA) == {HAL}


def test_what_somebody_is_preferred_for_goes_with_them() -> None:
    engine = gathered()
    engine.remove(HAL)
    engine.prefer(HAL, SPEAKING)
    engine.place(HAL, Point(15, 0))
    assert HAL in heard_by(engine, ADA)
    engine.place(HAL, Point(30, 0))
    engine.place(HAL, Point(14, 0))
    assert HAL in heard_by(engine, ADA)


def test_a_pair_is_worth_what_both_are() -> None:
    assert [bonus(one, SILENT) for one in Priority] == [-STEP, 0, STEP, 2 * STEP]
    assert STEP >= FURTHEST + MARGIN
    assert bonus(SPEAKING, SPEAKING) > bonus(SPEAKING, SPOKE) > bonus(SPEAKING, SILENT)
    for one in Priority:
        assert bonus(one, NONE) == -STEP
        for other in Priority:
            assert bonus(one, other) == bonus(other, one)
