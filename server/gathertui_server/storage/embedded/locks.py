"""A lock between processes that ends with the process that holds it, however that dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class ProcessLock:
    """An exclusive lock on a file, which is made if missing and left behind."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def try_acquire(self) -> bool:
        """Take the lock without waiting; False while another holder has it. Raises OSError for a bad path."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _try_lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def inherited(self) -> tuple[int, ...]:
        """Descriptors for `pass_fds`: on POSIX a child that has them holds the lock, too, while it lives."""
        return () if self._descriptor is None or sys.platform == "win32" else (self._descriptor,)

    def release(self) -> None:
        """Let go, if held. Children that inherited the lock still hold it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
