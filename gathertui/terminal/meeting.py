"""Gets to know the terminal that this process runs in."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from textual import constants
from textual.app import App

from gathertui.terminal.capabilities import Capabilities, from_environment

if TYPE_CHECKING:
    from textual.driver import Driver


class Met(NamedTuple):
    """A terminal that answered, or did not."""

    capabilities: Capabilities
    driver_class: type[Driver] | None
    """The driver that goes on reading it; None for Textual's own."""
    listen: Callable[[Callable[[Capabilities], None]], None]
    """Have somebody told, in another thread, if it answers after all."""


@contextlib.contextmanager
def met_terminal(environment: Mapping[str, str], *, unicode: bool) -> Iterator[Met]:
    """Ask the terminal what it can do, and keep its later answers from being taken for keys.

    The process has one such terminal, on its standard input and, as `guarded_terminal`
    leaves it, `sys.__stderr__`. `unicode` is False for one that shows nothing beyond
    ASCII. Its modes are as before when it ends.
    """
    keys, screen = sys.__stdin__, sys.__stderr__
    if sys.platform == "win32" or keys is None or screen is None:
        yield Met(from_environment(environment, unicode=unicode), None, lambda _: None)
        return
    from gathertui.terminal.keyboard import Keyboard
    from gathertui.terminal.sieveddriver import driver_of

    keyboard = Keyboard(keys.fileno(), escape_delay=constants.ESCAPE_DELAY)
    try:
        capabilities = keyboard.ask(screen, environment, unicode=unicode)
        yield Met(capabilities, driver_of(keyboard), keyboard.listen)
    finally:
        keyboard.release()


def suspend_to_shell(app: App[Any]) -> bool:
    """Stop the app, and all processes of its job, until the shell continues them; False where none would."""
    if sys.platform == "win32":
        return False
    from gathertui.terminal.sieveddriver import SievedDriver

    driver = app._driver
    return isinstance(driver, SievedDriver) and driver.stop_group()
