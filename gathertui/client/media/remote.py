"""Speaking to the gathertui that runs in another window of yours. Made to be imported and done within milliseconds.

Every running client listens on a unix socket of its own, in a folder that nobody
else may enter. A line of JSON (`Command`) goes in, a line (`Answer`) comes back.
"""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import tempfile
import time
from pathlib import Path
from typing import Final, Literal

import msgspec

from gathertui.client.profile import config_folder
from gathertui.errors import DeviceError, UsageError

ANSWER_SECONDS: Final = 3.0
"""How long an answer is waited for. It takes a while to know whether a device works."""

STOPPED: Final = "The gathertui that runs does not answer: it is stopped, perhaps by Ctrl-Z."

MAX_LINE: Final = 4096
"""Bytes of a line, either way."""

_MAX_PATH: Final = 100
"""A socket's path may have 104 to 108 bytes, by the system."""

Part = Literal["mic", "camera", "deafen"]
To = Literal["", "on", "off", "toggle"]


class Command(msgspec.Struct, frozen=True):
    """Turn a part on or off, or, with an empty `to`, say how it is.

    `until`, by this machine's `time.monotonic`, is when it no longer holds: whoever
    gave it was told meanwhile that it failed, so a client that was stopped must not
    act on it when it goes on.
    """

    part: Part
    to: To
    until: float


class Answer(msgspec.Struct, frozen=True):
    """`state` is how the part is now: "on", "off", or "preview" for a camera that shows you to yourself only.

    Where `ok` is False, `why` is a sentence.
    """

    ok: bool
    state: str = ""
    why: str = ""


def control_folder() -> Path:
    """Return the folder of this person's sockets, made if it is missing. Raises `DeviceError`.

    It is below the system's folder for such things; another config folder is another person.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise UsageError("On this system another window can't be spoken to.", "Use the keys m, v and s in it.")
    person = hashlib.sha256(os.fsencode(config_folder().absolute())).hexdigest()[:12]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and Path(runtime).is_dir() and len(runtime) <= _MAX_PATH - 40:
        top = Path(runtime) / "gathertui"
    else:
        top = Path(tempfile.gettempdir()) / f"gathertui-{os.getuid()}"
    for folder in (top, top / person):
        _make_own(folder)
    return top / person


def _make_own(folder: Path) -> None:
    """Make a folder that only we may enter. Raises `DeviceError` where somebody else has put something there."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise DeviceError(f"{folder} can't be made: {error.strerror}.") from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise DeviceError(f"{folder} is open to others, or not yours.", "Remove it.")


def sockets_in(folder: Path) -> list[Path]:
    """Return the sockets of the clients that run, the newest first; those of clients that have died are removed."""
    found = []
    for path in folder.glob("*.sock"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(ANSWER_SECONDS)
            try:
                probe.connect(os.fspath(path))
                found.append((path.stat().st_mtime_ns, path))
            except (ConnectionRefusedError, FileNotFoundError):
                path.unlink(missing_ok=True)
            except BlockingIOError:
                found.append((path.stat().st_mtime_ns, path))  # so many wait for it that there is no room for one more
            except OSError:
                continue
    return [path for _, path in sorted(found, reverse=True)]


def ask(part: Part, to: To = "") -> Answer:
    """Have the newest client that answers obey. Raises `DeviceError` where none does, `UsageError` where none can."""
    is_one_silent = False
    for path in sockets_in(control_folder()):
        try:
            return _ask_at(path, part, to)
        except (TimeoutError, BlockingIOError):
            is_one_silent = True
        except (OSError, EOFError, msgspec.MsgspecError):
            continue
    if is_one_silent:
        raise DeviceError(STOPPED, "Bring it back with fg, in its terminal.")
    raise DeviceError("No gathertui is running for you on this machine.", "Open the office first: gathertui")


def _ask_at(path: Path, part: Part, to: To) -> Answer:
    until = time.monotonic() + ANSWER_SECONDS
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(ANSWER_SECONDS)
        line.connect(os.fspath(path))
        line.sendall(msgspec.json.encode(Command(part, to, until)) + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            line.settimeout(max(until - time.monotonic(), 0.001))
            more = line.recv(MAX_LINE)
            if not more or len(answer) > MAX_LINE:
                raise EOFError
            answer += more
        return msgspec.json.decode(answer, type=Answer)
