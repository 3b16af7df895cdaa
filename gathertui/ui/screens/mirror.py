"""You, as others would see and hear you, before anybody does."""

from __future__ import annotations

from itertools import zip_longest
from typing import Final

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Region
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip

from gathertui.client.media.mirror import SIZES, Mirror
from gathertui.client.media.state import CAMERA, MEDIA, MICROPHONE, SPEAKER
from gathertui.protocol.text import clean_line
from gathertui.ui.keys import Hint
from gathertui.ui.look import Look
from gathertui.ui.screens.too_small import TOO_SMALL_CSS, TooSmall
from gathertui.ui.statuslines import write_keys
from gathertui.ui.strips import Line, Span, line_width, strip_of_line
from gathertui.ui.tilearrangement import ROUND_FACES
from gathertui.ui.tiledrawing import meter
from gathertui.ui.tilesigns import NO_MICROPHONE, TileSign, Voice, meter_step
from gathertui.ui.widgets.drawn import Bar, Drawn
from gathertui.ui.widgets.picture import PictureView
from gathertui.ui.wrapping import wrap

SIZE_KEYS: Final = dict(zip("123", SIZES, strict=True))
METER_CELLS: Final = 6
_TITLE_COLUMNS: Final = 13
_UNNAMED: Final = "the system's own choice"
LEAST_ROWS: Final = 5
"""The picture keeps so many, whatever there is to say."""


class MirrorScreen(Screen[None]):
    """Opens a mirror, and closes it when it goes. `Gone` says that the person has seen enough."""

    HORIZONTAL_BREAKPOINTS = [(0, "-too-narrow"), (20, "-narrow")]  # noqa: RUF012  # Textual's own way to say it
    VERTICAL_BREAKPOINTS = [(0, "-too-low"), (8, "-low")]  # noqa: RUF012

    CSS = (
        TOO_SMALL_CSS
        + """
    MirrorScreen { background: $panel; }
    #glass { height: 1fr; width: 100%; align: center middle; background: $panel; }
    """
    )

    class Gone(Message):
        """The person leaves; or everything was turned off, and `why` is a sentence that says so."""

        def __init__(self, why: str = "") -> None:
            super().__init__()
            self.why = why

    def __init__(self, look: Look, mirror: Mirror, *, initials: str = "?") -> None:
        super().__init__()
        self._look = look
        self._mirror = mirror
        self._view = PictureView(look, "you", initials=initials, colour=0)
        self._words = Words(look)
        self._keys = Bar(look)
        self._fitted = (0, 0)

    def compose(self) -> ComposeResult:
        """The picture over the words."""
        with Container(id="glass"):
            yield self._view
        yield self._words
        yield self._keys
        yield TooSmall()

    def on_mount(self) -> None:
        """Turn everything on."""
        self._mirror.changed = self._show
        self._open()

    async def on_unmount(self) -> None:
        """Turn everything off."""
        self._mirror.changed = lambda: None
        await self._mirror.close()

    # ------------------------------------------------------------ what a `MediaGuard` watches

    @property
    def is_on(self) -> bool:
        """Whether camera and microphone are open, or about to be."""
        return not self._mirror.is_off

    @property
    def is_in_conversation(self) -> bool:
        """There is nobody else."""
        return False

    def turn_off(self, why: str) -> None:
        """Turn everything off, and go."""
        if self.is_on:
            self._mirror.turn_off()
            self.post_message(self.Gone(why))

    async def wait_quiet(self) -> None:
        """Wait until the devices are closed."""
        await self._mirror.close()

    # ------------------------------------------------------------ what is shown

    @work(group="mirror")
    async def _open(self) -> None:
        await self._mirror.open()

    def set_look(self, look: Look) -> None:
        """Use other colours."""
        self._look = look
        for drawn in self.query(Drawn):
            drawn.look = look
        self._show()

    def on_resize(self) -> None:
        """The words wrap elsewhere, and the picture is as large as they leave it."""
        self.call_after_refresh(self._show)

    def _fit(self, lines: int) -> None:
        """The picture is as large as it can be without losing its sides or the top of a head."""
        rows = max(2, self.size.height - lines - 1)
        columns = min(self.size.width, max(2, int((rows - 1) * ROUND_FACES)))
        if self._fitted != (columns, rows):
            self._fitted = columns, rows
            self._view.styles.width, self._view.styles.height = columns, rows
            self._words.styles.height = lines

    def on_key(self, event: events.Key) -> None:
        """Another size, hear yourself, or leave."""
        event.stop()
        if event.key in SIZE_KEYS:
            self._mirror.show(SIZE_KEYS[event.key])
        elif event.key == "h":
            self._mirror.listen(not self._mirror.listens)
        elif event.key in ("q", "escape"):
            self.post_message(self.Gone())

    def _show(self) -> None:
        mirror = self._mirror
        voice = Voice.SPEAKING if mirror.speaking else Voice.QUIET
        hears = MICROPHONE not in mirror.problems and MEDIA not in mirror.problems
        self._view.show(mirror.picture)
        self._view.tell(
            TileSign(
                "you",
                self._view.sign.initials,
                0,
                voice=voice if hears else Voice.MUTED,
                level=meter_step(mirror.level) if hears else 0,
                mute=NO_MICROPHONE,
            )
        )
        lines = self._lines()[: max(1, self.size.height - LEAST_ROWS - 1)]
        self._words.show(lines)
        self._fit(len(lines))
        keys = [
            Hint("1-3", "size"),
            Hint("h", "stop hearing" if mirror.listens else "hear yourself"),
            Hint("q", "leave"),
        ]
        self._keys.show(write_keys(self._look, keys, self.size.width))

    def _lines(self) -> list[Line]:
        """What there is to say, the most important first: it is cut from below."""
        problem = self._mirror.problems.get(MEDIA)
        if problem:
            return self._wrapped([], problem, self._look.palette.red)
        return [*self._how_sent(), *self._part(CAMERA, "Camera"), *self._sound(), *self._part(SPEAKER, "Loudspeaker")]

    def _how_sent(self) -> list[Line]:
        look, sent = self._look, self._mirror.sent
        if CAMERA in self._mirror.problems:
            return []
        if sent is None:
            return [[Span(" A moment.", look.dim)]]
        cross, dot = look.signs.cross, look.signs.dot
        words = f"{sent.width}{cross}{sent.height} {dot} {sent.rate} a second {dot} {sent.bitrate // 1000} kbit/s"
        return [[Span(" As others see you: ", look.dim), Span(words, look.text)]]

    def _part(self, kind: str, name: str) -> list[Line]:
        """A device, or what is wrong with it."""
        look, mirror = self._look, self._mirror
        title = Span(f" {name + ': ':<{_TITLE_COLUMNS}}", look.dim)
        problem = mirror.problems.get(kind)
        if problem:
            return self._wrapped([title], problem, look.palette.amber)
        if mirror.sent is None:
            return [[title]]
        name = clean_line(mirror.names.get(kind, ""))
        if not name and kind == SPEAKER:
            return [[title, Span("none found", look.on_panel(look.palette.amber))]]
        return [[title, Span(name or _UNNAMED, look.text)]]

    def _wrapped(self, title: Line, problem: str, ink: int) -> list[Line]:
        """A sentence in as many lines as it needs, below each other beside the title."""
        indent = line_width(title) or 1
        parts = wrap(clean_line(problem), max(2, self.size.width - indent - 1))
        blank = Span(" " * indent, self._look.text)
        lines: list[Line] = [[blank, Span(part, self._look.on_panel(ink))] for part in parts]
        lines[0][:1] = title or [blank]
        return lines

    def _sound(self) -> list[Line]:
        look, mirror = self._look, self._mirror
        lines = self._part(MICROPHONE, "Microphone")
        if MICROPHONE in mirror.problems:
            return lines
        step = meter_step(mirror.level)
        ink = look.palette.green if step else look.palette.dim
        lines[0].insert(1, Span(f"{meter(look, step, METER_CELLS)} ", look.on_panel(ink)))
        if mirror.listens:
            lines[0].append(Span("  you hear yourself, a second later", look.dim))
        return lines


class Words(Drawn):
    """Some lines. A change costs those that change."""

    DEFAULT_CSS = """
    Words { width: 100%; height: 4; background: $panel; }
    """

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._lines: list[Line] = []

    def show(self, lines: list[Line]) -> None:
        """Show these from now on."""
        for row, (before, line) in enumerate(zip_longest(self._lines, lines)):
            if before != line:
                self.refresh(Region(0, row, self.size.width, 1))
        self._lines = lines

    def render_line(self, y: int) -> Strip:
        """Textual's way to ask for a line."""
        look = self.look
        line = self._lines[y] if y < len(self._lines) else []
        return strip_of_line(line, self.size.width, look.text, ellipsis=look.signs.ellipsis)
