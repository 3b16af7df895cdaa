"""Wrapping, chat lines, transcripts: the pure parts of the chat."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from gathertui.protocol.chat import ChatMessage
from gathertui.render.cells import text_width
from gathertui.render.palettes import DARK
from gathertui.ui.chatlines import ChatLayout, Unsent
from gathertui.ui.look import ASCII, Look
from gathertui.ui.screens.help import help_lines
from gathertui.ui.screens.palette import Choice, matches
from gathertui.ui.strips import line_width
from gathertui.ui.transcript import Transcript
from gathertui.ui.wrapping import wrap

LOOK = Look(DARK)
TEXTS = st.text(st.sampled_from("ab c日本 é🙂"), max_size=80)


def message(seq: int, text: str = "hello", *, author: str = "id-grace", at: datetime | None = None) -> ChatMessage:
    when = at or datetime(2024, 5, 1, 12, 0)
    return ChatMessage(
        "general", seq, author, author.removeprefix("id-"), text, int(when.timestamp() * 1000), f"c{seq}"
    )


def texts(messages: list[ChatMessage], width: int = 40, unsent: tuple[Unsent, ...] = ()) -> list[str]:
    lines = ChatLayout(LOOK, width, "id-ada", lambda author: 1).lines(messages, unsent)
    return ["".join(span.text for span in line) for line in lines]


@given(TEXTS, st.integers(2, 20))
def test_wrapped_lines_fit_and_lose_no_letter(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert lines and all(text_width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_words_stay_whole_where_they_fit() -> None:
    assert wrap("one two three", 8) == ["one two", "three"]
    assert wrap("a\n\n  b", 8) == ["a", "", "  b"]


def test_text_hangs_under_text_and_names_align() -> None:
    lines = texts([message(1, "one two three four"), message(2, "hi", author="id-linus")], width=28)
    assert lines[1:] == ["12:00 grace one two three", " " * 12 + "four", "12:00 linus hi"]


def test_a_rule_names_each_day() -> None:
    lines = texts([message(1), message(2, at=datetime(2024, 5, 2, 9, 0))])
    assert "Wednesday 1 May" in lines[0] and "Thursday 2 May" in lines[2]


def test_your_own_messages_are_yours() -> None:
    assert texts([message(1, author="id-ada")])[1] == "12:00 you hello"


def test_what_failed_says_why() -> None:
    lines = texts([message(1)], unsent=(Unsent("x", "hi"), Unsent("y", "ho", "Nobody may.")))
    assert "○" in lines[2] and "hi" in lines[2]
    assert "×" in lines[3] and "Not sent: Nobody may." in lines[4]


def test_an_address_is_a_link_and_nothing_else_is() -> None:
    (_, line) = ChatLayout(LOOK, 60, "", lambda author: 1).lines([message(1, "see https://a.example/b. ok")], ())
    assert [span.text for span in line if span.style.link] == ["https://a.example/b"]


@given(st.lists(TEXTS, max_size=5), st.integers(20, 60))
def test_no_chat_line_is_too_wide(said: list[str], width: int) -> None:
    lines = ChatLayout(LOOK, width, "", lambda author: 1).lines([message(n + 1, t) for n, t in enumerate(said)], ())
    assert all(line_width(line) <= width for line in lines)


def test_the_help_is_ascii_where_it_must_be() -> None:
    lines = help_lines(Look(DARK, ASCII), 38)
    assert "".join(span.text for line in lines for span in line).isascii()


def test_a_transcript_follows_and_reaches_back() -> None:
    transcript = Transcript()
    transcript.follow([message(8), message(9)])
    transcript.prepend([message(6), message(7)], more=True)
    transcript.follow([message(9), message(10)])
    assert [m.seq for m in transcript.messages] == [6, 7, 8, 9, 10]
    assert not transcript.complete and transcript.first_seq == 6


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.integers(1, 30))
def test_a_transcript_has_no_gap_and_nothing_twice(ends: list[int], kept: int) -> None:
    transcript = Transcript()
    for end in ends:
        transcript.follow([message(seq) for seq in range(max(1, end - kept), end + 1)])
        seqs = [m.seq for m in transcript.messages]
        assert seqs == list(range(seqs[0], seqs[-1] + 1)) and seqs[-1] == end


def test_the_best_match_comes_first() -> None:
    choices = [Choice("a", "Scroll chat up"), Choice("b", "Write in chat"), Choice("c", "Leave", alias="q")]
    assert [choice.name for choice in matches("chat", choices)] == ["a", "b"]
    assert [choice.name for choice in matches("wri ch", choices)] == ["b"]
    assert matches("q", choices)[0].name == "c"
    assert matches("", choices) == choices and not matches("zzz", choices)
