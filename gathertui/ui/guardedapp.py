"""An app that turns microphone and camera off when nobody is at its terminal."""

from __future__ import annotations

from typing import Final

from textual import events, work
from textual.app import ReturnType

from gathertui.client.media.port import Media
from gathertui.terminal.capabilities import Capabilities
from gathertui.ui.mediaguard import SUSPENDED, MediaGuard, OfficeAndMirror, Pane
from gathertui.ui.screens.mirror import MirrorScreen
from gathertui.ui.settings import Settings
from gathertui.ui.themedapp import ThemedApp

_ACTS: Final = (events.Key, events.MouseEvent, events.Paste)
"""What comes of somebody who is there."""


class GuardedApp(ThemedApp[ReturnType]):
    """Guards the media of the office that is open, and a mirror that is looked into.

    `pane` is the pane of tmux that it is in, if any. For the rest see `ThemedApp`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        ascii_only: bool = False,
        capabilities: Capabilities | None = None,
        pane: Pane | None = None,
    ) -> None:
        super().__init__(settings, ascii_only=ascii_only, capabilities=capabilities)
        self.pane = pane
        self.guard = MediaGuard(OfficeAndMirror(lambda: self.media, self._mirror_screen), pane)

    @property
    def media(self) -> Media | None:
        """Sound and picture of the office that is open; None where none is."""
        return None

    async def on_mount(self) -> None:
        """Watch from here on."""
        # Whoever stops us without asking leaves no time for more, and none for messages.
        self.app_suspend_signal.subscribe(self, lambda _: self.guard.mute(SUSPENDED), immediate=True)
        self._keep_guard()

    @work(group="media-guard")
    async def _keep_guard(self) -> None:
        await self.guard.run()

    async def on_event(self, event: events.Event) -> None:
        """Whoever presses something is there."""
        if isinstance(event, _ACTS):
            self.guard.acted()
        await super().on_event(event)

    def on_app_blur(self) -> None:
        """The terminal has the focus no more: perhaps nobody is there."""
        self.guard.focus_lost()

    async def look_into(self, mirror: MirrorScreen) -> None:
        """Show a mirror."""
        await self.push_screen(mirror)
        self.guard.look()

    async def on_mirror_screen_gone(self, event: MirrorScreen.Gone) -> None:
        """The mirror goes."""
        if isinstance(self.screen, MirrorScreen):  # whoever leaves may be told to at the same moment
            await self.mirror_gone(event.why)
            self.guard.look()

    async def mirror_gone(self, why: str) -> None:
        """Show what was there before; `why` is a sentence, if it is not the person who wants that."""
        await self.pop_screen()

    def _mirror_screen(self) -> MirrorScreen | None:
        return next((screen for screen in self.screen_stack if isinstance(screen, MirrorScreen)), None)
