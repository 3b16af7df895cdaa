"""The shapes of tiles at zoom 2: four cells by two."""

from __future__ import annotations

from gathertui.render.office.sprites import (
    COUNTERS,
    DESKS,
    STRUCTURE,
    Glyphs,
    Joined,
    Role,
    Shape,
    Sprite,
    constant,
)
from gathertui.world.geometry import Direction

_TOP = Glyphs("████\n████", Role.TOP, Role.TOP)


def _on_wall(face: Glyphs, strip: Glyphs) -> Shape:
    """A wall seen from the south shows its `face`, one that runs on south `strip`, which is its top."""
    return lambda joined, _facing: strip if joined.south else face


def _strip(pair: str) -> Glyphs:
    """The top of a wall that runs north to south, with something in the middle of it."""
    return Glyphs("\n".join([f"█{pair}█"] * 2), "\n".join(["tddt"] * 2), Role.TOP)


_wall = _on_wall(Glyphs("████\n████", "tttt\nssss", "tttt\nssss"), _TOP)
_window = _on_wall(Glyphs("████\n▐██▌", "tttt\ndddd", "tttt\nssss"), _strip("▐▌"))
_board = _on_wall(Glyphs("▄▄▄▄\n▀▀▀▀", "dddd\ndddd", "tttt\nssss"), _strip("▐▌"))
_screen = _on_wall(Glyphs("▄▄▄▄\n████", "dddd\ndddd", "tttt\nssss"), _strip("██"))
_glass = _on_wall(Glyphs("▀▀▀▀\n████", "tttt\nssss", Role.SIDE), Glyphs("█▐▌█\n█▐▌█", "tsst\ntsst", Role.TOP))


def _door(joined: Joined, _: Direction) -> Glyphs:
    if joined.north and joined.south:
        return Glyphs("█╎╎█\n█╎╎█", "stts\nstts", Role.SIDE)
    return Glyphs("╌╌╌╌\n████", "tttt\nssss", Role.SIDE)


def _shut_door(joined: Joined, _: Direction) -> Glyphs:
    if joined.north and joined.south:
        return Glyphs("█▐▌█\n█▐▌█", "stts\nstts", Role.SIDE)
    return Glyphs("▄▄▄▄\n▀▀▀▀", Role.TOP, Role.SIDE)


def _railing(joined: Joined, _: Direction) -> Glyphs:
    if joined.north or joined.south:
        return Glyphs(" ▕▏ \n ▕▏ ", Role.TOP, Role.GROUND)
    return Glyphs("────\n ╵╵ ", Role.TOP, Role.GROUND)


def _block(joined: Joined, _: Direction) -> Glyphs:
    """A box seen from above and a little from the south."""
    return _TOP if joined.south else Glyphs("████\n▀▀▀▀", Role.TOP, Role.SIDE)


def _workstation(joined: Joined, _: Direction) -> Glyphs:
    """A desk top with a screen on it; in a double row the screens stand back to back."""
    if joined.south:
        return Glyphs("████\n▗▄▄▖", "tttt\ndddd", Role.TOP)
    return Glyphs("▝▀▀▘\n▀▀▀▀", "dddd\ntttt", "tttt\nssss")


def _chair(_: Joined, facing: Direction) -> Glyphs:
    """A seat, and a back at its far side."""
    if facing is Direction.NORTH:
        return Glyphs(" ██ \n ▀▀ ", ".tt.\n.ss.", Role.GROUND)
    if facing is Direction.SOUTH:
        return Glyphs(" ▄▄ \n ██ ", ".ss.\n.tt.", Role.GROUND)
    if facing is Direction.EAST:
        return Glyphs(" ▐▄▖\n ▐▀▘", ".stt\n.stt", Role.GROUND)
    return Glyphs("▗▄▌ \n▝▀▌ ", "tts.\ntts.", Role.GROUND)


def _sofa(joined: Joined, facing: Direction) -> Glyphs:
    """The seat (top) with a back and arms (side) round it, open to where it faces."""
    if facing in (Direction.NORTH, Direction.SOUTH):
        seat, back = ("████", "▀▀▀▀") if facing is Direction.NORTH else ("████", "▄▄▄▄")
        if not joined.west:
            seat, back = "▐" + seat[1:], ("▝" if facing is Direction.NORTH else "▗") + back[1:]
        if not joined.east:
            seat, back = seat[:-1] + "▌", back[:-1] + ("▘" if facing is Direction.NORTH else "▖")
        rows = (seat, back) if facing is Direction.NORTH else (back, seat)
    else:
        upper = "████" if joined.north else "▄▄▄▄"
        lower = "████" if joined.south else "▀▀▀▀"
        if facing is Direction.EAST:
            rows = ("▐" if joined.north else "▗") + upper[1:], ("▐" if joined.south else "▝") + lower[1:]
        else:
            rows = upper[:-1] + ("▌" if joined.north else "▖"), lower[:-1] + ("▌" if joined.south else "▘")
    return Glyphs("\n".join(rows), Role.TOP, Role.SIDE)


def _tree(joined: Joined, _: Direction) -> Glyphs:
    """A canopy, rounded where it ends."""
    north, east, south, west = joined
    upper = (
        ("█" if west or north else "▗") + ("██" if north or west or east else "▟▙") + ("█" if east or north else "▖")
    )
    lower = (
        ("█" if west or south else "▝") + ("██" if south or west or east else "▜▛") + ("█" if east or south else "▘")
    )
    return Glyphs(f"{upper}\n{lower}", Role.TOP, Role.GROUND)


BIG_SPRITES = {
    "wall": Sprite(_wall, STRUCTURE),
    "glass": Sprite(_glass, STRUCTURE),
    "window": Sprite(_window, STRUCTURE),
    "board": Sprite(_board, STRUCTURE),
    "screen": Sprite(_screen, STRUCTURE),
    "door": Sprite(_door, STRUCTURE | {"door"}),
    "railing": Sprite(_railing, frozenset({"railing"})),
    "desk": Sprite(_block, DESKS),
    "workstation": Sprite(_workstation, DESKS),
    "table": Sprite(_block, frozenset({"table"})),
    "counter": Sprite(_block, COUNTERS),
    "coffee": Sprite(constant("▐██▌\n▀▀▀▀", "dddd\ntttt", "tttt\nssss"), COUNTERS),
    "fridge": Sprite(constant("████\n██▌█", "tttt\ntttt", "tttt\nssss")),
    "shelf": Sprite(constant("▌▌▐▌\n▌▐▌▌", Role.DETAIL, Role.SIDE), frozenset({"shelf"})),
    "chair": Sprite(_chair),
    "sofa": Sprite(_sofa, frozenset({"sofa"})),
    "armchair": Sprite(_sofa),
    "plant": Sprite(constant("▟██▙\n▝██▘", "tttt\ndddd", Role.GROUND)),
    "tree": Sprite(_tree, frozenset({"tree"})),
}
"""By look. `floor` and `void` have no shape: the ground is all there is."""

BIG_SHUT_DOOR = Sprite(_shut_door, STRUCTURE | {"door"})

BIG_ASCII_SPRITES = {
    look: Sprite(constant(text, ink, behind))
    for look, text, ink, behind in (
        ("wall", "####\n####", Role.SIDE, Role.TOP),
        ("glass", "::::\n::::", Role.TOP, Role.SIDE),
        ("window", "####\n#==#", "ssss\nsdds", Role.TOP),
        ("board", "####\n[__]", "ssss\ndddd", Role.TOP),
        ("screen", "####\n[##]", "ssss\ndddd", Role.TOP),
        ("door", "----\n----", Role.TOP, Role.SIDE),
        ("railing", "::::\n::::", Role.TOP, Role.GROUND),
        ("desk", "====\n====", Role.SIDE, Role.TOP),
        ("workstation", "[__]\n====", "dddd\nssss", Role.TOP),
        ("table", "====\n====", Role.SIDE, Role.TOP),
        ("counter", "====\n====", Role.SIDE, Role.TOP),
        ("coffee", "[%%]\n====", "dddd\nssss", Role.TOP),
        ("fridge", "+--+\n|__|", Role.SIDE, Role.TOP),
        ("shelf", "||||\n||||", Role.DETAIL, Role.SIDE),
        ("chair", " __ \n hh ", Role.TOP, Role.GROUND),
        ("sofa", "____\n____", Role.SIDE, Role.TOP),
        ("armchair", "____\n(__)", Role.SIDE, Role.TOP),
        ("plant", " ** \n || ", Role.TOP, Role.GROUND),
        ("tree", "****\n****", Role.TOP, Role.GROUND),
    )
}
"""The same for terminals that draw nothing beyond ASCII."""

BIG_ASCII_SHUT_DOOR = Sprite(constant("XXXX\nXXXX", Role.TOP, Role.SIDE))
