"""The embedded database's life: who owns a data folder, its user, starting and stopping."""

from __future__ import annotations

import asyncio
import importlib.util
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from gathertui.errors import DatabaseMissing, DatabaseUnavailable, DataFolderLocked
from gathertui_server.storage.embedded.folder import DataFolder
from gathertui_server.storage.embedded.locks import ProcessLock
from gathertui_server.storage.embedded.process import READY_WITHIN, DatabaseProcess, launch
from gathertui_server.storage.embedded.shim import PROGRAM
from gathertui_server.storage.mongo.database import Document, driver_errors

USER: Final = "gathertui"
ROLES: Final = [{"role": role, "db": "admin"} for role in ("readWriteAnyDatabase", "dbAdminAnyDatabase")]

_USER_EXISTS: Final = 51003
ATTACH_POLL: Final = 0.05


class EmbeddedDatabase:
    """A database in `data_folder` that runs from `start` to `stop`, or as long as this process.

        async with EmbeddedDatabase(folder) as database:
            connect(database.uri)

    One process at a time owns a data folder.
    """

    def __init__(self, data_folder: Path) -> None:
        self._folder = DataFolder(data_folder)
        self._ownership = ProcessLock(self._folder.owner_lock)
        self._process: DatabaseProcess | None = None
        self._password = ""

    @property
    def uri(self) -> str:
        """Where the running database is, with the password: never to be shown or logged."""
        if self._process is None:
            raise DatabaseUnavailable("The embedded database isn't running.")
        return _uri(self._process.port, self._password)

    async def start(self) -> None:
        """Start the database, for the first time with a new user and password.

        Raises `DatabaseMissing` where it isn't installed, `DataFolderLocked` where
        another process owns the folder, `DatabaseUnavailable` where it doesn't come
        up, `StorageError` where the folder can't be used.
        """
        _require_program()
        self._folder.create()
        if not self._ownership.try_acquire():
            raise DataFolderLocked(
                f"Another gathertui server uses the data folder {self._folder.path}.",
                "Stop that one first, or give this one another data folder.",
            )
        try:
            self._folder.forget_runtime()
            self._password = self._folder.read_password() or await self._create_user()
            self._process = await launch(self._folder, "--auth")
            self._folder.write_runtime(self._process.pid, self._process.port)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop the database, if it runs, and let the folder go."""
        if not self._ownership.held:
            return
        process, self._process = self._process, None
        try:
            self._folder.forget_runtime()
            if process is not None:
                await process.end()
        finally:
            self._ownership.release()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _create_user(self) -> str:
        """Run the database without authentication just long enough to make our user; its password."""
        password = secrets.token_urlsafe(32)
        process = await launch(self._folder, grace=0)
        try:
            await _set_password(process.port, password)
        finally:
            await process.end()
        # Written last: without this file the next start makes the password anew.
        self._folder.write_password(password)
        return password


@asynccontextmanager
async def attach_or_start(data_folder: Path) -> AsyncIterator[str]:
    """The URI of the folder's database: the running one's, else of one that is started for the moment.

    Raises what `EmbeddedDatabase.start` raises; `DataFolderLocked` only where the
    folder's owner doesn't get its database ready within a minute.
    """
    database = EmbeddedDatabase(data_folder)
    try:
        yield await _start_or_find(database, DataFolder(data_folder))
    finally:
        await database.stop()


async def _start_or_find(database: EmbeddedDatabase, folder: DataFolder) -> str:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + READY_WITHIN
    while True:
        try:
            await database.start()
        except DataFolderLocked:
            port, password = folder.read_running_port(), folder.read_password()
            if port is not None and password is not None:
                return _uri(port, password)
            if loop.time() >= deadline:
                raise
        else:
            return database.uri
        await asyncio.sleep(ATTACH_POLL)


async def _set_password(port: int, password: str) -> None:
    """Make our user, or give it a new password where an earlier attempt made it."""
    client: AsyncMongoClient[Document] = AsyncMongoClient("127.0.0.1", port, directConnection=True)
    concern = {"w": 1, "j": True}
    try:
        with driver_errors():
            try:
                await client.admin.command("createUser", USER, pwd=password, roles=ROLES, writeConcern=concern)
            except OperationFailure as error:
                if error.code != _USER_EXISTS:
                    raise
                await client.admin.command("updateUser", USER, pwd=password, roles=ROLES, writeConcern=concern)
    finally:
        await client.close()


def _require_program() -> None:
    if importlib.util.find_spec(PROGRAM) is None:
        raise DatabaseMissing(
            "The embedded database isn't installed.",
            'Install it with pip install "gathertui[embedded]", or set MONGODB_URI to a MongoDB server.',
        )


def _uri(port: int, password: str) -> str:
    return f"mongodb://{USER}:{password}@127.0.0.1:{port}/?authSource=admin&directConnection=true"
