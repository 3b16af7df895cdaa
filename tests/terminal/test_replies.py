"""What a terminal answers is never taken for keys, and keys are never lost or late."""

from __future__ import annotations

import itertools
import math

from hypothesis import given
from hypothesis import strategies as st

from gathertui.terminal.replies import BROKEN_SECONDS, ESCAPE_SECONDS, MAX_ANSWER, ReplySieve

ATTRIBUTES = "\x1b[?62;4;22c"
ANSWERS = [
    ATTRIBUTES,
    "\x1b[>41;390;0c",
    "\x1b[6;18;9t",
    "\x1bP1+r524742=38\x1b\\",
    "\x1bP0+r\x1b\\",
    "\x1bP1$r0;48:2::1:2:3m\x1b\\",
    "\x1bP>|kitty(0.42.1)\x1b\\",
    "\x1bP>|WezTerm 20240203-110809-5046fc22\x07",
    "\x1bP!|464f4f54\x1b\\",
    "\x1b_Gi=1;OK\x1b\\",
    "\x1b_Gi=1;ENOTSUP:no\x1b\\",
]
REPORTS = ["\x1b[?2026;2$y", "\x1b[12;40R"]
KEYS = [
    "a", "é", "漢", "\r", "\t", "\x7f", "\x1b[A", "\x1bOP", "\x1b[5~", "\x1b[6~", "\x1b[6;5~", "\x1b[1;5C", "\x1b[15~",
    "\x1b[<0;12;7M", "\x1b[<0;12;7m", "\x1b[I", "\x1b[200~pasted\x1b[201~", "\x1b[97;5u", "\x1ba", "\x1b[?2048;0$y",
]  # fmt: skip


def sift(sieve: ReplySieve, pieces: list[str], pause: float = 0.001) -> tuple[str, list[str], float]:
    """Feed pieces in a row; what was typed and answered, and when the last piece came."""
    now, typed, answers = 0.0, "", []
    for piece in pieces:
        now += pause
        typed += sieve.expire(now)
        sifted = sieve.feed(piece, now)
        typed += sifted.typed
        answers += sifted.answers
    return typed, answers, now


def cut(text: str, places: list[int]) -> list[str]:
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(edges) if start < end]


@given(
    st.lists(st.one_of(st.sampled_from(ANSWERS), st.sampled_from(KEYS)), max_size=12),
    st.lists(st.integers(0, 500), max_size=12),
)
def test_answers_and_keys_in_any_order_and_any_pieces_are_told_apart(items: list[str], places: list[int]) -> None:
    sieve = ReplySieve()
    typed, answers, now = sift(sieve, cut("".join(items), places))
    typed += sieve.expire(now + ESCAPE_SECONDS)
    assert typed == "".join(item for item in items if item in KEYS)
    assert answers == [item for item in items if item in ANSWERS]


@given(st.text(alphabet="\x1b[]P_G?>;0126abcRtuy$~\\+|\x07\r", max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_whatever_comes_nothing_is_held_for_good(text: str, places: list[int]) -> None:
    sieve = ReplySieve(probing_until=math.inf)
    _, _, now = sift(sieve, cut(text, places))
    sieve.expire(now + BROKEN_SECONDS)
    assert sieve.deadline is None
    assert sieve.feed("x", now + BROKEN_SECONDS).typed == "x"


def test_a_lone_escape_waits_as_long_as_it_should_and_no_longer() -> None:
    sieve = ReplySieve(escape_delay=0.05)
    assert sieve.feed("\x1b", 1.0).typed == ""
    assert sieve.deadline == 1.05
    assert sieve.expire(1.049) == ""
    assert sieve.expire(1.05) == "\x1b"
    assert sieve.deadline is None


def test_two_escapes_are_two() -> None:
    sieve = ReplySieve()
    assert sieve.feed("\x1b\x1b", 0.0).typed == "\x1b"
    assert sieve.expire(ESCAPE_SECONDS) == "\x1b"


def test_what_can_be_no_answer_any_more_goes_on_at_once() -> None:
    for text in ("\x1b[1;", "\x1bO", "\x1b[9", "\x1b[<35;", "\x1bPx", "\x1b_x", "\x1b[6~", "\x1b[6;5u"):
        sieve = ReplySieve()
        assert sieve.feed(text, 0.0).typed == text
        assert sieve.deadline is None


def test_an_answer_that_stops_in_the_middle_is_taken_up_again_within_seconds() -> None:
    for answer in ANSWERS:
        for place in (3, 4, 6, len(answer) - 1):
            typed, answers, _ = sift(
                ReplySieve(probing_until=math.inf), [answer[:place], answer[place:]], pause=BROKEN_SECONDS * 0.9
            )
            assert (typed, answers) == ("", [answer])


def test_keys_that_look_like_an_answer_are_keys_after_all() -> None:
    for keys in ("\x1bP", "\x1b_", "\x1b[", "\x1b[6"):
        sieve = ReplySieve(probing_until=math.inf)
        assert sieve.feed(keys, 0.0).typed == ""
        assert sieve.expire(BROKEN_SECONDS) == keys
    assert ReplySieve().feed("\x1b[1;2R", 0.0).typed == "\x1b[1;2R"


def test_an_answer_that_was_cut_off_does_not_swallow_the_keys_after_it() -> None:
    for rest in ("\x1b[A", "\r", "é", "\x1b\x1b[A"):
        sieve = ReplySieve()
        typed, answers, now = sift(sieve, ["\x1bP>|kit", rest])
        assert (typed + sieve.expire(now + 1), answers) == (rest, [])
    sieve = ReplySieve()
    sieve.feed("\x1b[?62;", 0.0)
    assert sieve.expire(BROKEN_SECONDS) == ""
    assert sieve.feed("x", BROKEN_SECONDS).typed == "x"


def test_an_answer_that_stops_for_good_eats_keys_for_two_seconds_and_no_longer() -> None:
    sieve = ReplySieve()
    sieve.feed("\x1b_Gi=1;O", 0.0)
    typed = ""
    for number in range(1, 20):
        typed += sieve.expire(number / 4) + sieve.feed("abcdefghijklmnopqrstuvwxyz"[number], number / 4).typed
    assert typed == "ijklmnopqrst"
    # Nobody has called `expire` in time.
    sieve.feed("\x1b_Gi=1;O", 10.0)
    assert sieve.feed("x", 20.0).typed == "x"


def test_without_device_attributes_the_probe_is_over_in_time() -> None:
    sieve = ReplySieve(probing_until=10.0)
    assert sieve.feed("\x1b[1;2R", 9.9).answers == ("\x1b[1;2R",)
    assert sieve.feed("\x1b[1;2R", 10.0).typed == "\x1b[1;2R"
    assert sieve.feed("\x1b[1;", 10.0).typed == "\x1b[1;"


@given(st.lists(st.integers(0, 200), max_size=12), st.booleans())
def test_what_is_pasted_is_no_answer(places: list[int], probing: bool) -> None:
    pasted = "\x1b[200~see \x1b_Gfoo and \x1bP1+rbar \x1b[6;18;9t\x1b[?1;2c\x1b[3;4R\x1b[20 text\x1b[201~"
    sieve = ReplySieve(probing_until=math.inf if probing else 0.0)
    typed, answers, now = sift(sieve, cut("a" + pasted + ANSWERS[2] + "b", places))
    assert (typed + sieve.expire(now + 1), answers) == (f"a{pasted}b", [ANSWERS[2]])


def test_an_answer_without_an_end_is_not_kept() -> None:
    sieve = ReplySieve()
    for _ in range(100):
        assert sieve.feed("\x1b_G" + "A" * MAX_ANSWER, 0.0).typed == ""
    assert sieve.feed("A\x1b\\typed", 0.1).typed == "typed"
    assert len(sieve.expire(10.0)) == 0


def test_reports_that_others_ask_for_are_left_to_them_once_the_probe_is_over() -> None:
    sieve = ReplySieve(probing_until=math.inf)
    assert sieve.feed("".join(REPORTS), 0.0).answers == tuple(REPORTS)
    assert sieve.feed(ATTRIBUTES, 0.1).answers == (ATTRIBUTES,)
    assert sieve.feed("".join(REPORTS), 0.2).typed == "".join(REPORTS)
