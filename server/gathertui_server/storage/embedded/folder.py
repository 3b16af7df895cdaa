"""The data folder of the embedded database: what lies where, and who may read it."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Final

from gathertui.errors import StorageError

PRIVATE_FOLDER: Final = 0o700
PRIVATE_FILE: Final = 0o600


class DataFolder:
    """Paths in a data folder, and the small files that pass between our processes."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.store = self.path / "store"
        self.log = self.path / "database.log"
        self.config = self.path / "database.toml"
        self.password = self.path / "database.password"
        self.pid = self.path / "database.pid"
        self.runtime = self.path / "runtime.json"
        self.owner_lock = self.path / "owner.lock"
        self.database_lock = self.path / "database.lock"

    def create(self) -> None:
        """Make the folder, its store and the database's own settings. Raises `StorageError`."""
        try:
            self.path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            self.store.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            # Named on its command line, this keeps the database from looking for settings elsewhere.
            if not self.config.exists():
                self.config.write_text("# Empty on purpose: gathertui passes all settings as options.\n")
        except OSError as error:
            raise StorageError(
                f"The data folder {self.path} can't be used: {error.strerror}.",
                "Choose one that you may write to, with room on its disk.",
            ) from error

    def read_password(self) -> str | None:
        """The database user's password; None before that user exists, and for a store that was emptied."""
        if not self.password.exists() or not any(self.store.iterdir()):
            return None
        return self.password.read_text()

    def write_password(self, password: str) -> None:
        """Keep the password, once the database knows it."""
        _write_private(self.password, password)

    def write_runtime(self, pid: int, port: int) -> None:
        """Tell other commands where the running database is."""
        _write_private(self.runtime, json.dumps({"pid": pid, "port": port}))

    def read_running_port(self) -> int | None:
        """The running database's port; None while none is ready."""
        try:
            return int(json.loads(self.runtime.read_text())["port"])
        except FileNotFoundError:
            return None

    def forget_runtime(self) -> None:
        """Nothing runs here any more, or not yet."""
        self.runtime.unlink(missing_ok=True)

    def read_pid(self) -> int | None:
        """The process id of the database started last; None where none was."""
        try:
            return int(self.pid.read_text())
        except (FileNotFoundError, ValueError):
            return None


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all, and for good."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
