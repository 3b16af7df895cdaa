"""Whether there is a shell that brings a stopped program back."""

from __future__ import annotations

import os
from pathlib import Path


def has_shell() -> bool:
    """Whether somebody waits for our process group to be stopped, as an interactive shell does.

    That is one in another group of the same session. POSIX calls a group without
    one orphaned: stopped, it would stay so for good.
    """
    try:
        group, session = os.getpgrp(), os.getsid(0)
        if group == session:  # whoever started this session is in another one
            return False
        ancestor = os.getppid()
        while os.getpgid(ancestor) == group:  # such as a `make` that the shell has started
            ancestor = _parent_of(ancestor)
        return os.getsid(ancestor) == session
    except OSError:
        return False


def _parent_of(process: int) -> int:
    """Return the parent of another process, the session's leader where the system doesn't tell. Raises OSError."""
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return os.getsid(process)
    return int(status.rpartition(")")[2].split()[1])  # the name before it may hold anything
