"""The connection to MongoDB, and the one place where the driver's errors become ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import ConfigurationError, DuplicateKeyError, OperationFailure, PyMongoError

from gathertui.errors import DatabaseUnavailable, StorageError, UsageError

Document = dict[str, Any]

DEFAULT_NAME: Final = "gathertui"

SELECTION_TIMEOUT_MS: Final = 5_000
CONNECT_TIMEOUT_MS: Final = 5_000
POOL_TIMEOUT_MS: Final = 5_000
SOCKET_TIMEOUT_MS: Final = 30_000

_NOT_LET_IN: Final = frozenset({13, 18})
"""MongoDB's codes Unauthorized and AuthenticationFailed."""


class Database:
    """One database on one server. Made by `gathertui_server.storage.mongo.schema.connect`.

    Raises `UsageError` for a URI that makes no sense.
    """

    def __init__(self, uri: str, name: str | None = None) -> None:
        try:
            self._client: AsyncMongoClient[Document] = AsyncMongoClient(
                uri,
                appname="gathertui",
                tz_aware=True,
                w="majority",
                journal=True,
                serverSelectionTimeoutMS=SELECTION_TIMEOUT_MS,
                connectTimeoutMS=CONNECT_TIMEOUT_MS,
                waitQueueTimeoutMS=POOL_TIMEOUT_MS,
                socketTimeoutMS=SOCKET_TIMEOUT_MS,
                # Streaming adds a second connection a server, which leaks if we close while it is being made.
                serverMonitoringMode="poll",
            )
        except (ConfigurationError, ValueError) as error:
            raise _broken_uri(error) from error
        self.name = name or self._client.get_default_database(DEFAULT_NAME).name

    def collection(self, name: str) -> AsyncCollection[Document]:
        """A collection of this database. Use it inside `driver_errors`."""
        return self._client[self.name][name]

    async def ping(self) -> None:
        """Return once the server answers and lets us in. Raises `DatabaseUnavailable`."""
        with driver_errors():
            await self._client[self.name].command("ping")

    async def drop(self) -> None:
        """Delete the whole database."""
        with driver_errors():
            await self._client.drop_database(self.name)

    async def close(self) -> None:
        """Close the connections. The database can't be used afterwards."""
        await self._client.close()


@contextmanager
def driver_errors() -> Iterator[None]:
    """Turn the driver's errors into `StorageError`s, except `DuplicateKeyError`, which is an answer."""
    try:
        yield
    except DuplicateKeyError:
        raise
    except ConfigurationError as error:
        raise _broken_uri(error) from error
    except OperationFailure as error:
        if error.code in _NOT_LET_IN:
            raise DatabaseUnavailable(
                "The database doesn't let gathertui in.", "Check the name and the password in MONGODB_URI."
            ) from error
        raise StorageError(f"The database refused a request (code {error.code}).") from error
    except PyMongoError as error:
        raise DatabaseUnavailable(
            f"The database doesn't answer ({type(error).__name__}).", "Check that it runs and can be reached."
        ) from error


def _broken_uri(error: Exception) -> UsageError:
    return UsageError(f"MONGODB_URI can't be used: {error}.", "It looks like mongodb://host:27017/name.")
