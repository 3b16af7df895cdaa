"""The MongoDB storage's own promises: its indexes, its refusals, and what it never asks for."""

import pytest

from gathertui.errors import DatabaseUnavailable, StorageError, UsageError
from gathertui_server.chat.service import Chat
from gathertui_server.storage.mongo.database import driver_errors
from gathertui_server.storage.mongo.messages import MongoMessageStore
from gathertui_server.storage.mongo.schema import INDEXES, META, SCHEMA_VERSION, connect


async def test_every_declared_index_is_there(database):
    for collection, indexes in INDEXES.items():
        with driver_errors():
            there = await database.collection(collection).index_information()
        for index in indexes:
            declared = index.document
            assert there[declared["name"]].get("unique", False) == declared.get("unique", False)
            assert dict(there[declared["name"]]["key"]) == dict(declared["key"])


async def test_documents_carry_the_schema_version(database):
    chat = Chat(MongoMessageStore(database), publish=lambda message: None)
    await chat.start()
    await chat.post("general", "a1", "Ada", "hi", "c1")
    with driver_errors():
        for collection in ("channels", "messages"):
            assert (await database.collection(collection).find_one({}))["v"] == SCHEMA_VERSION


async def test_writes_wait_for_the_journal_of_the_majority(database):
    assert database.collection("messages").write_concern.document == {"w": "majority", "j": True}


async def test_data_of_a_newer_version_is_left_alone(database, mongodb_uri, database_name):
    with driver_errors():
        await database.collection(META).update_one({"_id": "schema"}, {"$set": {"v": SCHEMA_VERSION + 1}})
    try:
        with pytest.raises(StorageError, match="newer gathertui"):
            await connect(mongodb_uri, database_name)
    finally:
        with driver_errors():
            await database.collection(META).update_one({"_id": "schema"}, {"$set": {"v": SCHEMA_VERSION}})


async def test_a_wrong_password_is_said(mongodb_uri):
    if "@" not in mongodb_uri:
        pytest.skip("this server lets everybody in")
    scheme, _, rest = mongodb_uri.partition("://")
    wrong = f"{scheme}://gathertui:wrong@{rest.rpartition('@')[2]}"
    with pytest.raises(DatabaseUnavailable, match="doesn't let gathertui in"):
        await connect(wrong)


@pytest.mark.parametrize("uri", ["http://localhost:27017", "mongodb://localhost:port", "mongodb://"])
async def test_a_broken_uri_is_said(uri):
    with pytest.raises(UsageError, match="MONGODB_URI"):
        await connect(uri)


async def test_a_server_that_does_not_answer_is_said(monkeypatch):
    monkeypatch.setattr("gathertui_server.storage.mongo.database.SELECTION_TIMEOUT_MS", 100)
    with pytest.raises(DatabaseUnavailable, match="doesn't answer"):
        await connect("mongodb://127.0.0.1:1")


async def test_the_watch_on_commands_sees_what_is_sent(database, command_watch):
    """The ban on transactions and change streams is checked after every test here; this one checks the check."""
    await database.ping()
    assert "ping" in command_watch.seen
    with driver_errors():
        await database.collection("probe").find_one_and_update({"_id": 1}, {"$set": {"n": 1}}, upsert=True)
    assert command_watch.banned == ["findAndModify"]
    command_watch.banned.clear()
