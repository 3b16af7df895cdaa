"""What is in the way, said once an obstacle and not at every repeat of a key that is held against it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gathertui.client.model import OfficeModel, StepOutcome
from gathertui.ui.walker import Alarm
from gathertui.world.geometry import Direction, Point
from gathertui.world.tilemap import TileMap

BUMP_SECONDS: Final = 2.0

_NAMES: Final = {"glass": "glass wall", "coffee": "coffee machine"}


class Bumps:
    """Keeps `text`, which is empty where there is nothing to say, and calls `changed` when it is another.

    `set_timer` calls a function after some seconds, once.
    """

    def __init__(
        self,
        model: OfficeModel,
        set_timer: Callable[[float, Callable[[], None]], Alarm],
        changed: Callable[[], None],
    ) -> None:
        self.text = ""
        self._model = model
        self._set_timer = set_timer
        self._changed = changed
        self._told: tuple[Point, Direction] | None = None
        self._alarm: Alarm | None = None

    def take(self, outcome: StepOutcome) -> None:
        """A step was tried."""
        if outcome is StepOutcome.MOVED:
            self._told = None
            self._say("")
        elif outcome in (StepOutcome.TURNED, StepOutcome.BLOCKED):
            me = self._model.me
            obstacle = Point(me.x, me.y), Direction(me.facing)
            if obstacle != self._told:
                self._told = obstacle
                self._say(name_obstacle(self._model.tilemap, obstacle[0].neighbour(obstacle[1])))

    def _say(self, text: str) -> None:
        if self._alarm is not None:
            self._alarm.stop()
            self._alarm = None
        if text:
            self._alarm = self._set_timer(BUMP_SECONDS, self._end)
        if text != self.text:
            self.text = text
            self._changed()

    def _end(self) -> None:
        self._alarm = None
        self._say("")


def name_obstacle(tilemap: TileMap, point: Point) -> str:
    """Say why nobody can step there."""
    if tilemap.is_open(point):
        return "The way is shut."  # by the server's word: our map knows of no obstacle
    look = tilemap.kind_at(point).look if tilemap.contains(point) else "void"
    if look == "void":
        return "The way ends here."
    name = _NAMES.get(look, look)
    return f"{'An' if name[0] in 'aeiou' else 'A'} {name} is in the way."
