"""The mirror as a program of its own."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from gathertui.client.media.mirror import Mirror
from gathertui.terminal.capabilities import Capabilities
from gathertui.ui.screens.mirror import MirrorScreen
from gathertui.ui.settings import Settings
from gathertui.ui.themedapp import ThemedApp


class MirrorApp(ThemedApp[int]):
    """Shows a mirror until the person has seen enough. Its return value is the exit code."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", "Leave", priority=True, show=False),
        Binding("ctrl+c", "leave", "Leave", priority=True, show=False),
    ]

    def __init__(
        self,
        mirror: Mirror,
        settings: Settings,
        *,
        ascii_only: bool = False,
        capabilities: Capabilities | None = None,
    ) -> None:
        super().__init__(settings, ascii_only=ascii_only, capabilities=capabilities)
        self._mirror = mirror

    async def on_mount(self) -> None:
        """Look into it."""
        await self.push_screen(MirrorScreen(self.look, self._mirror))

    def on_mirror_screen_gone(self) -> None:
        """Leave."""
        self.action_leave()

    def action_leave(self) -> None:
        """End."""
        self.exit(0)
