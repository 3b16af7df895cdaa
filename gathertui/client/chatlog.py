"""The channels and their messages, each once and in order, whatever happens to the connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from gathertui.client.events import ChannelsListed, MessagePosted, OfficeEvent, PendingChanged
from gathertui.client.outbox import Outbox, PendingMessage
from gathertui.protocol.chat import Channel, ChatMessage, History

MAX_MESSAGES: Final = 500
"""Messages of a channel that are kept; older ones are asked for again when somebody scrolls there."""


@dataclass(slots=True)
class ChannelState:
    """One channel as this client knows it.

    `messages` are the newest that are known, oldest first, none left out between
    them, at most `MAX_MESSAGES`; `last_seq` is the newest message that is known to
    exist; `pending` is what you wrote and the channel doesn't show yet.
    """

    name: str
    title: str
    last_seq: int = 0
    messages: list[ChatMessage] = field(default_factory=list)
    pending: list[PendingMessage] = field(default_factory=list)


@dataclass(slots=True)
class _Progress:
    """How far a channel has been told: all up to `seq`. While catching up, what comes live waits in `ahead`."""

    seq: int
    ahead: list[ChatMessage] | None = None


class ChatLog:
    """What was said. Messages come from two sides, live and as pages of history, and are told once."""

    def __init__(self, outbox: Outbox) -> None:
        self.channels: dict[str, ChannelState] = {}
        self._outbox = outbox
        self._progress: dict[str, _Progress] = {}
        self._account = ""

    def speak_as(self, account: str) -> None:
        """Take messages of this account id as your own."""
        self._account = account

    def list_channels(self, channels: list[Channel]) -> list[OfficeEvent]:
        """Take over the list. Where messages were missed, `behind` is true until `fill` has them."""
        known = self.channels
        self.channels = {}
        for channel in channels:
            state = known.get(channel.name) or ChannelState(channel.name, channel.title)
            state.title = channel.title
            state.last_seq = channel.last_seq
            state.pending = self._outbox.listed(channel.name)
            self.channels[channel.name] = state
            self._resume(state)
        return [ChannelsListed()]

    def _resume(self, state: ChannelState) -> None:
        progress = self._progress.setdefault(state.name, _Progress(state.last_seq))
        progress.ahead = [] if progress.seq < state.last_seq else None
        if progress.seq > state.last_seq:
            # The server has gone back to a backup: what came after it never happened.
            progress.seq = state.last_seq
            state.messages = [message for message in state.messages if message.seq <= state.last_seq]

    def behind(self, channel: str) -> int | None:
        """Return the seq after which messages are missing, or None where none are."""
        progress = self._progress.get(channel)
        return progress.seq if progress is not None and progress.ahead is not None else None

    def fill(self, channel: str, page: History) -> list[OfficeEvent]:
        """Tell a page of what was missed, oldest first; after the last page what came meanwhile, too."""
        progress = self._progress[channel]
        events: list[OfficeEvent] = []
        for message in page.messages:
            events += self._tell(message)
        if not (page.more and page.messages):
            ahead, progress.ahead = progress.ahead or [], None
            for message in ahead:
                events += self._tell(message)
        return events

    def post(self, message: ChatMessage) -> list[OfficeEvent]:
        """Tell a live message, unless it was told, or waits for its elders."""
        progress = self._progress.setdefault(message.channel, _Progress(message.seq - 1))
        if progress.ahead is not None:
            progress.ahead.append(message)
            return []
        return self._tell(message)

    def _tell(self, message: ChatMessage) -> list[OfficeEvent]:
        progress = self._progress[message.channel]
        if message.seq <= progress.seq:
            return []
        progress.seq = message.seq
        state = self.channels.setdefault(message.channel, ChannelState(message.channel, message.channel))
        state.last_seq = max(state.last_seq, message.seq)
        state.messages.append(message)
        del state.messages[:-MAX_MESSAGES]
        mine = message.author == self._account
        events: list[OfficeEvent] = [MessagePosted(message, mine)]
        if mine and self._outbox.remove(message.client_id) is not None:
            events += self.refresh_pending(message.channel)
        return events

    def stored(self, pending: PendingMessage, seq: int) -> list[OfficeEvent]:
        """A message of the outbox is stored as `seq`; it stays listed until the channel shows it."""
        self._outbox.mark_stored(pending.client_id)
        progress = self._progress.get(pending.channel)
        if progress is not None and seq > progress.seq:
            return []
        return self.refresh_pending(pending.channel) if self._outbox.remove(pending.client_id) is not None else []

    def refresh_pending(self, channel: str) -> list[OfficeEvent]:
        """List the channel's unsent messages anew."""
        if channel in self.channels:
            self.channels[channel].pending = self._outbox.listed(channel)
        return [PendingChanged(channel)]

    def prepend(self, channel: str, page: History, *, before: int) -> None:
        """Keep the part of a page of history that ends where the known messages begin.

        `before` is what was asked for; a page that ends earlier than that is not kept.
        """
        state = self.channels.get(channel)
        if state is None:
            return
        first = state.messages[0].seq if state.messages else self._progress[channel].seq + 1
        if before and before < first:
            return
        older = [message for message in page.messages if message.seq < first]
        room = MAX_MESSAGES - len(state.messages)
        state.messages[:0] = older[-room:] if room else []
