"""Textual's driver for Linux and macOS, with an input that the terminal's answers are taken out of."""

from __future__ import annotations

import os
import select
import signal
import time
import traceback
from collections.abc import Iterable
from typing import Any, Final

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from gathertui.terminal.jobcontrol import has_shell
from gathertui.terminal.keyboard import Keyboard
from gathertui.terminal.keyparser import KeyReader

_IDLE_SECONDS: Final = 0.1
"""How often the end is looked for while nothing comes."""
_TICK_SECONDS: Final = 0.02
"""And how often what waits is looked after."""
_CHUNK: Final = 4096


class SievedDriver(LinuxDriver):
    """The driver of a terminal whose keyboard was in use before. `driver_of` makes one for it."""

    keyboard: Keyboard

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._is_stopped = False
        self._has_ended = False
        # Textual leaves and takes the terminal inside the signal's handler, in the middle of anything. If that is
        # a write, its own writes wait for a lock that this one holds, and the app stands still for good.
        self._loop.add_signal_handler(signal.SIGTSTP, self._stop)
        self._loop.add_signal_handler(signal.SIGCONT, self._go_on)

    def start_application_mode(self) -> None:
        """Take the terminal over from the keyboard."""
        self.keyboard.release()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it so

    def stop_application_mode(self) -> None:
        """Give the terminal back for good. What was given back already is somebody else's."""
        self._has_ended = True
        if self._has_terminal:
            super().stop_application_mode()

    def disable_input(self) -> None:
        """Read no more. A terminal that is somebody else's may not even be flushed: that would stop us."""
        if self._has_terminal:
            super().disable_input()

    def suspend_application_mode(self) -> None:
        """Give it back for a while."""
        super().suspend_application_mode()
        self._has_ended = False

    def write(self, data: str) -> None:
        """Write to the terminal; nothing while that is somebody else's."""
        if self._has_terminal:
            super().write(data)

    # ------------------------------------------------------------ stopped and continued

    def stop_group(self) -> bool:
        """Stop our process group until the shell continues it, as Ctrl-Z does elsewhere; False: there is no shell."""
        if not has_shell():
            return False
        self._leave()
        # Those who run with us, such as a server of the same job, stop by the signal. We do so ourselves, now:
        # what runs before it gets to the loop would find no terminal.
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        try:
            os.killpg(0, signal.SIGTSTP)
            os.kill(os.getpid(), signal.SIGSTOP)
        finally:
            self._loop.add_signal_handler(signal.SIGTSTP, self._stop)
        return True

    @property
    def _has_terminal(self) -> bool:
        return self._writer_thread is not None and self._writer_thread.is_alive()

    @property
    def _is_ending(self) -> bool:
        """Whether the app leaves, or has left. Who takes the terminal then would not give it back."""
        return self._has_ended or bool(getattr(self._app, "_exit", False))

    def _leave(self) -> None:
        if self._auto_restart and self._has_terminal:
            self._app.app_suspend_signal.publish(self._app)
            self.suspend_application_mode()
            self._must_signal_resume = self._is_stopped = True

    def _stop(self) -> None:
        """Somebody wants us stopped."""
        self._leave()
        os.kill(os.getpid(), signal.SIGSTOP)

    def _go_on(self) -> None:
        """Somebody continues us; who wants us ended does so, too, and that comes first."""
        self._loop.call_soon(self._take_again)

    def _take_again(self) -> None:
        """Take the terminal again. In the background, this stops us again before it changes anything."""
        if self._is_ending:
            return
        self._leave()  # whoever stopped us without asking: others may have used the terminal
        if self._is_stopped:
            self.resume_application_mode()
            self._is_stopped = not self._has_terminal

    # ------------------------------------------------------------ reading

    def run_input_thread(self) -> None:
        """Read keys until the driver ends."""
        keyboard, sieve = self.keyboard, self.keyboard.sieve
        reader = KeyReader(_log_failure, debug=self._debug)
        self._post(reader.feed_waited(keyboard.typed()))
        while not self.exit_event.is_set():
            waits = reader.is_waiting or sieve.deadline is not None
            if select.select([self.fileno], [], [], _TICK_SECONDS if waits else _IDLE_SECONDS)[0]:
                try:
                    data = os.read(self.fileno, _CHUNK)
                except OSError:
                    data = b""
                if not data:
                    # The terminal is gone. Others watch for that and end the app.
                    self.exit_event.wait()
                    break
                typed, answers = sieve.feed(keyboard.decode(data), time.monotonic())
                keyboard.heard(answers)
                self._post(reader.feed(typed))
            self._post(reader.feed_waited(sieve.expire(time.monotonic())))
            self._post(reader.tick())
        self._post(reader.end())

    def _post(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)


def _log_failure(error: Exception) -> None:
    """Tell the debug log, which is what the second descriptor leads to while the terminal is guarded."""
    if not os.isatty(2):
        words = "".join(traceback.format_exception(error))
        os.write(2, f"Something that the terminal sent was not understood, and dropped.\n{words}".encode())


def driver_of(keyboard: Keyboard) -> type[LinuxDriver]:
    """Return the class of driver that reads this keyboard."""
    return type("KeyboardDriver", (SievedDriver,), {"keyboard": keyboard})
