"""The messages of one channel that a pane can show, older ones included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gathertui.protocol.chat import ChatMessage

MAX_SHOWN: Final = 5_000
"""Messages that are kept for scrolling back; beyond it the oldest are asked for again."""


class Transcript:
    """Messages in the order of their `seq`, none left out between them."""

    def __init__(self) -> None:
        self.messages: list[ChatMessage] = []
        self.complete = False
        """Whether the first message is the first of the channel."""

    @property
    def first_seq(self) -> int:
        """The seq of the oldest message here, 0 where there is none."""
        return self.messages[0].seq if self.messages else 0

    def follow(self, newest: Sequence[ChatMessage]) -> None:
        """Take over the newest messages of the channel, oldest first."""
        if not newest:
            return
        last = self.messages[-1].seq if self.messages else 0
        if not self.messages or newest[0].seq > last + 1 or newest[-1].seq < last:
            # Nothing in common, or the server has gone back to a backup.
            self.messages = list(newest)
            self.complete = self.first_seq == 1
            return
        if newest[0].seq < self.first_seq:
            self.messages[:0] = [message for message in newest if message.seq < self.first_seq]
        self.messages += [message for message in newest if message.seq > last]
        if len(self.messages) > MAX_SHOWN:
            del self.messages[:-MAX_SHOWN]
            self.complete = False

    def prepend(self, page: Sequence[ChatMessage], *, more: bool) -> None:
        """Put a page of history before the oldest; `more` where it is not the channel's first."""
        first = self.first_seq
        self.messages[:0] = [message for message in page if not first or message.seq < first]
        self.complete = not more
