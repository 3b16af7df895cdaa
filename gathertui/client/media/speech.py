"""Whether you speak, for the server: it carries the conversations of those who do before those of others.

Much slower than what shows on the screen: a cough is no speech, and a pause for breath is no end of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

ENOUGH_SECONDS: Final = 1.0
"""So much voice within `WINDOW_SECONDS` is speech."""

WINDOW_SECONDS: Final = 2.0

SILENCE_SECONDS: Final = 5.0
"""After so long without a voice it is over."""

_SOON: Final = 0.1  # what is less than this away is not waited for more exactly
_NAP_SECONDS: Final = 1.0  # no longer: what is due may come sooner meanwhile


class Speech:
    """Tells speech from when there is a voice and when there isn't. `now` is in seconds, of any clock.

    It begins a second of voice after it ended at the earliest, and so changes once a second at most.
    """

    def __init__(self) -> None:
        self.is_on = False
        self.due: float | None = None
        """When to `update` next, for a change comes then if nothing happens before; None: none will."""
        self._since: float | None = None  # there is a voice
        self._voiced: list[tuple[float, float]] = []  # from, until: what there was in the window before that
        self._heard_at = 0.0

    def hear(self, voice: bool, now: float) -> None:
        """There is a voice now, or none."""
        if voice and self._since is None:
            self._since = now
        elif not voice and self._since is not None:
            self._voiced.append((self._since, now))
            self._since = None
            self._heard_at = now
        self.update(now)

    def update(self, now: float) -> None:
        """Bring `is_on` up to date."""
        self._voiced = [(start, end) for start, end in self._voiced if end > now - WINDOW_SECONDS]
        silent = self._since is None
        missing = ENOUGH_SECONDS - self._voice(now)
        over = self._heard_at + SILENCE_SECONDS
        self.is_on = missing <= 0.0 or (self.is_on and (not silent or now < over))
        if self.is_on:
            self.due = over if silent else None
        else:
            self.due = None if silent else now + max(missing, _SOON)

    def end(self) -> None:
        """The microphone is off."""
        self.is_on, self.due, self._since = False, None, None
        self._voiced.clear()

    def _voice(self, now: float) -> float:
        """Seconds of voice in the window."""
        begin = now - WINDOW_SECONDS
        voiced = sum(end - max(start, begin) for start, end in self._voiced)
        return voiced if self._since is None else voiced + now - max(self._since, begin)


class SpeechWatch:
    """Watches your voice while there is something to watch. `changed` is called when `is_on` is another than before."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        changed: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._changed = changed
        self._speech = Speech()
        self._awaits = asyncio.Event()

    @property
    def is_on(self) -> bool:
        """Whether you speak."""
        return self._speech.is_on

    def hear(self, voice: bool) -> None:
        """There is a voice now, or none."""
        before = self._speech.is_on
        self._speech.hear(voice, self._clock())
        self._follow(before)

    def end(self) -> None:
        """The microphone is off: nothing is on any more, and nobody needs to be told that."""
        self._speech.end()

    async def run(self) -> None:
        """Look again when something is due, until cancelled."""
        while True:
            await self._awaits.wait()
            self._awaits.clear()
            while (due := self._speech.due) is not None:
                await self._sleep(min(max(due - self._clock(), 0.0), _NAP_SECONDS))
                before = self._speech.is_on
                self._speech.update(self._clock())
                self._follow(before)

    def _follow(self, before: bool) -> None:
        if self._speech.due is not None:
            self._awaits.set()
        if self._speech.is_on is not before:
            self._changed()
