"""Which view carries an avatar's media, against the plainest model there is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gathertui.protocol.media import CAMERA, CARRIED, DEAF, MICROPHONE
from gathertui_server.rooms.carriers import Carriers

ADA, BOB = 1, 2
LAPTOP, PHONE = 11, 12


def test_nobody_carries_at_first() -> None:
    carriers = Carriers()
    assert carriers.view_of(ADA) is None
    assert carriers.media_of(ADA) == 0
    assert len(carriers) == 0


def test_a_view_carries_with_everything_off() -> None:
    carriers = Carriers()
    assert carriers.carry(LAPTOP, ADA) is None
    assert carriers.view_of(ADA) == LAPTOP
    assert carriers.media_of(ADA) == CARRIED


def test_what_is_on_is_kept_until_another_view_takes_over() -> None:
    carriers = Carriers()
    carriers.carry(LAPTOP, ADA)
    assert carriers.set_media(ADA, MICROPHONE | CAMERA)
    assert not carriers.set_media(ADA, MICROPHONE | CAMERA)
    assert carriers.media_of(ADA) == CARRIED | MICROPHONE | CAMERA
    assert carriers.carry(PHONE, ADA) == LAPTOP
    assert carriers.media_of(ADA) == CARRIED


def test_that_a_view_carries_is_not_for_its_client_to_say() -> None:
    carriers = Carriers()
    carriers.carry(LAPTOP, ADA)
    carriers.set_media(ADA, DEAF)
    assert carriers.media_of(ADA) == CARRIED | DEAF
    assert not carriers.set_media(ADA, CARRIED | DEAF)


def test_to_carry_again_turns_everything_off_and_takes_it_from_nobody() -> None:
    carriers = Carriers()
    carriers.carry(LAPTOP, ADA)
    carriers.set_media(ADA, CAMERA)
    assert carriers.carry(LAPTOP, ADA) is None
    assert carriers.media_of(ADA) == CARRIED


def test_one_that_was_taken_over_has_nothing_to_release() -> None:
    carriers = Carriers()
    carriers.carry(LAPTOP, ADA)
    carriers.carry(PHONE, ADA)
    assert carriers.release(LAPTOP) is None
    assert carriers.view_of(ADA) == PHONE
    assert carriers.release(PHONE) == ADA
    assert carriers.media_of(ADA) == 0


# A view belongs to one avatar: its number's.
views = st.integers(1, 6)
happenings = st.one_of(
    st.tuples(st.just("carry"), views),
    st.tuples(st.just("release"), views),
    st.tuples(st.just("set"), views),
)


@given(st.lists(happenings, max_size=40), st.integers(0, 15))
def test_after_anything_a_view_carries_one_avatar_and_an_avatar_has_one_view(
    script: list[tuple[str, int]], media: int
) -> None:
    carriers, model = Carriers(), dict[int, tuple[int, int]]()
    for action, view in script:
        avatar = view % 2
        before = model.get(avatar)
        if action == "carry":
            taken = carriers.carry(view, avatar)
            assert taken == (before[0] if before is not None and before[0] != view else None)
            model[avatar] = (view, CARRIED)
        elif action == "release":
            held = before is not None and before[0] == view
            assert carriers.release(view) == (avatar if held else None)
            if held:
                del model[avatar]
        elif before is not None:
            assert carriers.set_media(avatar, media) == (before[1] != media | CARRIED)
            model[avatar] = (before[0], media | CARRIED)
        assert len(carriers) == len(model)
        for number in (0, 1):
            assert (carriers.view_of(number), carriers.media_of(number)) == model.get(number, (None, 0))
