"""How long gathertui takes to start: the import of its commands, and `gathertui --version`.

Prints one line of JSON a figure: seconds of wall time of a whole process, the
median, least and most of ten runs. `python -c pass` is what any Python costs.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 10
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import gathertui.cli.main": [sys.executable, "-c", "import gathertui.cli.main"],
    "gathertui --version": [str(Path(sys.executable).with_name("gathertui")), "--version"],
}


def seconds(command: list[str]) -> float:
    """Return the wall time of one run of `command`."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Run each command once to warm the disk's cache, then measure."""
    for figure, command in COMMANDS.items():
        seconds(command)
        times = [seconds(command) for _ in range(RUNS)]
        line = {
            "bench": "startup",
            "figure": figure,
            "unit": "s",
            "runs": RUNS,
            "median": round(statistics.median(times), 4),
            "min": round(min(times), 4),
            "max": round(max(times), 4),
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
