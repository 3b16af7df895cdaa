"""What this user's client keeps between runs: its folders, its device id and the server it last signed in to."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from gathertui.errors import CredentialsError, UsageError
from gathertui.net.address import server_url

_STATE_FILE: Final = "profile.json"


def config_folder() -> Path:
    """Return the folder of this person's settings: `GATHERTUI_CONFIG_DIR`, or the platform's place for it."""
    chosen = os.environ.get("GATHERTUI_CONFIG_DIR")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return platformdirs.user_config_path("gathertui")


def log_folder() -> Path:
    """Return the folder of the debug log: `GATHERTUI_LOG_DIR`, or the platform's place for it."""
    chosen = os.environ.get("GATHERTUI_LOG_DIR")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return platformdirs.user_log_path("gathertui")


def write_private(path: Path, text: str) -> None:
    """Replace a file at once and as a whole, readable by its owner alone. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp makes the file with mode 0600.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_object(path: Path) -> dict[str, str]:
    """Return a JSON object of texts from a file; empty where there is none. Raises `CredentialsError`."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CredentialsError(f"{path} can't be read: {error}.", "Remove it, and log in again.") from error
    if not isinstance(held, dict) or not all(isinstance(value, str) for value in held.values()):
        raise CredentialsError(f"{path} holds something else than gathertui wrote.", "Remove it, and log in again.")
    return held


class Profile:
    """One person on this machine; another config folder is another person."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder if folder is not None else config_folder()

    def device(self) -> str:
        """Return the random id of this device and person, made on first use. Raises `CredentialsError`."""
        state = read_object(self.folder / _STATE_FILE)
        if not state.get("device"):
            state["device"] = secrets.token_hex(16)
            self._write(state)
        return state["device"]

    def server(self, chosen: str | None = None) -> str:
        """Return the server's URL: the `chosen` one, `GATHERTUI_SERVER`, or the one signed in to last.

        Raises `UsageError` where there is none, or it is no address.
        """
        url = self.find_server(chosen)
        if url is None:
            raise UsageError(
                "Which server? None is known yet.",
                "Name it: --server wss://office.example.org, or log in once: gathertui login --server …",
            )
        return url

    def find_server(self, chosen: str | None = None) -> str | None:
        """Return what `server` does, or None where none is known."""
        named = chosen or os.environ.get("GATHERTUI_SERVER") or read_object(self.folder / _STATE_FILE).get("server")
        return server_url(named) if named else None

    def remember_server(self, url: str) -> None:
        """Make `url` the server of later commands. Raises `CredentialsError`."""
        state = read_object(self.folder / _STATE_FILE)
        if state.get("server") != url:
            self._write({**state, "server": url})

    def _write(self, state: dict[str, str]) -> None:
        path = self.folder / _STATE_FILE
        try:
            write_private(path, json.dumps(state))
        except OSError as error:
            raise CredentialsError(
                f"{path} can't be written: {error.strerror}.", "GATHERTUI_CONFIG_DIR names another folder."
            ) from error
