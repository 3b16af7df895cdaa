"""`render`: pictures and videos in the terminal."""

from __future__ import annotations

import locale
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gathertui.cli.output import print_json
from gathertui.errors import UsageError
from gathertui.render.modes import ColourDepth, PictureMode

if TYPE_CHECKING:
    from gathertui.cli.picturefile import Film
    from gathertui.cli.pictureframes import Drawing, PixelDrawing
    from gathertui.terminal.capabilities import Capabilities

_MOST_COLUMNS: Final = 1000
_MOST_ROWS: Final = 500
_CELL_ASPECT: Final = 2
"""A cell is about twice as high as it is wide."""

_PIXELS: Final = ("kitty", "sixel")
_MODES: Final = ("auto", *(mode.value for mode in PictureMode), *_PIXELS)
_USUAL_CELL: Final = (8, 16)
"""Pixels of a cell, to measure sixels where no terminal is asked."""
_DEPTHS: Final = tuple(depth.value for depth in ColourDepth)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example: gathertui render photo.jpg --cells 80x40 --mode octant")(render)


def render(
    file: Annotated[Path, typer.Argument(help="A picture or a video, of any kind that OpenCV reads.")],
    cells: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMNSxROWS", help="How large. Default: as large as the terminal and the picture's shape allow."
        ),
    ] = None,
    mode: Annotated[
        str, typer.Option(metavar="|".join(_MODES), help="What to draw with. auto: the finest that the font has.")
    ] = "auto",
    colors: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(_DEPTHS),
            help="Default: what the terminal has; mono when the output is no terminal.",
            show_default=False,
        ),
    ] = None,
    frames: Annotated[int | None, typer.Option(min=1, help="Stop a video after so many pictures.")] = None,
    budget: Annotated[
        float | None, typer.Option(metavar="KB/s", help="The most that a video may send, in kilobytes a second.")
    ] = None,
    stats: Annotated[
        bool, typer.Option("--stats", help="Print what each frame cost, as JSON lines, instead of the pictures.")
    ] = False,
) -> None:
    """Print a picture, or play a video, in this terminal.

    Ctrl-C ends a video. Where the output is no terminal its pictures are printed one below the other.
    """
    size = None if cells is None else _parse_size(cells)
    _check_choice("--mode", mode, _MODES)
    if colors is not None:
        _check_choice("--colors", colors, _DEPTHS)
    if budget is not None and not 0 < budget < float("inf"):
        raise UsageError(f"--budget {budget:g} makes no sense.", "Give kilobytes a second, as in --budget 100.")
    # Numpy's matrices here are too small to share: a second thread only waits.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from gathertui.cli.picturefile import libraries_silenced, open_film

    with libraries_silenced(), open_film(file) as film:
        if mode in _PIXELS:
            pixels = _pixel_drawing(film, size, mode, stats=stats)
            (_print_stats if stats else _play)(film, pixels, frames, budget)
            return
        drawing = _drawing(film, size, mode, colors, stats=stats)
        if stats:
            _print_stats(film, drawing, frames, budget)
        elif film.moving and sys.stdout.isatty():
            _play(film, drawing, frames, budget)
        else:
            _print_lines(film, drawing, frames)


def _print_stats(film: Film, drawing: Drawing | PixelDrawing, frames: int | None, budget: float | None) -> None:
    from gathertui.cli.pictureframes import measured

    for figures in measured(film, drawing, frames, budget):
        print_json(figures)


def _print_lines(film: Film, drawing: Drawing, frames: int | None) -> None:
    from gathertui.cli.pictureframes import frames_as_lines

    for lines in frames_as_lines(film, drawing, frames):
        _write(lines)


def _play(film: Film, drawing: Drawing | PixelDrawing, frames: int | None, budget: float | None) -> None:
    from gathertui.cli.pictureplayer import Stage, on_stage, play

    stage = Stage(drawing, _write, lambda: shutil.get_terminal_size().lines)
    with on_stage(stage):
        play(film, stage, frames=frames, kilobytes=budget)


def _write(data: bytes) -> None:
    typer.echo(data, nl=False)


def _drawing(film: Film, size: tuple[int, int] | None, mode: str, colors: str | None, *, stats: bool) -> Drawing:
    """Return how to draw a film, by what was asked for and by what the terminal can do."""
    from gathertui.cli.pictureframes import Drawing
    from gathertui.terminal.capabilities import from_environment

    here = from_environment(os.environ, unicode=_shows_unicode())
    at_terminal = sys.stdout.isatty()
    found = here.depth if at_terminal or stats else ColourDepth.MONO
    columns, rows = _room(film, size, bounded=at_terminal and not stats, scrolls=not film.moving)
    return Drawing(
        columns,
        rows,
        here.best_mode if mode == "auto" else PictureMode(mode),
        found if colors is None else ColourDepth(colors),
        repeat=here.repeat and at_terminal,
        synchronized=here.synchronized and at_terminal,
    )


def _pixel_drawing(film: Film, size: tuple[int, int] | None, mode: str, *, stats: bool) -> PixelDrawing:
    """Return how to draw a film in pixels, if the terminal says that it shows them."""
    from gathertui.cli.pictureframes import PixelDrawing
    from gathertui.render.pixels.kitty import KittyGraphics
    from gathertui.render.pixels.sixel import SixelGraphics

    columns, rows = _room(film, size, bounded=not stats, scrolls=False)
    if stats:
        return PixelDrawing(columns, rows, mode, KittyGraphics(1) if mode == "kitty" else SixelGraphics(*_USUAL_CELL))
    here = _ask_terminal(mode)
    if not (here.kitty_graphics if mode == "kitty" else here.sixel and here.cell_pixels):
        raise UsageError(
            f"This terminal does not say that it shows pictures by --mode {mode}.",
            "Without --mode the picture is drawn in characters, which every terminal shows.",
        )
    # A number of its own, so that pictures that are still on the screen stay there.
    graphics = KittyGraphics(os.getpid() * 2) if mode == "kitty" else SixelGraphics(*(here.cell_pixels or _USUAL_CELL))
    return PixelDrawing(columns, rows, mode, graphics, here.synchronized)


def _ask_terminal(mode: str) -> Capabilities:
    """Return what the terminal answers to the question what it can do."""
    from gathertui.terminal.keyboard import Keyboard

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(f"--mode {mode} needs a terminal.", "In a file, use --mode octant or another of characters.")
    keyboard = Keyboard(sys.stdin.fileno(), escape_delay=0.0)
    try:
        return keyboard.ask(sys.stdout, os.environ, unicode=_shows_unicode())
    finally:
        keyboard.release()


def _room(film: Film, size: tuple[int, int] | None, *, bounded: bool, scrolls: bool) -> tuple[int, int]:
    """Return columns and rows to draw in; `size` is what was asked for, None: as large as fits.

    Raises `UsageError` where that is `bounded` by the terminal and too large; a picture that `scrolls` may be higher.
    """
    terminal = shutil.get_terminal_size()
    columns, rows = size or _fitting(film.size, terminal.columns, max(1, terminal.lines - 1))
    if bounded and (columns > terminal.columns or (not scrolls and rows > terminal.lines - 1)):
        raise UsageError(
            f"A picture of {columns}x{rows} cells is larger than this terminal.",
            f"It shows up to {terminal.columns}x{terminal.lines - 1}; without --cells the picture is made to fit.",
        )
    return columns, rows


def _fitting(picture: tuple[int, int], columns: int, rows: int) -> tuple[int, int]:
    """Return the most cells, within these, that keep the shape of a picture of that width and height."""
    width, height = picture
    scale = min(columns / width, rows * _CELL_ASPECT / height)
    fitting = min(columns, round(width * scale)), min(rows, round(height * scale / _CELL_ASPECT))
    return max(1, fitting[0]), max(1, fitting[1])


def _parse_size(text: str) -> tuple[int, int]:
    numbers = re.fullmatch(r"([0-9]{1,9})[xX×]([0-9]{1,9})", text)
    if numbers is None:
        raise UsageError(f"--cells {text} is not a size.", "Give columns and rows, as in --cells 80x40.")
    columns, rows = int(numbers[1]), int(numbers[2])
    if not (1 <= columns <= _MOST_COLUMNS and 1 <= rows <= _MOST_ROWS):
        raise UsageError(
            f"--cells {text} is out of range.", f"From 1x1 to {_MOST_COLUMNS}x{_MOST_ROWS} cells can be drawn."
        )
    return columns, rows


def _check_choice(option: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError(f"{option} can't be {value}.", f"Choose one of {', '.join(choices)}.")


def _shows_unicode() -> bool:
    return locale.getpreferredencoding(False).lower().replace("-", "") == "utf8"
