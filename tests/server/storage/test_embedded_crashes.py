"""However a server dies, its database goes with it, the folder starts again, and no acknowledged message is lost."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gathertui.errors import DatabaseUnavailable, DataFolderLocked
from gathertui_server.chat.service import Chat
from gathertui_server.storage.embedded.database import EmbeddedDatabase, attach_or_start
from gathertui_server.storage.embedded.folder import DataFolder
from gathertui_server.storage.mongo.messages import MongoMessageStore
from gathertui_server.storage.mongo.schema import connect

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="kills by POSIX signals")]

OWNER = Path(__file__).with_name("folder_owner.py")


class Owner:
    """A server process in another process group, and what it has printed."""

    def __init__(self, folder, posts=0):
        self.folder = DataFolder(folder)
        self._process = subprocess.Popen(
            [sys.executable, str(OWNER), str(folder), str(posts)], stdout=subprocess.PIPE, text=True
        )
        assert self.line() == "ready"

    def line(self):
        return self._process.stdout.readline().strip()

    def rest(self):
        return self._process.stdout.read().split()

    def kill(self):
        self._process.kill()
        self._process.wait()

    def close(self):
        self.kill()
        self._process.stdout.close()

    @property
    def pid(self):
        return self._process.pid


@pytest.fixture
def owner_of(tmp_path):
    owners = []

    def start(posts=0):
        owners.append(Owner(tmp_path, posts))
        return owners[-1]

    yield start
    for owner in owners:
        owner.close()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


async def wait_gone(pid):
    async with asyncio.timeout(20):
        while is_alive(pid):
            await asyncio.sleep(0.02)


def shim_of(database_pid):
    return int(Path(f"/proc/{database_pid}/stat").read_text().rpartition(")")[2].split()[1])


async def test_a_killed_server_takes_its_database_along(owner_of):
    owner = owner_of()
    pid = owner.folder.read_pid()
    assert is_alive(pid)
    owner.kill()
    await wait_gone(pid)


async def test_a_folder_starts_again_right_after_a_kill(owner_of, tmp_path):
    owner = owner_of()
    owner.kill()
    async with EmbeddedDatabase(tmp_path) as embedded:
        await (await connect(embedded.uri)).close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the shim through /proc")
async def test_a_database_that_lost_its_shim_is_replaced(owner_of, tmp_path):
    owner = owner_of()
    orphan = owner.folder.read_pid()
    os.kill(shim_of(orphan), signal.SIGKILL)
    owner.kill()
    async with EmbeddedDatabase(tmp_path) as embedded:
        assert not is_alive(orphan)
        await (await connect(embedded.uri)).close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the shim through /proc")
async def test_stopping_ends_a_database_that_lost_its_shim(tmp_path):
    async with EmbeddedDatabase(tmp_path):
        pid = DataFolder(tmp_path).read_pid()
        os.kill(shim_of(pid), signal.SIGKILL)
    await wait_gone(pid)


async def test_another_process_is_told_that_the_folder_is_in_use_and_can_attach(owner_of, tmp_path):
    owner_of()
    with pytest.raises(DataFolderLocked, match=str(tmp_path)):
        await EmbeddedDatabase(tmp_path).start()
    async with attach_or_start(tmp_path) as uri:
        database = await connect(uri)
        chat = Chat(MongoMessageStore(database), publish=lambda message: None)
        await chat.start()
        await chat.post("general", "a1", "Ada", "hello from a command", "c1")
        await database.close()
    async with attach_or_start(tmp_path) as uri:
        await (await connect(uri)).close()


async def test_no_acknowledged_message_is_lost_when_everything_is_killed(owner_of, tmp_path):
    owner = owner_of(posts=100_000)
    acknowledged = [int(owner.line()) for _ in range(200)]
    os.kill(owner.folder.read_pid(), signal.SIGKILL)
    owner.kill()
    acknowledged += [int(seq) for seq in owner.rest()]
    async with EmbeddedDatabase(tmp_path) as embedded:
        database = await connect(embedded.uri)
        chat = Chat(MongoMessageStore(database), publish=lambda message: None)
        await chat.start()
        stored, after = [], 0
        while page := await chat.history("general", limit=200, after_seq=after):
            stored += page
            after = page[-1].seq
        assert [message.seq for message in stored] == list(range(1, len(stored) + 1))
        assert set(acknowledged) <= {message.seq for message in stored}
        assert [message.text for message in stored] == [f"message {number}" for number in range(len(stored))]
        again = await chat.post("general", "a1", "Ada", "message 0", client_id="c0")
        assert again.seq == 1
        await database.close()


async def test_a_database_that_dies_under_the_server_is_said_and_the_server_can_start_it_again(tmp_path, monkeypatch):
    embedded = EmbeddedDatabase(tmp_path)
    await embedded.start()
    os.kill(DataFolder(tmp_path).read_pid(), signal.SIGKILL)
    await wait_gone(DataFolder(tmp_path).read_pid())
    monkeypatch.setattr("gathertui_server.storage.mongo.database.SELECTION_TIMEOUT_MS", 100)
    with pytest.raises(DatabaseUnavailable):
        await connect(embedded.uri)
    monkeypatch.undo()
    await embedded.stop()
    await embedded.start()
    await (await connect(embedded.uri)).close()
    await embedded.stop()
