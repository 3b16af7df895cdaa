"""Keys, counts, bursts and walks, on a clock of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.client.model import StepOutcome
from gathertui.ui.burst import BURST_SECONDS, BurstFilter
from gathertui.ui.keyboard import MapKeyboard
from gathertui.ui.keys import KEY_LINE, OFFICE_COMMANDS, Command, command_named, commands_by_key
from gathertui.ui.walker import PACE_SECONDS, Walker
from gathertui.world.geometry import Direction


class Alarm:
    def __init__(self, at: float, act: Callable[[], None]) -> None:
        self.at = at
        self.act = act
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True


class Desk:
    """Somebody at a keyboard: it owns the keyboard, and the time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.alarms: list[Alarm] = []
        self.done: list[tuple[str, int]] = []
        self.text = ""
        self.texts_ended = 0
        self.keyboard = MapKeyboard(self, lambda: self.now)

    def perform(self, command: Command, count: int) -> None:
        self.done.append((command.name, count))

    def write_text(self, text: str) -> None:
        self.text += text

    def text_ended(self) -> None:
        self.texts_ended += 1

    def count_changed(self) -> None:
        pass

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Alarm:
        alarm = Alarm(self.now + delay, callback)
        self.alarms.append(alarm)
        return alarm

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while due := [alarm for alarm in self.alarms if alarm.at <= until and not alarm.stopped]:
            alarm = min(due, key=lambda alarm: alarm.at)
            self.alarms.remove(alarm)
            self.now = max(self.now, alarm.at)
            alarm.act()
        self.now = until

    def type(self, text: str, gap: float) -> None:
        for character in text:
            key = {"\n": "enter", "?": "question_mark"}.get(character, character)
            self.keyboard.press(key, None if character == "\n" else character, self.now)
            self.wait(gap)


def test_a_letter_acts_when_it_has_been_alone() -> None:
    desk = Desk()
    desk.type("l", 0.02)
    assert desk.done == []
    desk.wait(0.02)
    assert desk.done == [("walk-east", 1)]


def test_arrows_act_at_once() -> None:
    desk = Desk()
    assert desk.keyboard.press("left", None, desk.now)
    assert desk.done == [("walk-west", 1)]
    assert not desk.keyboard.press("f5", None, desk.now)


def test_a_held_letter_acts_again_and_again() -> None:
    desk = Desk()
    desk.type("llll", 0.02)
    desk.wait(0.1)
    assert desk.done == [("walk-east", 1)] * 4 and not desk.text


def test_counts() -> None:
    desk = Desk()
    desk.type("12l", 0.05)
    desk.type("0j", 0.05)
    desk.type("5xk", 0.05)
    assert desk.done == [("walk-east", 12), ("walk-south", 1), ("walk-north", 1)]


@given(st.text(st.sampled_from("hjklqnpti5? \n"), min_size=3, max_size=30))
def test_pasted_text_never_acts(text: str) -> None:
    text = "ab" + text
    desk = Desk()
    desk.type(text, 0.001)
    desk.wait(1)
    assert desk.done == [] and desk.text == text and desk.texts_ended == 1


@given(st.text(st.sampled_from("hjklnp"), max_size=10), st.floats(BURST_SECONDS * 1.1, 1.0))
def test_typed_letters_always_act(text: str, gap: float) -> None:
    desk = Desk()
    desk.type(text, gap)
    desk.wait(1)
    assert len(desk.done) == len(text) and not desk.text


def test_a_burst_that_begins_with_one_letter_twice_is_text_too() -> None:
    held = BurstFilter()
    assert held.press("l", 1.0) == held.press("l", 1.001) == ""
    assert held.press("a", 1.002) == "lla"
    assert held.press("m", 1.003) == "m"


class Path:
    """A way on which `clear` steps are free; the clock of the alarms is pushed by hand."""

    def __init__(self, outcomes: list[StepOutcome]) -> None:
        self.outcomes = outcomes
        self.alarms: list[Alarm] = []
        self.walker = Walker(self.step, self.set_timer)

    def step(self, direction: Direction) -> StepOutcome:
        return self.outcomes.pop(0)

    def set_timer(self, delay: float, act: Callable[[], None]) -> Alarm:
        assert delay == PACE_SECONDS
        self.alarms.append(Alarm(delay, act))
        return self.alarms[-1]

    def ring(self) -> bool:
        alarm = self.alarms.pop(0) if self.alarms else None
        if alarm is not None and not alarm.stopped:
            alarm.act()
        return alarm is not None


def test_a_walk_takes_its_steps_and_waits_when_it_is_too_fast() -> None:
    moved, held = StepOutcome.MOVED, StepOutcome.HELD
    path = Path([moved, moved, held, moved, moved])
    path.walker.walk(Direction.EAST, 3)
    while path.ring():
        pass
    assert path.outcomes == [moved]


@pytest.mark.parametrize("end", [StepOutcome.TURNED, StepOutcome.BLOCKED, StepOutcome.OFFLINE])
def test_a_walk_ends_at_a_wall_and_when_it_is_stopped(end: StepOutcome) -> None:
    path = Path([StepOutcome.MOVED, end])
    path.walker.walk(Direction.EAST, 5)
    assert path.ring() and not path.ring()
    path = Path([StepOutcome.MOVED, StepOutcome.MOVED])
    path.walker.walk(Direction.EAST, 5)
    path.walker.stop()
    path.ring()
    assert len(path.outcomes) == 1


def test_one_step_too_many_is_dropped() -> None:
    path = Path([StepOutcome.HELD])
    path.walker.walk(Direction.EAST)
    assert not path.ring()


def test_no_key_means_two_things_and_the_key_line_names_real_commands() -> None:
    keys = [key for command in OFFICE_COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys)) == len(commands_by_key())
    assert all(command_named(name).keys and command_named(name).word for name in KEY_LINE)
    assert not [key for key in keys if key.startswith("alt+") or key in ("ctrl+a", "ctrl+b", "ctrl+s")]
