"""Epoch seconds as the database's dates, which its expiry sweep needs."""

from __future__ import annotations

from datetime import UTC, datetime


def to_instant(seconds: int) -> datetime:
    """Epoch seconds as an aware UTC time."""
    return datetime.fromtimestamp(seconds, UTC)


def from_instant(instant: datetime) -> int:
    """An aware time as epoch seconds."""
    return int(instant.timestamp())
