"""Threads for what may block for long, that nobody waits for when the program ends.

`asyncio.run` waits without limit for the threads of the loop's default executor,
and so does Python when it exits. There, names of servers are looked up, devices
are listed and libraries imported: a name server that is dead or a driver that
hangs would keep whoever leaves for half a minute, or for ever.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class DaemonExecutor(ThreadPoolExecutor):
    """A thread for each piece of work, so that none waits behind others that hang. (The loop wants this class.)"""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Have the work done."""
        future: Future[R] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=work, name="gathertui work", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for nothing."""
