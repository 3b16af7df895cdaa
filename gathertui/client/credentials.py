"""Keeps the token that signs in: in the system's keyring, or in a private file where there is none."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol, TypeVar

from gathertui.client.profile import Profile, read_object, write_private
from gathertui.errors import CredentialsError

KEYRING_SECONDS: Final = 3.0
"""How long a keyring may take; a locked one may wait for somebody at a screen who isn't there."""

_SERVICE: Final = "gathertui"
_FILE: Final = "credentials.json"

T = TypeVar("T")


class _NoKeyring(Exception):
    """There is no keyring, or it doesn't answer."""


class _Keyring(Protocol):
    """The part of the `keyring` module that is used here."""

    def get_password(self, service_name: str, username: str) -> str | None: ...
    def set_password(self, service_name: str, username: str, password: str) -> None: ...
    def delete_password(self, service_name: str, username: str) -> None: ...


class Credentials:
    """The kept sign-ins of one person: an entry for each server and device."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._path: Path = profile.folder / _FILE

    async def load(self, server: str) -> str:
        """Return the token for a server, or an empty text. `GATHERTUI_TOKEN` comes first. Raises `CredentialsError`."""
        token = os.environ.get("GATHERTUI_TOKEN")
        if token:
            return token
        # The file is asked first: where it has an entry, the keyring failed before and would only cost time.
        token = read_object(self._path).get(self._entry(server))
        if token:
            return token
        with contextlib.suppress(_NoKeyring):
            return await self._ask_keyring(lambda keyring: keyring.get_password(_SERVICE, self._entry(server))) or ""
        return ""

    async def save(self, server: str, token: str) -> str:
        """Keep a token. Returns what to tell the person about where, or an empty text. Raises `CredentialsError`."""
        try:
            await self._ask_keyring(lambda keyring: keyring.set_password(_SERVICE, self._entry(server), token))
            # Some backends take a secret and keep none.
            if await self._ask_keyring(lambda keyring: keyring.get_password(_SERVICE, self._entry(server))) != token:
                raise _NoKeyring
        except _NoKeyring:
            self._write({**read_object(self._path), self._entry(server): token})
            return f"There is no keyring here, so your sign-in is kept in {self._path}, readable by you alone."
        self._remove_from_file(server)
        return ""

    async def forget(self, server: str) -> None:
        """Remove a server's token wherever it is kept. Raises `CredentialsError`."""
        self._remove_from_file(server)
        with contextlib.suppress(_NoKeyring):
            await self._ask_keyring(lambda keyring: keyring.delete_password(_SERVICE, self._entry(server)))

    def _entry(self, server: str) -> str:
        return f"{server} {self._profile.device()}"

    def _remove_from_file(self, server: str) -> None:
        kept = read_object(self._path)
        if kept.pop(self._entry(server), None) is not None:
            self._write(kept)

    def _write(self, kept: dict[str, str]) -> None:
        try:
            write_private(self._path, json.dumps(kept))
        except OSError as error:
            raise CredentialsError(
                f"The sign-in can't be kept: {self._path}: {error.strerror}.",
                "GATHERTUI_CONFIG_DIR names another folder.",
            ) from error

    async def _ask_keyring(self, ask: Callable[[_Keyring], T]) -> T:
        """Return what the keyring says. Raises `_NoKeyring`.

        In a daemon thread of its own: one that hangs must not keep the program from ending.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def settle(act: Callable[[], None]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be gone by then
                loop.call_soon_threadsafe(lambda: None if answer.done() else act())

        def work() -> None:
            try:
                import keyring

                value = ask(keyring)
            except Exception as error:  # backends raise whatever their platform does
                failure = _NoKeyring(str(error))
                settle(lambda: answer.set_exception(failure))
            else:
                settle(lambda: answer.set_result(value))

        threading.Thread(target=work, name="keyring", daemon=True).start()
        try:
            async with asyncio.timeout(KEYRING_SECONDS):
                return await answer
        except TimeoutError:
            raise _NoKeyring("the keyring does not answer") from None
