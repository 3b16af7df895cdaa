"""An app that looks as the person and their terminal want it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol, runtime_checkable

from textual import events
from textual.app import ReturnType
from textual.filter import LineFilter, Monochrome
from textual.reactive import Reactive

from gathertui.render.fewcolours import palette_for
from gathertui.render.modes import ColourDepth, PictureMode
from gathertui.terminal.canvas.app import CanvasApp
from gathertui.terminal.capabilities import Capabilities, with_choices
from gathertui.ui.colourdepth import SIXTEEN_THEME, FewColours, MonoStyles, make_console
from gathertui.ui.look import ASCII, THEMES, UNICODE, Look, make_theme
from gathertui.ui.settings import Settings

UNREPORTED_CAP: Final = 1_000_000
"""Bytes a second for a terminal that does not report what it has drawn, where the person names no other cap."""


@runtime_checkable
class Dressed(Protocol):
    """A screen that can be drawn in other colours."""

    def set_look(self, look: Look) -> None:
        """Use these from now on."""
        ...


class ThemedApp(CanvasApp[ReturnType]):
    """Draws with the colours, glyphs and graphics that were found, and with what the settings say of them instead.

    `ascii_only` is for terminals that show nothing beyond ASCII. `capabilities` is
    what was found out about the terminal.
    """

    ENABLE_COMMAND_PALETTE = False
    ansi_theme_dark = Reactive(SIXTEEN_THEME, init=False)
    ansi_theme_light = Reactive(SIXTEEN_THEME, init=False)

    def __init__(
        self, settings: Settings, *, ascii_only: bool = False, capabilities: Capabilities | None = None
    ) -> None:
        reports = capabilities is not None and capabilities.cursor_reports
        super().__init__(capabilities=capabilities, cap=settings.picture_cap() or (None if reports else UNREPORTED_CAP))
        self._found = self.capabilities
        self._settings = settings
        self._signs = ASCII if ascii_only else UNICODE
        self._colour_filters: dict[ColourDepth, LineFilter] = {
            ColourDepth.INDEXED: FewColours(ColourDepth.INDEXED),
            ColourDepth.SIXTEEN: FewColours(ColourDepth.SIXTEEN),
            ColourDepth.MONO: MonoStyles(lambda: self.look.field),
        }
        self.crash: Exception | None = None
        """What nobody caught, and ended the app."""
        self.console = make_console()
        self._register_themes()
        self.theme = settings.theme()
        self.use_terminal(self.capabilities)

    @property
    def look(self) -> Look:
        """What everything is drawn with now."""
        return Look(palette_for(THEMES[self.theme], self.capabilities.depth), self._signs)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return what changes drawn lines: their colours become those that the terminal has."""
        # Textual's own filter would make greys of them for who wants no colours.
        filters = [each for each in super().get_line_filters() if not isinstance(each, Monochrome)]
        ours = self._colour_filters.get(self.capabilities.depth)
        return [*filters, ours] if ours is not None else filters

    def colour_filters(self) -> Sequence[LineFilter]:
        """Return those of them that canvases need not heed, because what draws them does the same."""
        return tuple(self._colour_filters.values())

    def use_terminal(self, found: Capabilities) -> None:
        """Draw for this, which was found out about the terminal, and for what the person says of it instead."""
        self._found = with_choices(found, glyphs=PictureMode.ASCII) if self._signs is ASCII else found
        self.use_glyphs(self._settings.glyphs())

    def use_glyphs(self, glyphs: PictureMode | None) -> None:
        """Draw pictures with these, where the terminal has them; None: with those that were found."""
        depth_before = self.capabilities.depth
        self.capabilities = with_choices(
            self._found,
            glyphs=glyphs if PictureMode.HALF in self._found.glyphs else None,
            depth=self._settings.colours(),
            graphics=self._settings.graphics(),
        )
        if self.capabilities.depth is not depth_before:
            self._register_themes()
            if self.is_running:
                self.refresh_css(animate=False)
                self._spread_look()

    def _register_themes(self) -> None:
        for name in THEMES:
            self.register_theme(make_theme(name, self.capabilities.depth))

    def _on_mount(self, event: events.Mount) -> None:
        super()._on_mount(event)
        self.theme_changed_signal.subscribe(self, lambda _: self._spread_look())

    def _spread_look(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, Dressed):
                screen.set_look(self.look)

    def _handle_exception(self, error: Exception) -> None:
        """Keep what happened for the debug log: Textual would print it, and the values of variables with it."""
        super()._handle_exception(error)
        self.crash = self.crash or error
        self._exit_renderables.clear()
