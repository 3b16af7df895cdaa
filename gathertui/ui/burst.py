"""Tells a key that somebody pressed from text that was thrown at the terminal.

A terminal without bracketed paste delivers a paste as keys, and there each
letter would be a command. So a letter acts when it has been alone for a moment;
different letters that follow each other faster than fingers can are text.
"""

from __future__ import annotations

from typing import Final

BURST_SECONDS: Final = 0.03


class BurstFilter:
    """Decides about the printable keys of one keyboard. Times are in seconds, of any clock."""

    def __init__(self) -> None:
        self._held: list[tuple[str, float]] = []
        self._last = 0.0
        self._text_came = False

    def is_bursting(self, now: float) -> bool:
        """Whether text is coming in."""
        return self._text_came and now - self._last < BURST_SECONDS

    def end(self) -> bool:
        """Whether text came in since the last call."""
        came, self._text_came = self._text_came, False
        return came

    def press(self, character: str, now: float) -> str:
        """Take a key. Returns what turned out to be text; empty where the key waits for `release`."""
        if self.is_bursting(now):
            self._last = now
            return character
        if any(held != character and now - then < BURST_SECONDS for held, then in self._held):
            text = "".join(held for held, _ in self._held) + character
            self._held.clear()
            self._text_came, self._last = True, now
            return text
        self._held.append((character, now))
        return ""

    def release(self, now: float) -> list[str]:
        """Return the keys that have been alone for long enough to act, in order."""
        due = [character for character, then in self._held if now - then >= BURST_SECONDS]
        del self._held[: len(due)]
        return due

    def release_all(self) -> list[str]:
        """Return the keys that wait, because a key came that is no text."""
        due = [character for character, _ in self._held]
        self._held.clear()
        return due

    def wait(self, now: float) -> float | None:
        """Seconds until `release` has something, or the burst is over; None where nothing is going on."""
        if self._held:
            return max(0.0, self._held[0][1] + BURST_SECONDS - now)
        return max(0.0, self._last + BURST_SECONDS - now) if self.is_bursting(now) else None
