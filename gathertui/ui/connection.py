"""How the connection is, in words for the two lines that tell it."""

from __future__ import annotations

import math

from gathertui.client.model import ConnectionState
from gathertui.client.office import OfficeClient


class ConnectionWatch:
    """Remembers why the connection went, and counts down to the next attempt. Times are in seconds, of one clock."""

    def __init__(self, client: OfficeClient) -> None:
        self._client = client
        self._reason = ""
        self._retry_at: float | None = None

    @property
    def is_online(self) -> bool:
        """Whether steps and messages go through now."""
        return self._client.model.state is ConnectionState.ONLINE

    def lose(self, reason: str, retry_in: float | None, now: float) -> None:
        """The connection is down. `retry_in` is in seconds, None where no attempt is planned."""
        self._reason = reason or self._reason
        self._retry_at = None if retry_in is None else now + retry_in

    def status(self, now: float) -> str:
        """A word or two for the top bar; empty where all is well and nothing is known."""
        if not self.is_online:
            seconds = self._seconds_left(now)
            return f"reconnecting in {seconds} s" if seconds else "reconnecting"
        latency = self._client.latency
        return "" if latency is None else f"{max(1, round(latency * 1000))} ms"

    def explanation(self, now: float) -> str:
        """Sentences for the context line, while the connection is down; the most important first, for it may be cut."""
        seconds = self._seconds_left(now)
        when = f"in {seconds} s" if seconds else "now"
        return f"No connection, trying again {when}. What you write is sent then. {self._reason}".rstrip()

    def _seconds_left(self, now: float) -> int:
        return 0 if self._retry_at is None else max(0, math.ceil(self._retry_at - now))
