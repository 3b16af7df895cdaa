"""You, as the camera sees you, before anybody else does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Container

from gathertui.client.media.state import CAMERA, MEDIA, Switch
from gathertui.client.office import OfficeClient
from gathertui.protocol.text import clean_line
from gathertui.ui.conversation import Conversation
from gathertui.ui.keys import Hint
from gathertui.ui.look import Look
from gathertui.ui.screens.overlay import Overlay
from gathertui.ui.strips import Line, Span
from gathertui.ui.tilearrangement import ROUND_FACES
from gathertui.ui.tilesigns import sign_of_yourself
from gathertui.ui.widgets.drawn import Bar
from gathertui.ui.widgets.picture import PictureView
from gathertui.ui.wrapping import wrap

ROOMY_ROWS: Final = 18
"""Of a screen on which there is room for more than what the device is called."""

MOST_WORDS: Final = 4
"""Lines of words below the picture."""

_SEEN: Final = "This is what the others see, mirrored."
_LOOKING: Final = "Looking for the camera."


class PreviewScreen(Overlay[bool]):
    """Shows yourself until Enter, which dismisses it with True, or Esc. Nothing is sent meanwhile.

    Who pushes it turns the camera on for a preview, and decides what comes after.
    """

    title_words = " Your camera "

    CSS = """
    PreviewScreen > #card { width: 78; height: 90%; }
    PreviewScreen #glass { height: 1fr; align: center middle; background: $panel; }
    """

    def __init__(self, look: Look, client: OfficeClient, conversation: Conversation) -> None:
        super().__init__(look)
        self._client = client
        self._conversation = conversation
        me = client.model.me
        self._picture = PictureView(look, "you", initials=me.glyphs, colour=me.account.colour)
        self._words = tuple(Bar(look) for _ in range(MOST_WORDS))
        self._device = ""
        self._end: Callable[[], None] | None = None

    def compose_card(self) -> ComposeResult:
        """The picture, and what it is."""
        with Container(id="glass"):
            yield self._picture
        yield from self._words

    def on_mount(self) -> None:
        """Look."""
        self._end = self._conversation.watch_yourself(self._show)
        self._find_name()

    def on_unmount(self) -> None:
        """Look no more."""
        if self._end is not None:
            self._end()

    def hints(self) -> list[Hint]:
        """The keys that do something here."""
        return [Hint("Esc", "back")] if self._problem else [Hint("Enter", "go live"), Hint("Esc", "not now")]

    def says(self, problem: str) -> bool:
        """Whether this is what it says already."""
        return self.is_current and problem == self._problem

    def on_resize(self) -> None:
        """The picture keeps its shape, and the words are cut to the width. Textual calls the base class's by itself."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        columns, rows = self.query_one("#glass").size
        self._picture.styles.height = rows
        self._picture.styles.width = min(columns, max(2, int((rows - 1) * ROUND_FACES)))
        self._show()

    def on_key(self, event: events.Key) -> None:
        """Go live, or not. Textual calls the base class's, which closes, by itself."""
        if event.key == "enter":
            event.stop()
            self.dismiss(not self._problem)
        elif event.key in ("q", "v"):
            event.stop()
            self.dismiss(False)

    @work(group="devices", exit_on_error=False)
    async def _find_name(self) -> None:
        media = self._client.media
        cameras = (await media.devices()).cameras
        chosen = media.chosen.get(CAMERA, "")
        names = [camera.name for camera in cameras if camera.id == chosen or (camera.is_default and not chosen)]
        self._device = clean_line(names[0] if names else chosen)
        self._show()

    @property
    def _problem(self) -> str:
        """Why there is no picture of you to go live with; empty where there is one, or may be soon."""
        own = self._client.media.own
        if own.camera is Switch.PREVIEW:
            return ""
        return own.problems.get(CAMERA) or own.problems.get(MEDIA) or ""

    def _show(self) -> None:
        media = self._client.media
        self._picture.show(media.own_picture)
        self._picture.tell(sign_of_yourself(self._client.model.me, media.own)._replace(words=""))
        lines = self._lines(self._words[0].size.width)
        for number, bar in enumerate(self._words):
            bar.show(lines[number] if number < len(lines) else [])
            bar.display = number < max(1, len(lines))
        self._show_keys()

    def _lines(self, width: int) -> list[Line]:
        look = self._look
        problem = clean_line(self._problem)
        if problem:
            return [[Span(f" {part}", look.on_panel(look.palette.amber))] for part in wrap(problem, max(2, width - 2))]
        name = [Span(" Camera: ", look.dim), Span(self._device or "the system's own choice", look.text)]
        seen = _SEEN if self._client.media.own_picture is not None else _LOOKING
        return [name, [Span(f" {seen}", look.dim)]][: 2 if self.size.height >= ROOMY_ROWS else 1]
