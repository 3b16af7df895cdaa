"""Both storages for the contract tests, and a watch on what they ask of MongoDB.

`MONGODB_URI` names a server to test against, in a database of its own that is
dropped afterwards; without it the embedded database runs for the session.
"""

import importlib.util
import os
import secrets

import pytest
import pytest_asyncio
from pymongo import monitoring

from gathertui_server.storage import memory
from gathertui_server.storage.embedded.database import EmbeddedDatabase
from gathertui_server.storage.mongo.accounts import MongoAccountStore, MongoSessionStore
from gathertui_server.storage.mongo.database import driver_errors
from gathertui_server.storage.mongo.invites import MongoInviteStore
from gathertui_server.storage.mongo.messages import MongoMessageStore
from gathertui_server.storage.mongo.schema import ACCOUNTS, CHANNELS, INVITES, MESSAGES, SESSIONS, connect

COLLECTIONS = (ACCOUNTS, CHANNELS, INVITES, MESSAGES, SESSIONS)
FIND_AND_MODIFY_ALLOWED_ON: frozenset[str] = frozenset()


class CommandWatch(monitoring.CommandListener):
    """Notes every command sent, and those that a standalone or the embedded database is no good at."""

    def __init__(self):
        self.seen = set()
        self.banned = []

    def started(self, event):
        self.seen.add(event.command_name)
        command = event.command
        stages = [stage for stage in command.get("pipeline", ()) if "$changeStream" in stage]
        collection = command.get(event.command_name)
        if (
            "startTransaction" in command
            or stages
            or (event.command_name == "findAndModify" and collection not in FIND_AND_MODIFY_ALLOWED_ON)
        ):
            self.banned.append(event.command_name)

    def succeeded(self, event):
        pass

    def failed(self, event):
        pass


WATCH = CommandWatch()
monitoring.register(WATCH)


@pytest.fixture
def command_watch():
    return WATCH


@pytest.fixture(autouse=True)
def nothing_banned_is_asked():
    yield
    banned, WATCH.banned = WATCH.banned, []
    assert not banned


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mongodb_uri(tmp_path_factory):
    given = os.environ.get("MONGODB_URI")
    if given:
        yield given
        return
    if importlib.util.find_spec("secantus") is None:
        missing = "neither MONGODB_URI nor the embedded database is there: install gathertui[embedded]"
        if os.environ.get("GATHERTUI_REQUIRE_ALL") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    async with EmbeddedDatabase(tmp_path_factory.mktemp("contracts")) as database:
        yield database.uri


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database_name(mongodb_uri):
    name = f"gathertui_contracts_{secrets.token_hex(4)}"
    yield name
    database = await connect(mongodb_uri, name)
    await database.drop()
    await database.close()


@pytest.fixture
async def database(mongodb_uri, database_name):
    opened = await connect(mongodb_uri, database_name)
    with driver_errors():
        for collection in COLLECTIONS:
            await opened.collection(collection).delete_many({})
    yield opened
    await opened.close()


@pytest.fixture(params=["memory", "mongo"])
def stores(request):
    """How to make a port's store: give the memory and the MongoDB class, get one on the storage under test."""
    if request.param == "memory":
        return lambda in_memory, _in_mongo: in_memory()
    database = request.getfixturevalue("database")
    return lambda _in_memory, in_mongo: in_mongo(database)


@pytest.fixture
def accounts(stores):
    return stores(memory.MemoryAccountStore, MongoAccountStore)


@pytest.fixture
def sessions(stores):
    return stores(memory.MemorySessionStore, MongoSessionStore)


@pytest.fixture
def invites(stores):
    return stores(memory.MemoryInviteStore, MongoInviteStore)


@pytest.fixture
def messages(stores):
    return stores(memory.MemoryMessageStore, MongoMessageStore)
