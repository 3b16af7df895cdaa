"""The screens of one person: signing in, the office, and the way out."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import ClassVar, Final

from textual import events, work
from textual.binding import Binding, BindingType
from textual.screen import Screen

from gathertui.client.events import SignedOut, StateChanged, WasReplaced
from gathertui.client.media.mirror import Mirror
from gathertui.client.media.port import Media
from gathertui.client.model import ConnectionState
from gathertui.client.office import OfficeClient
from gathertui.errors import GathertuiError
from gathertui.terminal.capabilities import Capabilities
from gathertui.terminal.meeting import suspend_to_shell
from gathertui.ui.entrance import Entrance, Entry
from gathertui.ui.guardedapp import GuardedApp
from gathertui.ui.keys import OFFICE_COMMANDS, command_named, key_name
from gathertui.ui.mediaguard import Pane
from gathertui.ui.panewatch import PaneWatch
from gathertui.ui.screens.help import HelpScreen
from gathertui.ui.screens.mirror import MirrorScreen
from gathertui.ui.screens.notice import ReplacedScreen
from gathertui.ui.screens.office import OfficeScreen
from gathertui.ui.screens.palette import Choice, PaletteScreen
from gathertui.ui.screens.signin import SignInScreen
from gathertui.ui.screens.testcard import Answer, Card, TestCardScreen
from gathertui.ui.settings import Settings

_CHANNEL: Final = "channel "
_LOOKS: Final = (events.Key, events.MouseEvent, events.Paste, events.AppFocus)
"""What comes of somebody who has the terminal before them."""


class OfficeApp(GuardedApp[int]):
    """One person's screens. Its return value is the exit code.

    `mirror` makes one to look into, where there is sound and picture. For the rest see
    `GuardedApp`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", "Leave", priority=True, show=False),
        Binding("ctrl+c", "say_how_to_leave", "How to leave", priority=True, show=False),
        Binding("ctrl+z", "suspend_process", "Suspend", priority=True, show=False),
        Binding("ctrl+p", "palette", "Everything by name", priority=True, show=False),
    ]

    def __init__(
        self,
        entrance: Entrance,
        settings: Settings,
        *,
        ascii_only: bool = False,
        capabilities: Capabilities | None = None,
        pane: Pane | None = None,
        mirror: Callable[[], Mirror] | None = None,
    ) -> None:
        super().__init__(settings, ascii_only=ascii_only, capabilities=capabilities, pane=pane)
        self._entrance = entrance
        self._client: OfficeClient | None = None
        self._make_mirror = mirror
        self._pane_watch: PaneWatch | None = None
        if pane is not None:
            self._pane_watch = PaneWatch(pane, matters=self._is_seeing_of_use, tell=self._take_seen)

    @property
    def media(self) -> Media | None:
        """Sound and picture of the office that is open; None at the door."""
        return self._client.media if self._client is not None else None

    async def on_mount(self) -> None:
        """Try the kept sign-in, or ask."""
        await self.push_screen(SignInScreen(self._entrance, self.look, resume=True))
        if self._pane_watch is not None:
            self._watch_pane(self._pane_watch)

    async def on_unmount(self) -> None:
        """However it ends, the others should not see somebody who has gone."""
        await self._drop_client()

    # ------------------------------------------------------------ coming and going

    async def on_sign_in_screen_entered(self, event: SignInScreen.Entered) -> None:
        """Show the office."""
        await self._open(event.entry)

    async def on_sign_in_screen_gone(self) -> None:
        """Leave."""
        await self.action_leave()

    async def on_replaced_screen_come_back(self) -> None:
        """Sign in again by what is kept, which takes over from the other window."""
        await self._show(SignInScreen(self._entrance, self.look, resume=True))

    async def on_replaced_screen_gone(self) -> None:
        """Leave."""
        await self.action_leave()

    async def _open(self, entry: Entry) -> None:
        await self._drop_client()
        self._client = entry.client
        screen = OfficeScreen(entry.client, self.look)
        await self._show(screen)
        if self._pane_watch is not None:
            screen.set_seen(self._pane_watch.is_seen)
        if entry.note:
            screen.notice(entry.note)
        self._keep_connected(entry.client)
        self._follow(entry.client, screen)

    async def _show(self, screen: Screen[None]) -> None:
        """Show this screen instead of all there are."""
        while len(self.screen_stack) > 2:
            await self.pop_screen()
        await self.switch_screen(screen)

    async def _drop_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            self.workers.cancel_group(self, "office")
            await client.close()

    @work(group="office", exit_on_error=True)
    async def _keep_connected(self, client: OfficeClient) -> None:
        # The events tell why it ended.
        with contextlib.suppress(GathertuiError):
            await client.run()

    @work(group="office", exit_on_error=True)
    async def _follow(self, client: OfficeClient, screen: OfficeScreen) -> None:
        """Show what happens, and at the end where it leads."""
        reason = ""
        replaced = False
        async for event in client.events():
            self.guard.take(event)
            screen.take(event)
            match event:
                case StateChanged(ConnectionState.GONE, why):
                    reason = why
                case SignedOut():
                    await self._entrance.forget(client)
                case WasReplaced(message):
                    reason, replaced = message, True
        if client is not self._client:
            return
        self._client = None
        if replaced:
            await self._show(ReplacedScreen(self.look, reason))
        elif reason:
            await self._show(SignInScreen(self._entrance, self.look, reason=reason))

    async def action_leave(self) -> None:
        """Leave the office and end."""
        self.exit(0)

    def action_say_how_to_leave(self) -> None:
        """Ctrl-C never ends the program, it says what does."""
        self._say("Ctrl-C does not quit. Press Ctrl-Q to leave the office.")

    def action_suspend_process(self) -> None:
        """Go back to the shell, and on when it says so."""
        self._suspend()

    @work(group="suspend", exclusive=True)
    async def _suspend(self) -> None:
        await self.guard.suspend()
        if not suspend_to_shell(self):
            self._say("There is no shell to go back to.")

    def _say(self, words: str) -> None:
        office = self._office_screen()
        if office is not None and self.screen is office:
            office.notice(words)
        else:
            self.notify(words, markup=False)

    # ------------------------------------------------------------ commands

    async def on_office_screen_asked(self, event: OfficeScreen.Asked) -> None:
        """Do what is not the office screen's own."""
        match event.command:
            case "help":
                await self.push_screen(HelpScreen(self.look), callback=self._do_from_help)
            case "palette":
                await self.action_palette()
            case "test-card":
                self._show_test_card()
            case "mirror":
                await self._show_mirror()
            case "theme-dark" | "theme-light":
                self._choose_theme(f"gathertui-{event.command.removeprefix('theme-')}")
            case "log-out":
                self._log_out()
            case "suspend":
                self.action_suspend_process()
            case "quit":
                await self.action_leave()

    async def action_palette(self) -> None:
        """Everything by name."""
        office = self._office_screen()
        if office is None or self.screen is not office:
            return
        await self.push_screen(
            PaletteScreen(self.look, self._choices(office)), callback=functools.partial(self._do_chosen, office)
        )

    def _choices(self, office: OfficeScreen) -> list[Choice]:
        ascii_only = self.look.ascii_only
        choices = []
        for command in OFFICE_COMMANDS:
            if command.name != "palette":
                keys = " ".join(key_name(key, ascii_only=ascii_only) for key in command.keys)
                choices.append(Choice(command.name, command.title, keys, command.alias))
        names = list(office.client.model.channels)
        return choices + [Choice(f"{_CHANNEL}{name}", f"Channel #{name}") for name in names]

    def _do_chosen(self, office: OfficeScreen, chosen: str | None) -> None:
        if chosen is None:
            return
        if chosen.startswith(_CHANNEL):
            office.show_channel(chosen.removeprefix(_CHANNEL))
        else:
            office.perform(command_named(chosen))

    def _office_screen(self) -> OfficeScreen | None:
        return next((screen for screen in self.screen_stack if isinstance(screen, OfficeScreen)), None)

    @work(group="log-out", exclusive=True)
    async def _log_out(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        words = "You are logged out."
        try:
            await self._entrance.log_out(client)
        except GathertuiError as error:
            words = str(error)
        await self._show(SignInScreen(self._entrance, self.look, reason=words))

    # ------------------------------------------------------------ looks

    def _choose_theme(self, name: str) -> None:
        self.theme = name
        try:
            self._settings.keep_theme(name)
        except OSError as error:
            office = self._office_screen()
            if office is not None:
                office.notice(f"The theme can't be kept for the next time: {error.strerror}.", wrong=True)

    # ------------------------------------------------------------ whether anybody looks

    @work(group="pane")
    async def _watch_pane(self, watch: PaneWatch) -> None:
        await watch.run()

    def _is_seeing_of_use(self) -> bool:
        """Whether pictures are drawn, or sent to us, only because somebody may see them."""
        office = self._office_screen()
        return self.canvases.pictures.are_shown or (office is not None and office.asks_for_pictures)

    def _take_seen(self, is_seen: bool) -> None:
        """Draw no moving pictures while nobody sees them, and have none sent."""
        ladder, office = self.canvases.ladder, self._office_screen()
        if is_seen:
            ladder.show()
        else:
            ladder.hide()
        if office is not None:
            office.set_seen(is_seen)

    async def on_event(self, event: events.Event) -> None:
        """Whoever presses something here sees it."""
        if isinstance(event, _LOOKS):
            if self._pane_watch is not None:
                self._pane_watch.looked_at()
            office = self._office_screen()
            if office is not None:
                office.person_acted()
        await super().on_event(event)

    def _do_from_help(self, chosen: str | None) -> None:
        if chosen is not None:
            self._show_test_card()

    async def _show_mirror(self) -> None:
        media = self.media
        if self._make_mirror is None or media is None:
            self._say("This view has no sound and no picture: there is nothing to try.")
        elif media.own.is_on:
            self._say("Turn microphone and camera off first: the mirror needs them.")
        else:
            await self.look_into(MirrorScreen(self.look, self._make_mirror()))

    async def mirror_gone(self, why: str) -> None:
        """Back to the office."""
        await super().mirror_gone(why)
        if why:
            self._say(why)

    def _show_test_card(self) -> None:
        card = Card(self._found, self.capabilities, self._settings.glyphs())
        self.push_screen(TestCardScreen(self.look, card), callback=self._choose_glyphs)

    def _choose_glyphs(self, answer: Answer | None) -> None:
        if answer is None:
            return
        glyphs = None if answer == "auto" else answer
        words = f"Pictures are drawn with what was found: {self._found.best_mode.value}."
        if glyphs is not None:
            words = f"Pictures are drawn with {glyphs.value} from now on."
        wrong = False
        try:
            self._settings.keep_glyphs(glyphs)
        except OSError as error:
            words, wrong = f"The choice can't be kept for the next time: {error.strerror}.", True
        self.use_glyphs(glyphs)
        office = self._office_screen()
        if office is not None:
            office.notice(words, wrong=wrong)
