"""Pixels over a canvas's cells."""

from __future__ import annotations

from collections.abc import Callable


class Overlay:
    """The bytes that draw what lies over a canvas, and those that take it off again.

    The cells below are drawn before it. What writes over them makes it due again.
    """

    def __init__(self) -> None:
        self._data = b""
        self._erase: Callable[[], bytes] | None = None
        self._is_due = False
        self._left_over = b""

    @property
    def is_laid(self) -> bool:
        """Whether there is something to lie over the cells."""
        return self._erase is not None

    def lay(self, data: bytes, erase: Callable[[], bytes]) -> None:
        """Have this drawn, instead of what was there; `erase` returns what takes it off."""
        self._data, self._erase, self._is_due = data, erase, True

    def lose(self) -> None:
        """Something was written over it."""
        self._is_due = self.is_laid

    def lift(self) -> None:
        """Take it off."""
        if self._erase is not None:
            self._left_over += self._erase()
        self._data, self._erase, self._is_due = b"", None, False

    def take(self) -> bytes:
        """Return what draws it, if it is due, and take it that it is drawn."""
        data, self._is_due = self._data if self._is_due else b"", False
        return data

    def take_left_over(self) -> bytes:
        """Return what takes off that which was lifted, once."""
        left_over, self._left_over = self._left_over, b""
        return left_over
