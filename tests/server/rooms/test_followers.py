"""Who follows whom."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gathertui_server.rooms.followers import Followers

people = st.frozensets(st.integers(1, 5))


@given(st.lists(st.tuples(st.sampled_from(["follow", "converse", "forget"]), st.integers(10, 12), people)))
def test_a_view_follows_those_it_chose_and_those_of_its_conversation(happened: list) -> None:
    followers = Followers()
    chosen: dict[int, frozenset[int]] = {}
    conversations: dict[int, frozenset[int]] = {}
    for action, view, avatars in happened:
        if action == "follow":
            chosen[view] = avatars
            followers.follow(view, avatars)
        elif action == "converse":
            conversations[view] = avatars
            followers.converse(view, avatars)
        else:
            chosen.pop(view, None)
            conversations.pop(view, None)
            followers.forget(view)
        for avatar in range(1, 6):
            assert set(followers.of(avatar)) == {
                view for view in (10, 11, 12) if avatar in chosen.get(view, ()) or avatar in conversations.get(view, ())
            }
