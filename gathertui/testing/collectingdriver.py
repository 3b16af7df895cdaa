"""A Textual driver without a terminal: it collects what the app writes, for a reader that may be slow."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, TextIO

from textual import events
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message
from textual.messages import InBandWindowResize, TerminalSupportsSynchronizedOutput

from gathertui.terminal.canvas.app import DriverReady, PictureLost
from gathertui.terminal.keyparser import KeyReader

MAX_UNREAD: Final = 64 * 1024
"""Characters that wait for the reader before whole frames are dropped."""


class CollectingDriver(Driver):
    """Collects frames until somebody takes them.

    A frame is what the app writes up to a flush. While more than `max_unread`
    characters wait, frames are dropped, each of them whole, and once the reader has
    taken what waits the app is told so, or that its picture was lost. Nothing of it is
    shared with other drivers, and it needs no thread, signal or file descriptor.

    Made by an app whose `driver_class` it is; `size` goes to `App.run_async`.
    """

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size or (80, 24))
        self.max_unread = MAX_UNREAD
        self.frames_dropped = 0
        """How many frames nobody will see."""
        self.frames_written = 0
        """How many frames were given to the reader."""
        self._reader: KeyReader | None = KeyReader(debug=debug)
        self._frame: list[str] = []
        self._unread: list[str] = []
        self._unread_length = 0
        self._lost_some = False
        self._is_active = False
        self._flush_soon: asyncio.Handle | None = None

    # ------------------------------------------------------------ the reader's side

    @property
    def is_behind(self) -> bool:
        """Whether the reader is so slow that a frame would be dropped now."""
        return self._unread_length > self.max_unread

    @property
    def is_active(self) -> bool:
        """Whether the app has the terminal."""
        return self._is_active

    def take(self) -> str:
        """Return all that waits. An app that lost frames draws everything anew."""
        was_behind = self.is_behind
        text = "".join(self._unread)
        self._unread.clear()
        self._unread_length = 0
        if self._lost_some and self._is_active:
            self._lost_some = False
            self.send_message(PictureLost())
        elif was_behind:
            self.send_message(DriverReady())
        return text

    def type(self, text: str) -> None:
        """Have the terminal send this, as keys or reports."""
        if self._reader is not None:
            for message in itertools.chain(self._reader.feed(text), self._reader.tick()):
                self.process_message(message)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, or say the same again."""
        self._size = (columns, rows)
        size = Size(columns, rows)
        self.send_message(events.Resize(size, size))

    # ------------------------------------------------------------ Textual's side

    @property
    def can_suspend(self) -> bool:
        """It can be left and entered again."""
        return True

    def write(self, data: str) -> None:
        """Add to the frame."""
        self._frame.append(data)
        if self._flush_soon is None:  # not everything that Textual writes is followed by a flush
            self._flush_soon = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """End the frame."""
        if self._flush_soon is not None:
            self._flush_soon.cancel()
            self._flush_soon = None
        text = "".join(self._frame)
        self._frame.clear()
        if not text:
            return
        if self.is_behind:
            self._lost_some = True
            self.frames_dropped += 1
            return
        self.frames_written += 1
        self._unread.append(text)
        self._unread_length += len(text)

    def send_message(self, message: Message) -> None:
        """Give the app a message: it runs in this loop."""
        self._app.post_message(message)

    def process_message(self, message: Message) -> None:
        """Give the app what the terminal sent. Its size is told by `resize` alone."""
        if not isinstance(message, InBandWindowResize):
            super().process_message(message)

    def start_application_mode(self) -> None:
        """Take the terminal, which shows a synchronized update at once."""
        self._is_active = True
        self.write("\x1b[?1049h\x1b[?25l\x1b[?7l")
        self.flush()
        assert self._size is not None
        self.resize(*self._size)
        self.send_message(TerminalSupportsSynchronizedOutput())

    def disable_input(self) -> None:
        """Hear no more of the terminal, and let the parser go: at its end it forgets the app's last key."""
        reader, self._reader = self._reader, None
        if reader is not None:
            for _ in reader.end():
                pass

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        if self._is_active:
            self._is_active = False
            self.write("\x1b[?7h\x1b[?25h\x1b[?1049l")
            self.flush()

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """Do nothing: whoever reads is elsewhere."""

    def deliver_binary(
        self,
        binary: BinaryIO | TextIO,
        *,
        delivery_key: str,
        save_path: Path,
        open_method: Literal["browser", "download"] = "download",
        encoding: str | None = None,
        mime_type: str | None = None,
        name: str | None = None,
    ) -> None:
        """Do nothing: whoever reads is elsewhere."""
        binary.close()
