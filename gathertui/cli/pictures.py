"""`render`: pictures and videos in the terminal."""

from __future__ import annotations

import locale
import os
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gathertui.cli.output import print_json
from gathertui.errors import PictureError, UsageError
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
_MOST_KILOBYTES: Final = 1e6
_CONTRASTS: Final = (0.1, 10.0)
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
    contrast: Annotated[float, typer.Option(help="More than 1 spreads the tones, less brings them together.")] = 1.0,
    brightness: Annotated[float, typer.Option(help="Adds light: from -1, all black, to 1, all white.")] = 0.0,
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
    _check_options(mode, colors, budget, contrast, brightness)
    # Numpy's matrices here are too small to share: a second thread only waits.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from gathertui.cli.picturefile import libraries_silenced, open_film

    with libraries_silenced(), open_film(file) as film:
        if mode in _PIXELS:
            _show_pixels(film, _pixel_drawing(film, size, mode, stats=stats), frames, budget, stats=stats)
            return
        drawing = replace(_drawing(film, size, mode, colors, stats=stats), contrast=contrast, brightness=brightness)
        if stats:
            _print_stats(film, drawing, frames, budget)
        elif film.moving and sys.stdout.isatty():
            _play(film, drawing, frames, budget)
        else:
            _print_lines(film, drawing, frames)


def _show_pixels(film: Film, drawing: PixelDrawing, frames: int | None, budget: float | None, *, stats: bool) -> None:
    if stats:
        _print_stats(film, drawing, frames, budget)
    elif film.moving:
        _play(film, drawing, frames, budget)
    elif (picture := film.read()) is not None:
        _write(drawing.still(picture))


def _check_options(mode: str, colors: str | None, budget: float | None, contrast: float, brightness: float) -> None:
    """Raise `UsageError` for what makes no sense, by itself or together."""
    _check_choice("--mode", mode, _MODES)
    if colors is not None:
        _check_choice("--colors", colors, _DEPTHS)
    if budget is not None and not 0 < budget <= _MOST_KILOBYTES:
        raise UsageError(f"--budget {budget:g} makes no sense.", "Give kilobytes a second, as in --budget 100.")
    if not (_CONTRASTS[0] <= contrast <= _CONTRASTS[1] and -1 <= brightness <= 1):
        raise UsageError(
            "That contrast or brightness makes no sense.",
            f"--contrast goes from {_CONTRASTS[0]:g} to {_CONTRASTS[1]:g}, --brightness from -1 to 1.",
        )
    if mode in _PIXELS and (colors is not None or contrast != 1 or brightness != 0):
        raise UsageError(
            f"--mode {mode} shows a picture as it is.", "Leave out --colors, --contrast and --brightness with it."
        )


def _print_stats(film: Film, drawing: Drawing | PixelDrawing, frames: int | None, budget: float | None) -> None:
    from gathertui.cli.pictureframes import measured

    for figures in measured(film, drawing, frames, budget):
        print_json(figures)


def _print_lines(film: Film, drawing: Drawing, frames: int | None) -> None:
    from gathertui.cli.pictureframes import frames_as_lines

    for lines in frames_as_lines(film, drawing, frames):
        _write(lines)


def _check_plays_here() -> None:
    if os.environ.get("TERM") == "dumb":
        raise UsageError("A video needs a terminal that can be drawn on.", "A single picture shows here, too.")


def _play(film: Film, drawing: Drawing | PixelDrawing, frames: int | None, budget: float | None) -> None:
    from gathertui.cli.pictureplayer import Stage, on_stage, play

    _check_plays_here()
    stage = Stage(drawing, _write, _terminal_size)
    with on_stage(stage):
        play(film, stage, frames=frames, kilobytes=budget)
    if not stage.bytes_sent and budget is not None:
        raise UsageError(f"No picture of this size fits into {budget:g} KB/s.", "Allow more, or draw fewer --cells.")


def _terminal_size() -> tuple[int, int]:
    """Columns and lines of the terminal itself: exported variables would hide that it has changed."""
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        size = shutil.get_terminal_size()
    return size.columns, size.lines


def _write(data: bytes) -> None:
    try:
        typer.echo(data, nl=False)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise PictureError(f"The picture could not be written: {error.strerror}.") from None


def _drawing(film: Film, size: tuple[int, int] | None, mode: str, colors: str | None, *, stats: bool) -> Drawing:
    """Return how to draw a film, by what was asked for and by what the terminal can do."""
    from gathertui.cli.pictureframes import Drawing

    at_terminal = sys.stdout.isatty()
    here = _known_of_terminal(asked=at_terminal and not stats)
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
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(f"--mode {mode} needs a terminal.", "In a file, use --mode octant or another of characters.")
    here = _known_of_terminal(asked=True)
    if not (here.kitty_graphics if mode == "kitty" else here.sixel and here.cell_pixels):
        raise UsageError(
            f"This terminal does not say that it shows pictures by --mode {mode}.",
            "Without --mode the picture is drawn in characters, which every terminal shows.",
        )
    # A number of its own, so that pictures that are still on the screen stay there.
    graphics = KittyGraphics(os.getpid() * 2) if mode == "kitty" else SixelGraphics(*(here.cell_pixels or _USUAL_CELL))
    return PixelDrawing(columns, rows, mode, graphics, here.synchronized)


def _known_of_terminal(*, asked: bool) -> Capabilities:
    """Return what the terminal can do: as it answers if it is `asked`, and as the person says of it."""
    from gathertui.client.profile import config_folder
    from gathertui.terminal.capabilities import from_environment, with_choices
    from gathertui.terminal.keyboard import Keyboard
    from gathertui.ui.settings import Settings

    unicode = _shows_unicode()
    found = from_environment(os.environ, unicode=unicode)
    if asked and sys.stdin.isatty() and sys.stdout.isatty():
        keyboard = Keyboard(sys.stdin.fileno(), escape_delay=0.0)
        try:
            found = keyboard.ask(sys.stdout, os.environ, unicode=unicode)
        finally:
            keyboard.release()
    settings = Settings(config_folder())
    glyphs = settings.glyphs() if PictureMode.HALF in found.glyphs else None
    return with_choices(found, glyphs=glyphs, depth=settings.colours(), graphics=settings.graphics())


def _room(film: Film, size: tuple[int, int] | None, *, bounded: bool, scrolls: bool) -> tuple[int, int]:
    """Return columns and rows to draw in; `size` is what was asked for, None: as large as fits.

    Raises `UsageError` where that is `bounded` by the terminal and too large; a picture that `scrolls` may be higher.
    """
    terminal = shutil.get_terminal_size()
    if bounded and terminal.lines < 2:
        raise UsageError("This terminal has no room for a picture.", "Make it two lines high or more.")
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
