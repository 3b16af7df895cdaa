"""The chat: channels, what was said in them, and where you write."""

from __future__ import annotations

from collections.abc import Callable

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from gathertui.client.events import MessagePosted, PostFailed
from gathertui.client.office import OfficeClient
from gathertui.errors import GathertuiError
from gathertui.ui.chatlines import ChatLayout, Unsent
from gathertui.ui.look import Look
from gathertui.ui.strips import Line
from gathertui.ui.transcript import Transcript
from gathertui.ui.widgets.channeltabs import ChannelTabs
from gathertui.ui.widgets.chatlog import ChatLog
from gathertui.ui.widgets.composer import Composer


class ChatPane(Vertical):
    """One channel at a time. Drafts, unread counts and messages that failed are kept for each."""

    DEFAULT_CSS = """
    ChatPane { background: $panel; width: 1fr; height: 1fr; }
    """

    class Problem(Message):
        """Something about the chat that the person must know."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class UnreadChanged(Message):
        """There is another number of unread messages."""

    def __init__(self, look: Look, client: OfficeClient) -> None:
        super().__init__()
        self._client = client
        self._look = look
        self.tabs = ChannelTabs(look)
        self.log_view = ChatLog(look)
        self.composer = Composer()
        self.channel = ""
        """The channel that shows; empty before the channels are known."""
        self._shown = True
        self._unread: dict[str, int] = {}
        self._drafts: dict[str, str] = {}
        self._failed: dict[str, list[Unsent]] = {}
        self._transcripts: dict[str, Transcript] = {}
        self._layout_of_lines: ChatLayout | None = None
        self._layout_key: tuple[Look, int] | None = None

    def compose(self) -> ComposeResult:
        """Tabs over messages over the composer."""
        yield self.tabs
        yield self.log_view
        yield self.composer

    def on_mount(self) -> None:
        """Channels may be known already."""
        self.refresh_channels()

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Return what does the commands of these names."""
        return {
            "next-channel": lambda: self.next_channel(1),
            "previous-channel": lambda: self.next_channel(-1),
            "older": lambda: self.log_view.scroll_page(1),
            "newer": lambda: self.log_view.scroll_page(-1),
        }

    # ------------------------------------------------------------ channels

    @property
    def unread(self) -> int:
        """Messages that nobody has looked at, in all channels."""
        return sum(self._unread.values())

    def set_shown(self, shown: bool) -> None:
        """Say whether the pane is on the screen: what comes while it isn't counts as unread."""
        self._shown = shown
        if shown:
            self._mark_read()

    def refresh_channels(self) -> None:
        """The list of channels is known, or another."""
        names = list(self._client.model.channels)
        if names and self.channel not in names:
            self.show_channel(names[0])
        else:
            self._show_tabs()
            self._lay_out()

    def next_channel(self, by: int) -> None:
        """Go to the next channel (1) or the one before (-1), round and round."""
        names = list(self._client.model.channels)
        if self.channel in names:
            self.show_channel(names[(names.index(self.channel) + by) % len(names)])

    def show_channel(self, name: str) -> None:
        """Show this channel, with the draft that was begun in it."""
        if self.channel:
            self._drafts[self.channel] = self.composer.text
        self.channel = name
        self.composer.text = self._drafts.get(name, "")
        self.composer.move_cursor(self.composer.document.end)
        self.composer.placeholder = f"Write to #{name}"
        self.log_view.empty_words = "Loading…" if not self._look.ascii_only else "Loading..."
        self._mark_read()
        self._lay_out(replace=True)
        self.load_older()

    def _mark_read(self) -> None:
        if self._unread.pop(self.channel, 0):
            self.post_message(self.UnreadChanged())
        self._show_tabs()

    def _show_tabs(self) -> None:
        self.tabs.show(list(self._client.model.channels), self.channel, self._unread)

    # ------------------------------------------------------------ messages

    def take_posted(self, event: MessagePosted) -> None:
        """A message was stored."""
        message = event.message
        if message.channel == self.channel and self._shown:
            self._lay_out(replace=event.mine, added=1)
            return
        if not event.mine:
            self._unread[message.channel] = self._unread.get(message.channel, 0) + 1
            self.post_message(self.UnreadChanged())
        self._show_tabs()
        if message.channel == self.channel:
            self._lay_out(added=1)

    def take_pending(self, channel: str) -> None:
        """What waits to be sent is different."""
        if channel == self.channel:
            self._lay_out()

    def take_failure(self, event: PostFailed) -> None:
        """A message will never be sent: it stays to be seen, with the reason."""
        pending = event.pending
        failed = Unsent(pending.client_id, pending.text, str(event.error))
        self._failed.setdefault(pending.channel, []).append(failed)
        if pending.channel == self.channel:
            self._lay_out()
        else:
            self.post_message(self.Problem(f"A message to #{pending.channel} was not sent: {event.error}"))

    @work(group="history", exclusive=True, exit_on_error=False)
    async def load_older(self) -> None:
        """Fetch what was said before the oldest message here; nothing where that is the first."""
        channel = self.channel
        transcript = self._transcript(channel)
        if transcript.complete or not channel:
            return
        try:
            page = await self._client.history(channel, before=transcript.first_seq)
        except GathertuiError as error:
            self.post_message(self.Problem(f"Older messages could not be loaded: {error}"))
            return
        transcript.prepend(page.messages, more=page.more)
        if channel == self.channel:
            self.log_view.empty_words = "Nothing said here yet."
            self.log_view.prepend(self._lines())

    def _transcript(self, channel: str) -> Transcript:
        return self._transcripts.setdefault(channel, Transcript())

    def _lines(self) -> list[Line]:
        state = self._client.model.channels.get(self.channel)
        if state is None or not self.log_view.size.width:
            return []
        transcript = self._transcript(self.channel)
        transcript.follow(state.messages)
        waiting = [Unsent(pending.client_id, pending.text) for pending in state.pending]
        return self._layout_for_width().lines(transcript.messages, self._failed.get(self.channel, []) + waiting)

    def _layout_for_width(self) -> ChatLayout:
        key = (self._look, self.log_view.size.width)
        if self._layout_of_lines is None or self._layout_key != key:
            account = self._client.account
            you = account.id if account is not None else ""
            self._layout_of_lines = ChatLayout(*key, you, self._colour_of)
            self._layout_key = key
        return self._layout_of_lines

    def _colour_of(self, author: str) -> int:
        for avatar in self._client.model.avatars.values():
            if avatar.account.id == author:
                return avatar.account.colour
        # Who isn't here has no colour that we know: one that is always the same must do.
        return sum(author.encode())

    def _lay_out(self, *, replace: bool = False, added: int = 0) -> None:
        if replace:
            self.log_view.replace(self._lines())
        else:
            self.log_view.append(self._lines(), added=added)

    # ------------------------------------------------------------ writing

    def write_text(self, text: str) -> None:
        """Put text into the composer, unsent."""
        self.composer.write_text(text)

    def on_composer_sent(self, event: Composer.Sent) -> None:
        """Send the message, or say why not and keep it. The screen hears of it, too."""
        if not self.channel:
            return
        try:
            self._client.post(self.channel, event.text)
        except GathertuiError as error:
            self.post_message(self.Problem(str(error)))
            return
        self.composer.text = ""
        self._failed.pop(self.channel, None)
        self._lay_out(replace=True)

    def on_composer_scrolled(self, event: Composer.Scrolled) -> None:
        """Scroll the messages without leaving the composer."""
        event.stop()
        if event.page:
            self.log_view.scroll_page(event.direction)
        else:
            self.log_view.scroll_back(event.direction)

    def on_chat_log_top_reached(self, event: ChatLog.TopReached) -> None:
        """Somebody wants to read what was before."""
        event.stop()
        self.load_older()

    def on_chat_log_resized(self, event: ChatLog.Resized) -> None:
        """Lines are wrapped to the width."""
        event.stop()
        self._lay_out()

    def set_look(self, look: Look) -> None:
        """Use other colours."""
        self._look = look
