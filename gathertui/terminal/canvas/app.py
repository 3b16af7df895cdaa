"""The app whose canvases are drawn straight to the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType
from textual import events
from textual.app import App, ReturnType
from textual.filter import LineFilter
from textual.message import Message
from textual.screen import Screen

from gathertui.render.modes import ColourDepth
from gathertui.terminal.canvas.bridge import CanvasBridge
from gathertui.terminal.canvas.compositor import heed_early_changes
from gathertui.terminal.canvas.updates import is_full_screen
from gathertui.terminal.capabilities import Capabilities

_DEPTHS = {
    "truecolor": ColourDepth.TRUECOLOR,
    "256": ColourDepth.INDEXED,
    "standard": ColourDepth.SIXTEEN,
}


class PictureLost(Message):
    """A driver tells its app that what it wrote has not reached the terminal: all must be drawn anew."""


class DriverReady(Message):
    """A driver that was behind tells its app that it is not any more."""


class CanvasApp(App[ReturnType]):
    """An app with canvases. Several can run in one process.

    It draws through whichever driver it has, straight to the terminal where that is
    possible (see `CanvasBridge.is_direct`). A driver that drops frames while its
    reader is slow has an attribute `is_behind`. When that ends it sends `DriverReady`,
    or `PictureLost` if it has dropped some. `cap` is in bytes a second.
    """

    def __init__(self, *, capabilities: Capabilities | None = None, cap: int | None = None) -> None:
        super().__init__()
        depth = _DEPTHS.get(self.console.color_system or "", ColourDepth.TRUECOLOR)
        self.canvases = CanvasBridge(self, capabilities or Capabilities(depth=depth), cap)

    @property
    def capabilities(self) -> Capabilities:
        """What the terminal can be drawn on with, as far as is known of it."""
        return self.canvases.capabilities

    @capabilities.setter
    def capabilities(self, capabilities: Capabilities) -> None:
        self.canvases.capabilities = capabilities

    def colour_filters(self) -> Sequence[LineFilter]:
        """The line filters that do for Textual's widgets what the terminal's colour depth does for canvases."""
        return ()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Show an update of Textual's: the one place where it writes a picture."""
        heed_early_changes(screen)
        update: Any = renderable  # Textual's own type for it leaves out its own updates
        if is_full_screen(update):
            update = self.canvases.repaired(update)
        super()._display(screen, update)
        self.canvases.displayed()

    def on_resize(self) -> None:
        """Textual does nothing about a size that is the same, but the terminal may have lost its picture."""
        self.canvases.resized()

    def _on_mount(self, event: events.Mount) -> None:
        self.app_suspend_signal.subscribe(self, lambda _: self.canvases.suspend(), immediate=True)
        self.app_resume_signal.subscribe(self, lambda _: self.canvases.resume(), immediate=True)

    def _on_unmount(self, event: events.Unmount) -> None:
        self.canvases.close()

    def _on_cursor_position(self, event: events.CursorPosition) -> None:
        event.stop()
        self.canvases.reported(event.x, event.y)

    def _on_picture_lost(self) -> None:
        self.canvases.resized()

    def _on_driver_ready(self) -> None:
        self.canvases.ready()
