"""The office: the map, the people, the chat, and three lines that say how things are."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import Region
from textual.message import Message

from gathertui.client import events as happened
from gathertui.client.model import ConnectionState, StepOutcome
from gathertui.client.office import OfficeClient
from gathertui.protocol.text import clean_line
from gathertui.render.cells import text_width
from gathertui.ui.bumps import Bumps
from gathertui.ui.connection import ConnectionWatch
from gathertui.ui.conversation import Conversation
from gathertui.ui.keyboard import MapKeyboard
from gathertui.ui.keys import WALK_KEYS, Command
from gathertui.ui.look import Look
from gathertui.ui.mapsight import MapSight
from gathertui.ui.notices import TOO_FAST, Notices
from gathertui.ui.officebars import OfficeBars
from gathertui.ui.panes import MEDIUM_COLUMNS, WIDE_COLUMNS, Pane, View
from gathertui.ui.screens.covered import CoveredScreen
from gathertui.ui.screens.mediacontrols import MediaControls
from gathertui.ui.screens.too_small import TOO_SMALL_CSS, TooSmall
from gathertui.ui.sidepane import Showing, SidePane
from gathertui.ui.surroundings import Listener
from gathertui.ui.walker import WALKS, Walker
from gathertui.ui.widgets.chatpane import ChatPane
from gathertui.ui.widgets.composer import Composer
from gathertui.ui.widgets.drawn import Drawn
from gathertui.world.geometry import Direction

TICK_SECONDS: Final = 1.0

_COLUMNS: Final = [(0, "-too-narrow"), (20, "-narrow"), (MEDIUM_COLUMNS, "-medium"), (WIDE_COLUMNS, "-wide")]
_ROWS: Final = [(0, "-too-low"), (6, "-low"), (24, "-high")]


class OfficeScreen(CoveredScreen):
    """Shows the model of one client. `take` is told what happened there."""

    HORIZONTAL_BREAKPOINTS = _COLUMNS
    VERTICAL_BREAKPOINTS = _ROWS

    CSS = TOO_SMALL_CSS
    CSS_PATH = "office.tcss"

    class Asked(Message):
        """Something that is the app's to do: the name of a command of `keys.OFFICE_COMMANDS`."""

        def __init__(self, command: str) -> None:
            super().__init__()
            self.command = command

    def __init__(self, client: OfficeClient, look: Look) -> None:
        super().__init__()
        self._client = client
        self._look = look
        self._view = View()
        self.set_class(look.ascii_only, "-ascii")
        self._listener = Listener()
        self._connection = ConnectionWatch(client)
        self.keyboard = MapKeyboard(self)
        self._walker = Walker(self._step, self.set_timer)
        self._bumps = Bumps(client.model, self.set_timer, self._show_context)
        self._notices = Notices(self.set_timer, self._show_context)
        self._bars = OfficeBars(look, client, self._connection, self._listener, self._bumps, self._notices)
        self._conversation = Conversation(
            look,
            client,
            resized=self._fit_pictures,
            heard=self._show_voices,
            picked=self._toggle_full,
            unreachable=lambda why: self.notice(clean_line(why), wrong=True),
        )
        self._sight = MapSight(
            look,
            client,
            listener=self._listener,
            connection=self._connection,
            conversation=self._conversation,
            notice=self.notice,
        )
        self._map = self._sight.view
        self._side = SidePane(look, client, self._conversation)
        self._chat = self._side.chat
        self._media = MediaControls(
            self, client, self._conversation, look=lambda: self._look, notice=self.notice, leave=self._notices.leave
        )
        self._handlers: dict[str, Callable[[], object]] = {
            **self._media.handlers(),
            **self._sight.handlers(),
            **self._chat.handlers(),
            "write": lambda: self.show_pane(Pane.CHAT),
            "people": lambda: self.show_pane(Pane.MAP if self.pane is Pane.PEOPLE else Pane.PEOPLE),
            "grid": lambda: self._show(self._view.toggled_grid()),
            "full": self._toggle_full,
            "next-pane": lambda: self._next_pane(1),
            "previous-pane": lambda: self._next_pane(-1),
            "map": self._back_to_map,
        }

    def compose(self) -> ComposeResult:
        """Three lines, and the panes between them."""
        yield self._bars.top
        with Container(id="body"):
            yield self._map
            yield self._side
        yield self._bars.context
        yield self._bars.keys
        yield TooSmall()

    def on_mount(self) -> None:
        """Show what the model knows already."""
        self.show_pane(Pane.MAP)
        self._show_people()
        self._start_clock()
        self.set_interval(TICK_SECONDS, self._tick)
        self._conversation.update()

    # ------------------------------------------------------------ what others see of it

    @property
    def client(self) -> OfficeClient:
        """Whose office this is."""
        return self._client

    @property
    def pane(self) -> Pane:
        """The part that the keys go to."""
        return self._view.pane

    def set_look(self, look: Look) -> None:
        """Use other colours, everywhere."""
        self._look = look
        self._conversation.wall.use_look(look)
        self._bars.set_look(look)
        self._chat.set_look(look)
        for drawn in self.query(Drawn):
            drawn.look = look
        self._show_people()
        self._show_lines()

    def notice(self, text: str, *, wrong: bool = False) -> None:
        """Say something for a while in the context line."""
        self._notices.say(text, wrong=wrong)
        if wrong and text_width(text) >= self.size.width:
            self.notify(text, severity="warning", markup=False)  # what is missing is of no use without how to get it

    def show_channel(self, name: str) -> None:
        """Show a channel, ready to write in it."""
        self._chat.show_channel(name)
        self.show_pane(Pane.CHAT)

    # ------------------------------------------------------------ whether anybody looks

    @property
    def asks_for_pictures(self) -> bool:
        """Whether there is anything to be sent to us only while somebody sees it."""
        return self._conversation.asks_for_pictures

    def set_seen(self, seen: bool) -> None:
        """Whether anybody sees the terminal."""
        self._conversation.set_seen(seen)
        if seen:
            self.person_acted()
        self._show_top()

    def person_acted(self) -> None:
        """Somebody is there, and reads what was said meanwhile."""
        self._notices.reads()

    def cover_changed(self, cover: Region | None) -> None:
        """Nobody need send us pictures that lie under something."""
        self._conversation.cover(cover)

    # ------------------------------------------------------------ panes

    def show_pane(self, pane: Pane) -> None:
        """Have the keys go to this pane, and show it where just one fits."""
        self._show(View(pane))

    def _show(self, view: View) -> None:
        """Show this from now on. What was hinted at elsewhere ends."""
        if view.pane is not self.pane:
            self._notices.end_hint()
        self._view = view
        for other in Pane:
            self.set_class(other is view.pane, f"-pane-{other.value}")
        self.set_class(view.full, "-full")
        self._side.show(Showing(self.size, view))
        target = {
            Pane.MAP: self._map,
            Pane.PICTURES: self._conversation.wall,
            Pane.PEOPLE: self._side.people,
            Pane.CHAT: self._chat.composer,
        }[view.pane]
        self.set_focus(target, scroll_visible=False)
        self._chat.set_shown(view.shows_chat(self.size.width))
        self._show_lines()

    def _next_pane(self, by: int) -> None:
        if self.pane is Pane.PICTURES and self._view.full:
            self._conversation.choose(by)
        else:
            self._show(self._view.next(by, pictures=self._conversation.is_worth_showing))

    def _toggle_full(self) -> None:
        self._show(self._view.toggled(narrow=self.size.width < MEDIUM_COLUMNS))

    def _back_to_map(self) -> None:
        if self._view == View():
            self._walker.stop()
            self.notice("Press Ctrl-Q to leave the office.")
        self.show_pane(Pane.MAP)

    def on_resize(self, event: events.Resize) -> None:
        """Other panes fit, and other words in the lines."""
        self._chat.set_shown(self._view.shows_chat(event.size.width))
        self._side.show(Showing(event.size, self._view))
        self.call_after_refresh(self._show_lines)

    # ------------------------------------------------------------ keys

    def on_key(self, event: events.Key) -> None:
        """Keys that no widget wanted: those of the map, and of the list of people."""
        if self.pane is Pane.CHAT and event.key not in ("tab", "shift+tab"):
            return
        if event.key not in WALK_KEYS:
            self._walker.stop()
        if self.keyboard.press(event.key, event.character, event.time):
            event.stop()
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """A paste never acts: it is a message that nobody has sent yet."""
        event.stop()
        self.write_text(event.text)
        self.show_pane(Pane.CHAT)

    def write_text(self, text: str) -> None:
        """Put text into the composer, unsent."""
        self._chat.write_text(text)

    def text_ended(self) -> None:
        """Go to the composer, where the text that came in is, and say so: it may have been meant for keys."""
        self.show_pane(Pane.CHAT)
        self._notices.hold(TOO_FAST)

    def count_changed(self) -> None:
        """Show how many steps the next direction will be."""
        self._show_context()

    def perform(self, command: Command, count: int = 1) -> None:
        """Do what the command says; walks go `count` steps."""
        if command.name in WALKS:
            self._walker.walk(WALKS[command.name], count)
        elif command.name in self._handlers:
            self._handlers[command.name]()
        else:
            self.post_message(self.Asked(command.name))

    def on_composer_left(self, event: Composer.Left) -> None:
        """Back to the map; the draft stays."""
        event.stop()
        self.show_pane(Pane.MAP)

    def on_composer_sent(self) -> None:
        """What came in is sent, by the pane that it is written in."""
        self._notices.end_hint()
        self._show_context()

    def _step(self, direction: Direction) -> StepOutcome:
        outcome = self._client.step(direction)
        if outcome in (StepOutcome.MOVED, StepOutcome.TURNED):
            self._map.changed()
            self._show_top()
            self._show_context()
            self._show_people()
        elif outcome is StepOutcome.OFFLINE:
            self._show_context()
        self._bumps.take(outcome)
        return outcome

    # ------------------------------------------------------------ what happened

    def take(self, event: happened.OfficeEvent) -> None:
        """Show an event of the client."""
        match event:
            case happened.StateChanged():
                self._take_state(event)
            case happened.AvatarsMoved(ids):
                self._sight.move(ids)
                self._show_people()
                self._show_context()
                self._show_top()
            case (
                happened.PeerMediaChanged()
                | happened.OwnMediaChanged()
                | happened.MediaProblem()
                | happened.MediaMuted()
            ):
                self._media.take(event)
                if isinstance(event, happened.OwnMediaChanged):
                    self._show_top()
            case (
                happened.RoomEntered()
                | happened.ConversationChanged()
                | happened.AvatarAppeared()
                | happened.AvatarChanged()
                | happened.AvatarDeparted()
            ):
                self._show_everything()
            case happened.ChannelsListed():
                self._chat.refresh_channels()
                self._show_keys()
            case happened.MessagePosted():
                self._chat.take_posted(event)
            case happened.PendingChanged(channel):
                self._chat.take_pending(channel)
            case happened.PostFailed():
                self._chat.take_failure(event)

    def _take_state(self, event: happened.StateChanged) -> None:
        if event.state is ConnectionState.OFFLINE:
            self._walker.stop()
            self._connection.lose(event.reason, event.retry_in, time.monotonic())
        self._show_everything()

    def on_chat_pane_problem(self, event: ChatPane.Problem) -> None:
        """Something about the chat went wrong."""
        event.stop()
        self.notice(event.text, wrong=True)

    def on_chat_pane_unread_changed(self, event: ChatPane.UnreadChanged) -> None:
        """The top bar counts what nobody has read."""
        event.stop()
        self._show_top()

    # ------------------------------------------------------------ showing

    def _show_everything(self) -> None:
        self._map.changed()
        self._conversation.update()
        self._show_people()
        self._show_lines()

    def _show_people(self) -> None:
        model = self._client.model
        if model.room:
            self._side.show_people(self._listener.listen(model))

    def _show_voices(self) -> None:
        """Others speak than before."""
        self._map.changed()
        self._show_people()

    def _fit_pictures(self) -> None:
        """The pictures take more rows than before, or fewer; where there are none the keys go elsewhere."""
        self._side.fit_others()
        self._show_keys()
        if self.pane is Pane.PICTURES and not self._conversation.shown:
            self.show_pane(Pane.MAP)

    def _show_lines(self) -> None:
        self._show_top()
        self._show_context()
        self._show_keys()

    def _show_top(self) -> None:
        self._picture_words = self._map.painter.picture_words(time.monotonic())
        self._bars.show_top(self._chat.unread, self.size.width, self._picture_words)

    def _tick(self) -> None:
        """How fast pictures come and when to connect again change all the time, and nothing else tells of it."""
        if not self._connection.is_online:
            self._show_lines()
        elif self._map.painter.picture_words(time.monotonic()) != self._picture_words:
            self._show_top()

    def _show_context(self) -> None:
        channel = self._chat.channel if self.pane is Pane.CHAT else ""
        self._bars.show_context(self.size.width, channel=channel, count=self.keyboard.count)

    def _show_keys(self) -> None:
        self._bars.show_keys(self._view, self.size.width, pictures=self._conversation.is_worth_showing)

    def _start_clock(self) -> None:
        """Show the time, and again when the minute is over."""
        self._show_top()
        self.set_timer(60.5 - datetime.now().second, self._start_clock)
