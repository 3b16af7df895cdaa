"""Who is in the office: what the server's stores are filled with, and what the clients sign in by."""

from __future__ import annotations


def name(number: int) -> str:
    """Return the name of person `number`."""
    return f"person{number:05}"


def account_id(number: int) -> str:
    """Return the account's id, as long as a real one."""
    return f"{number:024x}"


def token(number: int) -> str:
    """Return the session token, as long as a real one."""
    return f"{number:043}"


def device(number: int) -> str:
    """Return the id of the device that the person sits at."""
    return f"device-{number:05}"
