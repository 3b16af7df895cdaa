"""The bench's end of the line to a process that it started."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

Answer = dict[str, Any]

_BENCH = Path(__file__).resolve().parents[1]
_STOP_SECONDS = 15.0


class ChildFailed(Exception):
    """A process ended or fell silent; what it had to say about that is on standard error."""


class Child(AbstractContextManager["Child"]):
    """A Python module that runs as a process of its own and obeys `orders`. It ends with the context, or with us."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._module = module
        self._unread = b""
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(_BENCH), *sys.path[1:]])}
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the bench, which ends its children in order
            bufsize=0,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(1.0 if kind is not None else _STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            process.stdout.close()

    def order(self, do: str, **more: object) -> None:
        """Give an order; its answer is to be read."""
        assert self._process.stdin is not None
        line = memoryview(msgspec.json.encode({"do": do, **more}) + b"\n")
        try:
            while line:
                line = line[self._process.stdin.write(line) :]
        except BrokenPipeError:
            raise ChildFailed(f"{self._module} has ended.") from None

    def read(self, seconds: float) -> Answer:
        """Return the next answer. Raises `ChildFailed` where none comes in time."""
        assert self._process.stdout is not None
        deadline = time.monotonic() + seconds
        pieces = [self._unread]
        while b"\n" not in pieces[-1]:
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise ChildFailed(f"{self._module} gave no answer within {seconds:.0f} s.")
            piece = os.read(self._process.stdout.fileno(), 1 << 20)
            if not piece:
                raise ChildFailed(f"{self._module} has ended.")
            pieces.append(piece)
        line, _, self._unread = b"".join(pieces).partition(b"\n")
        answer: Answer = msgspec.json.decode(line)
        return answer

    def ask(self, do: str, *, within: float = 20.0, **more: object) -> Answer:
        """Give an order and return its answer."""
        self.order(do, **more)
        return self.read(within)
