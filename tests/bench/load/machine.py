"""What a process uses of the machine, and how late its loop is."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import time
from pathlib import Path

PROBE_SECONDS = 0.01

_STATM = Path("/proc/self/statm")
_SCHEDULED = Path("/proc/self/schedstat")


def cpu_seconds() -> float:
    """Return the CPU seconds of the whole process so far, in the kernel too."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def waited_seconds() -> float:
    """Return how long the process's first thread was ready to run so far but others had the cores; 0 if unknown."""
    return int(_SCHEDULED.read_text().split()[1]) / 1e9 if _SCHEDULED.exists() else 0.0


def rss_bytes() -> int:
    """Return the memory that the process holds now; where the system doesn't say, the most it ever held."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def open_files_limit() -> int:
    """Return how many files a process may have open if it asks for as many as it may."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def raise_open_files_limit() -> None:
    """Allow this process as many open files as it may have."""
    hard = open_files_limit()
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class LagProbe:
    """A timer every ten milliseconds that notes how late it came."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._due = 0.0
        self.late: list[float] = []
        self._schedule()

    def _schedule(self) -> None:
        # Not `loop.time()`, which uvloop keeps for a whole turn of the loop: a turn that takes long must show.
        self._due = time.perf_counter() + PROBE_SECONDS
        self._loop.call_later(PROBE_SECONDS, self._run)

    def _run(self) -> None:
        # uvloop's timers have a millisecond's grain.
        self.late.append(max(0.0, time.perf_counter() - self._due - 0.001))
        self._schedule()
