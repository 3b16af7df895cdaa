from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from gathertui.client.prediction import MOST_UNSETTLED, Prediction, Stance, StepOutcome
from gathertui.testing.office import SMALL_MAP
from gathertui.world.geometry import Direction, Point, Size
from gathertui.world.looks import STANDARD_KINDS
from gathertui.world.mapfile import load_map
from gathertui.world.movement import destination
from gathertui.world.tilemap import TileMap

MAP = load_map(SMALL_MAP)
START = Stance(Point(1, 1), Direction.SOUTH)

directions = st.sampled_from(list(Direction))


def walk_east(prediction: Prediction, steps: int) -> None:
    """Take steps as fast as allowed, from second 1 on."""
    for number in range(steps):
        assert prediction.step(Direction.EAST, 1.0 + number / 10)[1] is StepOutcome.MOVED


def test_a_step_is_shown_at_once_and_a_wall_turns() -> None:
    prediction = Prediction(MAP, START)
    assert prediction.step(Direction.EAST, 1.0) == (1, StepOutcome.MOVED)
    assert prediction.stance == Stance(Point(2, 1), Direction.EAST)
    assert prediction.step(Direction.NORTH, 1.0) == (2, StepOutcome.TURNED)
    assert prediction.stance == Stance(Point(2, 1), Direction.NORTH)


def test_a_wall_that_you_face_is_not_walked_into_again() -> None:
    prediction = Prediction(MAP, START)
    prediction.step(Direction.NORTH, 1.0)
    for number in range(100):
        assert prediction.step(Direction.NORTH, 1.0 + number) == (None, StepOutcome.BLOCKED)
    assert prediction.unsettled == 1
    assert prediction.step(Direction.EAST, 200.0) == (2, StepOutcome.MOVED)


def test_steps_come_no_faster_than_allowed() -> None:
    prediction = Prediction(MAP, START)
    outcomes = [prediction.step(Direction.EAST, 1.0 + number / 100)[1] for number in range(100)]
    assert outcomes[:4] == [StepOutcome.MOVED] * 3 + [StepOutcome.HELD]
    assert outcomes.count(StepOutcome.MOVED) == 12
    assert prediction.stance.point == Point(13, 1)


def test_a_straight_walk_with_latency_never_goes_back() -> None:
    """A step every 100 ms, answers 150 ms later: the shown place only grows."""
    prediction = Prediction(MAP, START)
    answers: deque[tuple[int, int, Stance]] = deque()
    server = START
    shown = [prediction.stance.point.x]
    for now in range(0, 2000, 50):
        if now % 100 == 0 and now < 1500:
            seq, _ = prediction.step(Direction.EAST, now / 1000)
            assert seq is not None
            server = Stance(destination(MAP, server.point, Direction.EAST) or server.point, Direction.EAST)
            answers.append((now + 150, seq, server))
        while answers and answers[0][0] <= now:
            _, ack, stance = answers.popleft()
            prediction.settle(ack, stance)
        shown.append(prediction.stance.point.x)
    assert shown == sorted(shown)
    assert shown[-1] == 16
    assert prediction.stance == server


def test_a_step_refused_as_too_fast_corrects_once_and_keeps_the_later_ones() -> None:
    """You still face where you did: it was no obstacle."""
    prediction = Prediction(MAP, START)
    walk_east(prediction, 3)
    prediction.refuse(1, START, too_fast=False)
    assert prediction.stance.point == Point(3, 1)
    prediction.settle(3, Stance(Point(3, 1), Direction.EAST))
    assert prediction.stance.point == Point(3, 1)
    assert prediction.unsettled == 0


def test_an_obstacle_that_only_the_server_knows_stops_the_later_steps_too() -> None:
    prediction = Prediction(MAP, START)
    walk_east(prediction, 3)
    shut = Stance(Point(1, 1), Direction.EAST)
    shown = []
    for seq in (1, 2, 3):
        prediction.refuse(seq, shut, too_fast=False)
        shown.append(prediction.stance)
    assert shown == [shut] * 3
    assert prediction.step(Direction.EAST, 2.0) == (4, StepOutcome.TURNED)  # it may have been too fast: one more try
    assert prediction.step(Direction.EAST, 2.1) == (None, StepOutcome.BLOCKED)
    prediction.refuse(4, shut, too_fast=False)
    assert prediction.step(Direction.EAST, 2.9) == (None, StepOutcome.BLOCKED)
    assert prediction.step(Direction.EAST, 3.0) == (5, StepOutcome.TURNED)
    prediction.settle(5, Stance(Point(2, 1), Direction.EAST))
    assert prediction.step(Direction.EAST, 3.1) == (6, StepOutcome.MOVED)


def test_an_obstacle_of_the_servers_is_forgotten_where_you_go_elsewhere() -> None:
    prediction = Prediction(MAP, START)
    walk_east(prediction, 1)
    prediction.refuse(1, Stance(Point(1, 1), Direction.EAST), too_fast=False)
    prediction.step(Direction.SOUTH, 2.0)
    prediction.step(Direction.NORTH, 2.1)
    prediction.settle(3, Stance(Point(1, 1), Direction.NORTH))
    prediction.step(Direction.EAST, 2.2)
    assert prediction.stance.point == Point(1, 1)  # nobody has heard yet that you were elsewhere
    prediction.step(Direction.SOUTH, 2.3)
    prediction.settle(5, Stance(Point(1, 2), Direction.SOUTH))
    prediction.step(Direction.NORTH, 2.4)
    assert prediction.step(Direction.EAST, 2.5) == (7, StepOutcome.MOVED)


def test_an_ack_without_a_position_keeps_the_prediction() -> None:
    prediction = Prediction(MAP, START)
    walk_east(prediction, 2)
    prediction.settle(1, None)
    assert prediction.stance.point == Point(3, 1)
    prediction.settle(2, None)
    assert prediction.stance == Stance(Point(3, 1), Direction.EAST)


def test_another_view_of_yours_moves_you_between_your_steps() -> None:
    prediction = Prediction(MAP, START)
    walk_east(prediction, 1)
    prediction.settle(0, Stance(Point(1, 2), Direction.SOUTH))
    assert prediction.stance.point == Point(2, 2)


def test_what_is_older_than_the_last_word_is_ignored() -> None:
    prediction = Prediction(MAP, START)
    walk_east(prediction, 2)
    prediction.refuse(2, Stance(Point(2, 1), Direction.EAST), too_fast=False)
    prediction.settle(1, Stance(Point(9, 1), Direction.EAST))
    assert prediction.stance.point == Point(2, 1)


class ScriptedServer:
    """The server's side of walking: settles steps in order, refuses some, and tells or withholds its position."""

    def __init__(self) -> None:
        self.stance = START
        self.inbox: deque[tuple[int, Direction]] = deque()
        self.outbox: deque[tuple[str, int, Stance | None]] = deque()
        self.ack = 0

    def handle(self, *, refuse: bool, tell: bool) -> None:
        if not self.inbox:
            return
        self.ack, direction = self.inbox.popleft()
        if refuse:
            self.stance = Stance(self.stance.point, direction)
            self.outbox.append(("refused", self.ack, self.stance))
            return
        self.stance = Stance(destination(MAP, self.stance.point, direction) or self.stance.point, direction)
        self.outbox.append(("tick", self.ack, self.stance if tell else None))

    def push(self, point: Point) -> None:
        self.stance = Stance(point, Direction.WEST)
        self.outbox.append(("tick", self.ack, self.stance))


@given(st.data())
def test_whatever_happens_on_the_way_you_end_where_the_server_says(data: st.DataObject) -> None:
    prediction, server = Prediction(MAP, START), ScriptedServer()
    acts = st.sampled_from(["step", "handle", "hear", "push"])
    now = 1.0
    for act in data.draw(st.lists(acts, max_size=60)):
        if act == "step":
            direction = data.draw(directions)
            now += 0.1
            seq, _ = prediction.step(direction, now)
            if seq is not None:
                server.inbox.append((seq, direction))
        elif act == "handle":
            server.handle(refuse=data.draw(st.booleans()), tell=data.draw(st.booleans()))
        elif act == "push":
            server.push(Point(data.draw(st.integers(1, 18)), data.draw(st.integers(1, 3))))
        elif server.outbox:
            hear(prediction, server)
    while server.inbox:
        server.handle(refuse=data.draw(st.booleans()), tell=data.draw(st.booleans()))
    while server.outbox:
        hear(prediction, server)
    assert prediction.stance == server.stance
    assert prediction.unsettled == 0


def hear(prediction: Prediction, server: ScriptedServer) -> None:
    kind, ack, stance = server.outbox.popleft()
    if kind == "refused":
        assert stance is not None
        prediction.refuse(ack, stance, too_fast=False)
    else:
        prediction.settle(ack, stance)


def test_nobody_runs_away_from_a_server_that_says_nothing() -> None:
    field = TileMap(size=Size(100, 3), kinds=[STANDARD_KINDS["floor"]], kind_numbers=bytes(300))
    prediction = Prediction(field, START)
    outcomes = [prediction.step(Direction.EAST, 1.0 + number / 10)[1] for number in range(50)]
    assert outcomes == [StepOutcome.MOVED] * MOST_UNSETTLED + [StepOutcome.HELD] * (50 - MOST_UNSETTLED)
    prediction.settle(MOST_UNSETTLED, None)
    assert prediction.step(Direction.EAST, 10.0) == (MOST_UNSETTLED + 1, StepOutcome.MOVED)
