"""You, as others would see and hear you, before anybody does."""

from __future__ import annotations

from typing import Final

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.screen import Screen

from gathertui.client.media.mirror import SIZES, Mirror
from gathertui.client.media.state import CAMERA, MEDIA, MICROPHONE, SPEAKER
from gathertui.protocol.text import clean_line
from gathertui.ui.keys import Hint
from gathertui.ui.look import Look
from gathertui.ui.screens.too_small import TOO_SMALL_CSS, TooSmall
from gathertui.ui.statuslines import write_keys
from gathertui.ui.strips import Line, Span
from gathertui.ui.tilearrangement import ROUND_FACES
from gathertui.ui.tiledrawing import meter
from gathertui.ui.tilesigns import TileSign, Voice, meter_step
from gathertui.ui.widgets.drawn import Bar, Drawn
from gathertui.ui.widgets.picture import PictureView

SIZE_KEYS: Final = dict(zip("123", SIZES, strict=True))
METER_CELLS: Final = 6
_LINES: Final = 5
"""Of words below the picture, the keys included."""


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
        """The person leaves."""

    def __init__(self, look: Look, mirror: Mirror, *, initials: str = "?") -> None:
        super().__init__()
        self._look = look
        self._mirror = mirror
        self._view = PictureView(look, "you", initials=initials, colour=0)
        self._bars = [Bar(look) for _ in range(_LINES)]

    def compose(self) -> ComposeResult:
        """The picture over the words."""
        with Container(id="glass"):
            yield self._view
        yield from self._bars
        yield TooSmall()

    def on_mount(self) -> None:
        """Turn everything on."""
        self._mirror.changed = self._show
        self._open()

    async def on_unmount(self) -> None:
        """Turn everything off."""
        self._mirror.changed = lambda: None
        await self._mirror.close()

    @work(group="mirror")
    async def _open(self) -> None:
        await self._mirror.open()

    def set_look(self, look: Look) -> None:
        """Use other colours."""
        self._look = look
        for drawn in self.query(Drawn):
            drawn.look = look
        self._show()

    def on_resize(self, event: events.Resize) -> None:
        """The picture is as large as it can be without losing its sides or the top of a head."""
        rows = max(2, event.size.height - _LINES)
        self._view.styles.height = rows
        self._view.styles.width = min(event.size.width, max(2, int((rows - 1) * ROUND_FACES)))
        self.call_after_refresh(self._show)

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
            )
        )
        lines = [self._how_sent(), self._part(CAMERA, "Camera"), self._sound(), self._part(SPEAKER, "Loudspeaker")]
        keys = [
            Hint("1-3", "size"),
            Hint("h", "stop hearing" if mirror.listens else "hear yourself"),
            Hint("q", "leave"),
        ]
        for bar, line in zip(self._bars, [*lines, write_keys(self._look, keys, self.size.width)], strict=True):
            bar.show(line)

    def _how_sent(self) -> Line:
        look, sent = self._look, self._mirror.sent
        problem = self._mirror.problems.get(MEDIA)
        if problem:
            return [Span(f" {clean_line(problem)}", look.on_panel(look.palette.red))]
        if sent is None:
            return [Span(" A moment.", look.dim)]
        cross, dot = look.signs.cross, look.signs.dot
        words = f"{sent.width}{cross}{sent.height} {dot} {sent.rate} a second {dot} {sent.bitrate // 1000} kbit/s"
        return [Span(" As others see you: ", look.dim), Span(words, look.text)]

    def _part(self, kind: str, name: str) -> Line:
        """A device, or what is wrong with it."""
        look = self._look
        line = [Span(f" {name + ': ':<13}", look.dim)]
        problem = self._mirror.problems.get(kind)
        if problem:
            return [*line, Span(clean_line(problem), look.on_panel(look.palette.amber))]
        return [*line, Span(clean_line(self._mirror.names.get(kind, "")) or "the system's own choice", look.text)]

    def _sound(self) -> Line:
        look, mirror = self._look, self._mirror
        line = self._part(MICROPHONE, "Microphone")
        if MICROPHONE in mirror.problems or MEDIA in mirror.problems:
            return line
        step = meter_step(mirror.level)
        ink = look.palette.green if step else look.palette.dim
        line.insert(1, Span(f"{meter(look, step, METER_CELLS)} ", look.on_panel(ink)))
        if mirror.listens:
            line.append(Span("  you hear yourself, a second later", look.dim))
        return line
