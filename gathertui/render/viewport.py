"""Which part of the map is on the screen."""

from __future__ import annotations

from gathertui.world.geometry import Point, Size

DEAD_ZONE = 0.4
"""The middle part of the view, of its width and height, in which you walk without the map moving."""


def scroll(previous: Point | None, focus: Point, view: Size, tilemap: Size) -> Point:
    """The map's tile at the view's top left corner, all in tiles.

    Moves as little as keeps `focus` in the dead zone, stays on the map, and
    centres a map that is smaller than the view (then the offset is negative).
    `previous` None means that nothing was shown yet: `focus` is centred.
    """
    return Point(
        _scroll_axis(None if previous is None else previous.x, focus.x, view.width, tilemap.width),
        _scroll_axis(None if previous is None else previous.y, focus.y, view.height, tilemap.height),
    )


def _scroll_axis(previous: int | None, focus: int, view: int, tiles: int) -> int:
    if tiles <= view:
        return -((view - tiles) // 2)
    if previous is None:
        offset = focus - view // 2
    else:
        margin = int(view * (1.0 - DEAD_ZONE) / 2.0)
        offset = max(focus - (view - 1 - margin), min(previous, focus - margin))
    return max(0, min(offset, tiles - view))
