"""Who came and left, in batches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gathertui_server.rooms.roll import Roll


@given(
    before=st.sets(st.integers(1, 5)),
    happened=st.lists(st.tuples(st.booleans(), st.integers(1, 5))),
    seen_after=st.integers(0, 20),
)
def test_whoever_applies_it_knows_who_is_there_whatever_they_saw_meanwhile(
    before: set[int], happened: list[tuple[bool, int]], seen_after: int
) -> None:
    roll = Roll()
    truth, known = set(before), set(before)
    for number, (comes, avatar) in enumerate(happened):
        if comes:
            truth.add(avatar)
            roll.here(avatar)
        elif avatar in truth:
            truth.discard(avatar)
            roll.left(avatar)
        if number == seen_after:
            known = set(truth)  # somebody who entered in the middle, and saw everybody
    left, here = roll.drain()
    known.difference_update(left)
    known.update(here)
    assert known == truth
    assert not roll.has_changes
    assert roll.drain() == ([], [])
