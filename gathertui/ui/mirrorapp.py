"""The mirror as a program of its own."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from gathertui.client.media.mirror import Mirror
from gathertui.terminal.capabilities import Capabilities
from gathertui.terminal.tmuxpane import TmuxPane
from gathertui.ui.guardedapp import GuardedApp
from gathertui.ui.screens.mirror import MirrorScreen
from gathertui.ui.settings import Settings


class MirrorApp(GuardedApp[int]):
    """Shows a mirror until the person has seen enough, or is not there any more.

    Its return value is the exit code. For the rest see `GuardedApp`.
    """

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
        pane: TmuxPane | None = None,
    ) -> None:
        super().__init__(settings, ascii_only=ascii_only, capabilities=capabilities, pane=pane)
        self._mirror = mirror

    async def on_mount(self) -> None:
        """Look into it."""
        await self.look_into(MirrorScreen(self.look, self._mirror))

    async def mirror_gone(self, why: str) -> None:
        """Leave."""
        self.exit(0, message=why or None)

    def action_leave(self) -> None:
        """End."""
        self.exit(0)
