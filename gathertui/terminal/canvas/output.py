"""Writes frames through the app's driver, and has all that goes to the terminal counted."""

from __future__ import annotations

import time
from typing import Any, Final

from gathertui.terminal.canvas.private import queued_writes
from gathertui.terminal.canvas.schedule import FRAME_SECONDS
from gathertui.terminal.canvas.updates import FullScreenUpdate
from gathertui.terminal.pacing import FrameGate

MAX_QUEUED_WRITES: Final = 2
"""With more than these the terminal does not keep up. The queue holds 30, and then the whole app would stand still."""
LOOK_AGAIN_SECONDS: Final = 0.2
"""How often that queue is looked at then: it tells nobody when it is empty."""

NEVER: Final = 1e9
"""Seconds."""


class FrameOutput:
    """What lies between the canvases of one app and its terminal."""

    def __init__(self, app: Any, gate: FrameGate) -> None:
        self._app = app
        self._gate = gate
        self._asks_next = False

    def wait(self, now: float) -> float:
        """Seconds until the terminal may take a frame; `NEVER` where the driver will say so."""
        if self._app._batch_count:
            return FRAME_SECONDS
        driver = self._app._driver
        if queued_writes(driver) > MAX_QUEUED_WRITES:
            return LOOK_AGAIN_SECONDS
        return NEVER if getattr(driver, "is_behind", False) else self._gate.wait(now)

    def write(self, drawn: str, now: float, *, synchronized: bool) -> None:
        """Write a frame, all at once, and put the cursor where Textual would."""
        app = self._app
        cursor = app.screen.outer_size.clamp_offset(app.cursor_position)
        if not drawn and cursor == app._previous_cursor_position:
            return
        app._previous_cursor_position = cursor
        place = f"\x1b[{cursor.y + 1};{cursor.x + 1}H"
        frame = drawn + place
        if app._sync_available or synchronized:
            frame = f"\x1b[?2026h{frame}\x1b[?2026l"
        if drawn:
            request = self._gate.sent(len(frame.encode()), now)
            if request:
                self._gate.also_sent(len(place), now)
                frame += request + place
        else:
            self._gate.also_sent(len(frame), now)
        app._driver.write(frame)
        app._driver.flush()

    def ask_next(self) -> None:
        """The next update of Textual's shows a frame of the canvases."""
        self._asks_next = True

    def counted(self, _: FullScreenUpdate, text: str) -> str:
        """Return the text of an update of Textual's, and a request after it where it shows a frame."""
        request, byte_count, now = "", len(text.encode()), time.monotonic()
        if self._asks_next:
            self._asks_next = False
            request = self._gate.sent(byte_count, now)  # Textual puts the cursor back
        else:
            self._gate.also_sent(byte_count, now)
        return text + request
