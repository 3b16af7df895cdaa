"""How ticks stretch and shrink, on a machine of numbers: no clock, no load."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from gathertui_server.rooms.pace import BUSY, CALM, SLOWEST, Pace, Strain


@dataclass
class Machine:
    """A server whose work a second is `steady` seconds of CPU, and `per_tick` more for each tick.

    What it can't do in time makes its ticks late.
    """

    steady: float
    per_tick: float
    pace: Pace = field(default_factory=lambda: Pace(0.0, 0.0))
    now: float = 0.0
    cpu: float = 0.0
    told: list[Strain] = field(default_factory=list)
    windows: list[float] = field(default_factory=list)

    def run(self, seconds: float) -> None:
        """Tick for so long."""
        end = self.now + seconds
        while self.now < end:
            window = self.pace.window
            work = self.steady * window + self.per_tick
            late = max(0.0, work - window)
            self.now += window + late
            self.cpu += min(work, window + late)
            strain = self.pace.ticked(self.now, self.cpu, late)
            if strain is not None:
                self.told.append(strain)
            self.windows.append(self.pace.window)


def test_a_calm_office_ticks_fast() -> None:
    machine = Machine(steady=0.05, per_tick=0.001)
    machine.run(30)
    assert set(machine.windows) == {CALM}
    assert machine.told == []


def test_a_busy_office_ticks_half_as_often_and_is_not_overloaded() -> None:
    machine = Machine(steady=0.15, per_tick=0.01)  # 35 % of a core at 50 ms, 25 % at 100 ms
    machine.run(30)
    assert machine.pace.window == pytest.approx(BUSY)
    assert not machine.pace.overloaded
    assert machine.told == []


@pytest.mark.parametrize("steady", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
@pytest.mark.parametrize("per_tick", [0.001, 0.005, 0.01, 0.02, 0.04])
def test_the_tick_comes_to_rest(steady: float, per_tick: float) -> None:
    machine = Machine(steady, per_tick)
    machine.run(60)
    machine.windows.clear()
    machine.run(60)
    assert len(set(machine.windows)) == 1
    assert len(machine.told) <= 1 + 120 / 10  # at most told of once, and reminded


def test_overload_stretches_ticks_until_all_is_carried() -> None:
    machine = Machine(steady=0.5, per_tick=0.06)  # 110 % of a core at 100 ms, 80 % at 200 ms
    machine.run(20)
    assert BUSY < machine.pace.window <= 0.3
    assert machine.pace.load < 0.9
    assert machine.pace.lag == 0.0
    assert machine.told[0] is Strain.BEGAN
    assert machine.pace.overloaded


def test_it_is_told_of_once_then_as_a_reminder_and_when_it_ends() -> None:
    machine = Machine(steady=0.5, per_tick=0.06)
    machine.run(35)
    assert machine.told.count(Strain.BEGAN) == 1
    assert machine.told.count(Strain.LASTS) == 3
    machine.steady, machine.per_tick = 0.05, 0.002
    machine.run(20)
    assert machine.told[-1] is Strain.ENDED
    assert machine.told.count(Strain.ENDED) == 1
    assert machine.pace.window == CALM
    assert not machine.pace.overloaded


def test_even_a_hopeless_load_leaves_a_tick_a_second() -> None:
    machine = Machine(steady=2.0, per_tick=0.1)
    machine.run(120)
    assert machine.pace.window == SLOWEST


def test_ticks_that_come_late_though_the_thread_is_idle_are_overload_too() -> None:
    pace = Pace(0.0, 0.0)
    told = [pace.ticked(0.1 * tick, 0.0, 0.09) for tick in range(1, 40)]
    assert Strain.BEGAN in told


def test_one_late_tick_is_no_overload() -> None:
    machine = Machine(steady=0.05, per_tick=0.001)
    machine.run(3)
    machine.now += 2.0
    machine.pace.ticked(machine.now, machine.cpu, 2.0)
    machine.run(3)
    assert machine.told == []
    assert machine.pace.window == CALM


def test_a_pause_ends_whatever_was_before() -> None:
    machine = Machine(steady=0.5, per_tick=0.06)
    machine.run(20)
    assert machine.pace.overloaded
    assert machine.pace.ticked(machine.now + 60.0, machine.cpu, 0.0) is Strain.ENDED
    assert machine.pace.window == CALM


def test_a_long_stall_is_no_pause() -> None:
    machine = Machine(steady=0.5, per_tick=3.0)  # a tick alone takes three seconds
    machine.run(60)
    assert machine.pace.overloaded
    assert machine.pace.window == SLOWEST
