"""Maps to walk on, in the project's own format."""

from __future__ import annotations

from collections.abc import Iterator

ROOM = 12
"""Tiles that a room has a side, without its walls."""

_PITCH = ROOM + 1
_WING = 2  # rooms a side that make one named area
_DOORS = (_PITCH // 2, _PITCH // 2 + 1)  # the gaps in a wall, in the middle of each room's side


def rooms(side: int, people: int) -> str:
    """Return square rooms with gaps to their neighbours, `side` tiles at most a side, and a place to enter for each.

    Wings of two by two rooms are areas.
    """
    count = max(1, (side - 1) // _PITCH)
    size = count * _PITCH + 1
    rows = [[_rooms_tile(x, y, size) for x in range(size)] for y in range(size)]
    wing = _WING * _PITCH
    areas = [
        f'[areas.wing{x}-{y}]\ntitle = "Wing {x}-{y}"\n'
        f"rectangles = [[{x}, {y}, {min(wing, size - x)}, {min(wing, size - y)}]]\n"
        for y in range(0, size - 1, wing)
        for x in range(0, size - 1, wing)
    ]
    return _document(f"Rooms {size}x{size}", rows, people, "\n".join(areas))


def _rooms_tile(x: int, y: int, size: int) -> str:
    across, down = x % _PITCH, y % _PITCH
    if across and down:
        return " "
    outer = x in (0, size - 1) or y in (0, size - 1)
    door = not outer and (across in _DOORS or down in _DOORS)
    return " " if door else "#"


def hall(width: int, height: int, people: int) -> str:
    """Return one open room of `width` by `height` tiles within its walls, and a place to enter for each."""
    rows = [["#"] * (width + 2)]
    rows += [["#", *" " * width, "#"] for _ in range(height)]
    rows += [["#"] * (width + 2)]
    return _document(f"Hall {width}x{height}", rows, people, "")


def _document(title: str, rows: list[list[str]], people: int, areas: str) -> str:
    for x, y in _spread(rows, people):
        rows[y][x] = "@"
    grid = "\n".join("".join(row) for row in rows)
    return (
        f'title = "{title}"\n\ngrid = \'\'\'\n{grid}\n\'\'\'\n\n[legend]\n" " = "floor"\n"#" = "wall"\n\n'
        f'[spawns.entrance]\nmarker = "@"\n\n{areas}'
    )


def _spread(rows: list[list[str]], people: int) -> Iterator[tuple[int, int]]:
    """Yield at most `people` floor tiles, evenly far from each other in the order of reading."""
    floor = [(x, y) for y, row in enumerate(rows) for x, tile in enumerate(row) if tile == " "]
    stride = max(1.0, len(floor) / people)
    for number in range(min(people, len(floor))):
        yield floor[int(number * stride)]
