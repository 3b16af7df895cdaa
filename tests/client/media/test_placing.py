"""Where people are heard: by the way that sound walks on the client's own map."""

import pytest

from gathertui.client.media.placing import WHISPER, Ears
from gathertui.protocol.base import Account, Role
from gathertui.protocol.presence import RECEIVE, SEND, Avatar, Link
from gathertui.world.mapfile import load_map

HALL = b"""
title = "Hall"
grid = '''
###############
#@      #     #
#       #     #
#             #
###############
'''
[legend]
" " = "floor"
"#" = "wall"
[spawns.door]
marker = "@"
"""
FADING, FULL = 1, 2


def avatar(number: int, x: int, y: int) -> Avatar:
    return Avatar(number, Account(f"id-{number}", "Ada", Role.MEMBER, 0), "AD", x, y, 0)


def heard(
    here: tuple[int, int], there: tuple[int, int], volume: int = FADING, factor: float = 1.0
) -> tuple[float, float]:
    link = Link(2, SEND | RECEIVE, volume, "walking distance")
    return Ears(load_map(HALL)).place(avatar(1, *here), avatar(2, *there), link, factor=factor)


def test_near_people_are_heard_in_full_and_fade_with_the_distance() -> None:
    gains = [heard((1, 1), (x, 1))[0] for x in range(1, 8)]
    assert gains[:3] == [1.0, 1.0, 1.0]
    assert gains == sorted(gains, reverse=True)
    assert 0.1 < gains[-1] < 0.2


def test_sound_walks_round_walls() -> None:
    through_the_wall, _ = heard((7, 1), (9, 1))
    along_the_floor, _ = heard((5, 1), (7, 1))
    assert through_the_wall < along_the_floor == 1.0


def test_who_is_beyond_earshot_on_our_map_is_heard_as_at_its_edge() -> None:
    assert heard((1, 1), (13, 1))[0] == heard((1, 1), (7, 1))[0] > 0.0


def test_an_area_makes_it_the_same_at_any_distance() -> None:
    assert heard((1, 1), (13, 1), FULL)[0] == 1.0


def test_a_whisper_is_a_tenth_and_fades_like_a_voice() -> None:
    assert WHISPER == 0.1
    assert heard((1, 1), (3, 1), factor=WHISPER)[0] == pytest.approx(0.1)
    assert heard((1, 1), (7, 1), factor=WHISPER)[0] == pytest.approx(0.1 * heard((1, 1), (7, 1))[0])
    assert heard((3, 2), (5, 2), factor=WHISPER)[1] == heard((3, 2), (5, 2))[1], "from the same side"


@pytest.mark.parametrize("there", [(2, 1), (7, 1), (13, 1), (13, 3)])
def test_who_stands_on_a_stage_is_heard_in_full_everywhere(there: tuple[int, int]) -> None:
    assert heard((1, 1), there, FULL, factor=1.0)[0] == 1.0


@pytest.mark.parametrize(("there", "side"), [((5, 2), 1), ((1, 2), -1), ((3, 1), 0), ((3, 3), 0)])
def test_people_are_heard_from_their_side(there: tuple[int, int], side: int) -> None:
    _, pan = heard((3, 2), there)
    assert (pan > 0) - (pan < 0) == side


def test_ears_follow_their_owner() -> None:
    ears = Ears(load_map(HALL))
    link = Link(2, SEND | RECEIVE, FADING, "walking distance")
    far = ears.place(avatar(1, 1, 1), avatar(2, 7, 1), link)
    near = ears.place(avatar(1, 6, 1), avatar(2, 7, 1), link)
    assert far.gain < near.gain == 1.0
