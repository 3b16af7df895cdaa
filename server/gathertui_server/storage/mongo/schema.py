"""Every collection and index, in one place, and the door to a database that has them."""

from __future__ import annotations

import asyncio
from typing import Final

from pymongo import ASCENDING, IndexModel

from gathertui.errors import DatabaseUnavailable, StorageError
from gathertui_server.storage.mongo.database import Database, driver_errors

SCHEMA_VERSION: Final = 1
"""Written as `v` into every document, and into `meta` for the database as a whole."""

ACCOUNTS: Final = "accounts"
SESSIONS: Final = "sessions"
INVITES: Final = "invites"
CHANNELS: Final = "channels"
MESSAGES: Final = "messages"
META: Final = "meta"

INDEXES: Final[dict[str, list[IndexModel]]] = {
    # _id: the account's id
    ACCOUNTS: [
        IndexModel([("name_key", ASCENDING)], name="name_key", unique=True),
        IndexModel([("role", ASCENDING)], name="role"),
    ],
    # _id: the token's hash. The sweep only tidies: expiry is checked where a session is used.
    SESSIONS: [
        IndexModel([("account_id", ASCENDING)], name="account_id"),
        IndexModel([("expires_at", ASCENDING)], name="expires_at", expireAfterSeconds=0),
    ],
    # _id: the code's hash
    INVITES: [
        IndexModel([("created_by", ASCENDING)], name="created_by"),
        IndexModel([("expires_at", ASCENDING)], name="expires_at", expireAfterSeconds=0),
    ],
    # _id: the channel's name
    CHANNELS: [],
    MESSAGES: [
        IndexModel([("channel", ASCENDING), ("seq", ASCENDING)], name="channel_seq", unique=True),
        IndexModel(
            [("channel", ASCENDING), ("author_id", ASCENDING), ("client_id", ASCENDING)],
            name="channel_author_client",
            unique=True,
        ),
    ],
}

LAST_KNOCK: Final = 0.05


async def connect(uri: str, name: str | None = None) -> Database:
    """A database that answers and has today's indexes.

    `name` is the database's; by default the one in `uri`, else "gathertui". Close
    it with `Database.close`. Raises `UsageError` for a broken URI,
    `DatabaseUnavailable` where nothing answers within some seconds or lets us in,
    and `StorageError` for data of a newer gathertui.
    """
    database = Database(uri, name)
    try:
        await database.ping()
        await _ensure_schema(database)
    except DatabaseUnavailable:
        # The driver is just knocking again; cancelled in the middle of that it would leave a socket open.
        await asyncio.sleep(LAST_KNOCK)
        await database.close()
        raise
    except BaseException:
        await database.close()
        raise
    return database


async def _ensure_schema(database: Database) -> None:
    with driver_errors():
        meta = database.collection(META)
        await meta.update_one({"_id": "schema"}, {"$setOnInsert": {"v": SCHEMA_VERSION}}, upsert=True)
        written = await meta.find_one({"_id": "schema"})
        if written and written["v"] > SCHEMA_VERSION:
            raise StorageError(
                "The database was written by a newer gathertui.", "Upgrade this one, or use another database."
            )
        for collection, indexes in INDEXES.items():
            if indexes:
                await database.collection(collection).create_indexes(indexes)
