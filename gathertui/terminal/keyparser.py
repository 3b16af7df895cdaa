"""Makes keys and reports of a terminal's input, by Textual's parser, whatever comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

LONGEST_SIDE: Final = 4096
"""No terminal has more columns or rows: what says so is no report of a size."""


class PatientParser(XTermParser):
    """Textual's parser of keys, for input of which a part has waited already."""

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for the rest of something."""
        return self._timeout_time is not None

    def feed_waited(self, text: str) -> Iterable[Message]:
        """Parse what has waited as long as a lone Escape should: it waits no second time."""
        yield from self.feed(text)
        if self.is_waiting:
            self._timeout_time = 0.0
        yield from self.tick()

    def successor(self) -> PatientParser:
        """Return one that goes on where this one has failed: it knows what the terminal has said of its size."""
        parser = PatientParser()
        if self.terminal_size and self.terminal_pixel_size and all((*self.terminal_size, *self.terminal_pixel_size)):
            parser.mouse_pixels = self.mouse_pixels
            parser.terminal_size, parser.terminal_pixel_size = self.terminal_size, self.terminal_pixel_size
        return parser


class KeyReader:
    """Reads one terminal's input. A sequence at which the parser fails is dropped, and what follows is read.

    `failed` is told of each failure.
    """

    def __init__(self, failed: Callable[[Exception], None] = lambda error: None, *, debug: bool = False) -> None:
        self._failed = failed
        self._parser = PatientParser(debug)

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for the rest of something."""
        return self._parser.is_waiting

    def feed(self, text: str) -> Iterator[Message]:
        """Parse a piece of input, cut anywhere."""
        for character in text:  # one by one, so that a failure costs nothing behind it
            yield from self._tried(self._parser.feed(character))

    def feed_waited(self, text: str) -> Iterator[Message]:
        """Parse what has waited as long as a lone Escape should: it waits no second time."""
        yield from self.feed(text[:-1])
        if text:
            yield from self._tried(self._parser.feed_waited(text[-1]))

    def tick(self) -> Iterator[Message]:
        """Call at regular intervals: what has waited long enough is a key."""
        yield from self._tried(self._parser.tick())

    def end(self) -> Iterator[Message]:
        """Nothing comes any more."""
        yield from self._tried(self._parser.feed(""))

    def _tried(self, messages: Iterable[Message]) -> Iterator[Message]:
        found = iter(messages)
        while True:
            try:
                message = next(found)
            except StopIteration:
                return
            except Exception as error:  # whatever a terminal sends must not end the app
                self._parser = self._parser.successor()
                self._failed(error)
                return
            if not isinstance(message, events.Resize) or all(0 < side <= LONGEST_SIDE for side in message.size):
                yield message
