"""How commands end: with an exit code, and with a sentence instead of a traceback."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable

from gathertui.errors import GathertuiError, UsageError

FAILED = 1
MISUSED = 2
INTERRUPTED = 130


def exit_code(command: Callable[[], object]) -> int:
    """Run a command and return its exit code: 0, 1 failed, 2 misused, 130 interrupted.

    What went wrong is told on standard error in a line or two. What nobody
    expected goes to the debug log with its traceback, and the line says where.
    """
    _open_closed_streams()
    try:
        command()
        code = 0
    except SystemExit as leaving:
        code = _code_of(leaving)
    except UsageError as error:
        tell(error)
        code = MISUSED
    except GathertuiError as error:
        tell(error)
        code = FAILED
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        code = FAILED
    except Exception:
        _say(f"Something went wrong that should not have. {_log_traceback()}")
        code = FAILED
    return _flush(code)


def tell(error: GathertuiError) -> None:
    """Write an error to standard error: what happened, and below it what to do."""
    _say(error.message)
    if error.hint:
        _write(printable(error.hint))


def printable(text: str) -> str:
    """The text as a terminal may have it: whatever is no letter, sign or plain space is shown by its number.

    What people typed, and names of files, can hold escape sequences and characters that turn the line round.
    """
    return "".join(
        letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def abandon_stdout() -> None:
    """Point standard output nowhere: its reader is gone, and flushing at exit would complain."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return  # no file behind it, so nothing to flush to


def _say(text: str) -> None:
    _write(f"gathertui: {printable(text)}")


def _write(line: str) -> None:
    with contextlib.suppress(OSError):  # the terminal is gone, and whoever would read this
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def _open_closed_streams() -> None:
    """Have something to write to, and to read from, where whoever started us has closed it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _code_of(leaving: SystemExit) -> int:
    if leaving.code is None:
        return 0
    if isinstance(leaving.code, int):
        return leaving.code
    _say(str(leaving.code))
    return FAILED


def _flush(code: int) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        abandon_stdout()
        return code or FAILED
    except OSError as error:
        _say(f"The output could not be written: {error.strerror}.")
        abandon_stdout()
        return code or FAILED
    return code


def _log_traceback() -> str:
    """Append the current exception to the debug log; return a sentence that says where it is."""
    import datetime
    import traceback

    from gathertui import __version__
    from gathertui.client.profile import log_folder

    path = log_folder() / "debug.log"
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{now} gathertui {__version__}\n{traceback.format_exc()}\n")
    except OSError as error:
        return f"The details could not be written to {path}: {error.strerror}."
    return f"The details are in {path}."
