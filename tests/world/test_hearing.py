import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.world.geometry import Direction, Point, Rect, Size
from gathertui.world.hearing import HELD_REACH, SoundMap, earshot
from gathertui.world.looks import STANDARD_KINDS
from gathertui.world.tilemap import TileMap

WIDTH, HEIGHT = 9, 8
TILES = tuple(Rect(0, 0, WIDTH, HEIGHT).points())
ON_MAP = frozenset(TILES)

points = st.sampled_from(TILES)
soundproof = st.sets(points, max_size=40)


def hall(walls=frozenset()):
    return TileMap(
        size=Size(WIDTH, HEIGHT),
        kinds=[STANDARD_KINDS["floor"], STANDARD_KINDS["wall"]],
        kind_numbers=bytes(tile in walls for tile in TILES),
    )


def walked(walls, origin, reach):
    """Distances found by stepping from tile to tile, in the plainest way."""
    if origin in walls:
        return {}
    distances = {origin: 0}
    for here in (queue := [origin]):
        for direction in Direction:
            there = here.neighbour(direction)
            if there in ON_MAP and there not in walls and there not in distances and distances[here] < reach:
                distances[there] = distances[here] + 1
                queue.append(there)
    return distances


def heard(sound, origin):
    """What a `SoundMap` says, by tile."""
    tiles = {sound.number(tile): tile for tile in TILES}
    first = sound.number(origin) - sound.span
    return {tiles[first + offset]: distance for offset, distance in zip(*sound.heard_from(origin), strict=True)}


@given(walls=soundproof, origin=points, reach=st.integers(0, 9))
def test_earshot_is_the_shortest_walk_that_walls_allow(walls, origin, reach):
    assert earshot(hall(walls), origin, reach) == walked(walls, origin, reach)


@given(walls=soundproof, origin=points)
def test_a_sound_map_knows_the_same_distances(walls, origin):
    assert heard(SoundMap(hall(walls)), origin) == walked(walls, origin, HELD_REACH)


@given(walls=soundproof, changes=st.lists(st.dictionaries(points, st.booleans(), max_size=4), max_size=4))
def test_a_door_changes_the_distances_of_the_tiles_concerned_and_of_no_others(walls, changes):
    walls = set(walls)
    sound = SoundMap(hall(walls))
    before = {tile: heard(sound, tile) for tile in TILES}
    for passing in changes:
        walls = (walls | passing.keys()) - {tile for tile, passes in passing.items() if passes}
        concerned = sound.set_passing(passing)
        after = {tile: heard(sound, tile) for tile in TILES}
        assert after == {tile: walked(walls, tile, HELD_REACH) for tile in TILES}
        assert {tile for tile in TILES if before[tile] != after[tile]} <= concerned
        before = after


def test_only_the_surroundings_of_a_door_are_concerned():
    sound = SoundMap(hall(), reach=2)
    assert sound.set_passing({Point(4, 4): False}) == walked(set(), Point(4, 4), 2).keys()
    assert sound.set_passing({Point(4, 4): False}) == set()


def test_a_tile_outside_the_map_is_refused_and_nothing_changes():
    sound = SoundMap(hall())
    with pytest.raises(IndexError):
        sound.set_passing({Point(0, 0): False, Point(WIDTH, 0): False})
    assert heard(sound, Point(0, 0)) == walked(set(), Point(0, 0), HELD_REACH)


def test_a_full_cache_still_answers_right():
    sound = SoundMap(hall(), cached_tiles=3)
    for _ in range(2):
        for tile in TILES:
            assert heard(sound, tile) == walked(set(), tile, HELD_REACH)


def test_what_was_worked_out_is_kept_while_there_is_room():
    sound = SoundMap(hall(), cached_tiles=2)
    first, second, third = TILES[:3]
    kept = sound.heard_from(first), sound.heard_from(second)
    assert sound.heard_from(first) is kept[0]
    sound.heard_from(third)
    assert sound.heard_from(second) is kept[1]
    assert sound.heard_from(first) is not kept[0]
