"""The ways into an office: a kept sign-in, a password, an invite."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from gathertui.client.credentials import Credentials
from gathertui.client.media.port import MakeMedia
from gathertui.client.office import OfficeClient
from gathertui.client.profile import Profile
from gathertui.errors import Code, CredentialsError, GathertuiError, Refused
from gathertui.protocol.base import ConnectionKind

MakeClient = Callable[[str, str, str], OfficeClient]
"""Makes a client of a server's address, the device id and a token, which may be empty."""


class Entry(NamedTuple):
    """Somebody came in. `note` is something that they should know, or empty."""

    client: OfficeClient
    note: str


def make_view(server: str, device: str, token: str, media: MakeMedia | None = None) -> OfficeClient:
    """Return a client that draws the office, with sound and picture where `media` makes them.

    Raises `UsageError` where `server` is no address.
    """
    return OfficeClient(server, kind=ConnectionKind.VIEW, device=device, token=token, media=media)


class Entrance:
    """Signs one person in, keeps the sign-in for the next time, and brings them into the room.

    `chosen` is the server that was asked for, None for the last one.
    """

    def __init__(self, profile: Profile, chosen: str | None = None, *, make_client: MakeClient = make_view) -> None:
        self._profile = profile
        self._credentials = Credentials(profile)
        self._chosen = chosen
        self._make_client = make_client

    def server(self) -> str:
        """Return the address to begin with, empty where none is known. Raises `UsageError`, `CredentialsError`."""
        return self._profile.find_server(self._chosen) or ""

    async def resume(self) -> Entry | None:
        """Come in with the kept sign-in; None where there is none.

        Raises what `OfficeClient.connect` and `enter` raise, and `Refused` where
        the sign-in is no good any more.
        """
        server = self.server()
        token = await self._credentials.load(server) if server else ""
        if not token:
            return None
        client = self._make_client(server, self._profile.device(), token)

        async def sign_in() -> None:
            if await client.connect() is None:
                await self._forget_quietly(client.server)
                raise client.refusal or _no_sign_in()

        await self._enter(client, sign_in)
        return Entry(client, "")

    async def log_in(self, server: str, name: str, password: str) -> Entry:
        """Come in with a password. Raises `GathertuiError`s whose text is for the person."""
        client = self._make_client(server, self._profile.device(), "")
        await self._enter(client, lambda: client.log_in(name, password))
        return Entry(client, await self._keep(client))

    async def sign_up(self, server: str, name: str, password: str, invite: str) -> Entry:
        """Make an account and come in. Raises `GathertuiError`s whose text is for the person."""
        client = self._make_client(server, self._profile.device(), "")
        await self._enter(client, lambda: client.sign_up(name, password, invite))
        return Entry(client, await self._keep(client))

    async def log_out(self, client: OfficeClient) -> None:
        """End the sign-in, here and at the server where it can be reached. Raises `CredentialsError`."""
        try:
            # Whoever logs out while the server is away wants at least this machine to forget.
            with contextlib.suppress(GathertuiError):
                await client.log_out()
        finally:
            await client.close()
        await self._credentials.forget(client.server)

    async def forget(self, client: OfficeClient) -> None:
        """The sign-in has ended elsewhere: keep it no longer."""
        await self._forget_quietly(client.server)

    async def _forget_quietly(self, server: str) -> None:
        # A token that no server takes does no harm where it is.
        with contextlib.suppress(CredentialsError):
            await self._credentials.forget(server)

    async def _enter(self, client: OfficeClient, sign_in: Callable[[], Awaitable[object]]) -> None:
        """Sign in and come into the room; a client that doesn't get there is closed."""
        try:
            await sign_in()
            await client.enter()
            await client.listen()
        except BaseException:
            await client.close(goodbye=False)
            raise

    async def _keep(self, client: OfficeClient) -> str:
        try:
            self._profile.remember_server(client.server)
            return await self._credentials.save(client.server, client.token)
        except CredentialsError as error:
            return str(error)


def _no_sign_in() -> Refused:
    return Refused(Code.NOT_SIGNED_IN, "The kept sign-in is no good any more.", "Log in again.")
