"""The embedded database's life in order: first start, second start, attaching, and what goes wrong."""

import importlib.util
import json
import stat
import subprocess
import sys

import pytest

from gathertui.errors import DatabaseMissing, DatabaseUnavailable, DataFolderLocked, StorageError
from gathertui_server.storage.embedded.database import EmbeddedDatabase, attach_or_start
from gathertui_server.storage.embedded.folder import DataFolder
from gathertui_server.storage.mongo.database import driver_errors
from gathertui_server.storage.mongo.schema import connect


@pytest.mark.slow
async def test_what_is_written_is_there_after_a_restart(tmp_path):
    folder = tmp_path / "new" / "data"
    async with EmbeddedDatabase(folder) as embedded:
        database = await connect(embedded.uri)
        with driver_errors():
            await database.collection("notes").insert_one({"_id": 1, "text": "hello"})
        await database.close()
        first_password = DataFolder(folder).read_password()
    async with EmbeddedDatabase(folder) as embedded:
        database = await connect(embedded.uri)
        with driver_errors():
            assert (await database.collection("notes").find_one({"_id": 1}))["text"] == "hello"
        await database.close()
        assert DataFolder(folder).read_password() == first_password


@pytest.mark.slow
async def test_the_running_database_is_private_and_can_be_attached_to(tmp_path):
    async with EmbeddedDatabase(tmp_path) as embedded:
        folder = DataFolder(tmp_path)
        for private in (folder.password, folder.runtime):
            assert stat.S_IMODE(private.stat().st_mode) == 0o600 or sys.platform == "win32"
        runtime = json.loads(folder.runtime.read_text())
        assert runtime["pid"] == folder.read_pid()
        assert f"@127.0.0.1:{runtime['port']}/" in embedded.uri
        with pytest.raises(DatabaseUnavailable, match="doesn't let gathertui in"):
            anonymous = await connect(f"mongodb://127.0.0.1:{runtime['port']}/?directConnection=true")
            await anonymous.close()
        async with attach_or_start(tmp_path) as uri:
            assert uri == embedded.uri
        with pytest.raises(DataFolderLocked, match="Another gathertui server uses"):
            await EmbeddedDatabase(tmp_path).start()
        assert folder.runtime.exists()
    assert not folder.runtime.exists()
    with pytest.raises(DatabaseUnavailable):
        _ = embedded.uri


@pytest.mark.slow
async def test_without_a_server_a_command_starts_the_database_for_the_moment(tmp_path):
    async with attach_or_start(tmp_path) as uri:
        await (await connect(uri)).close()
    async with attach_or_start(tmp_path) as uri:
        await (await connect(uri)).close()
    assert not DataFolder(tmp_path).runtime.exists()


@pytest.mark.slow
async def test_a_first_start_that_broke_off_is_made_good(tmp_path):
    async with EmbeddedDatabase(tmp_path):
        pass
    DataFolder(tmp_path).password.unlink()
    async with EmbeddedDatabase(tmp_path) as embedded:
        await (await connect(embedded.uri)).close()


@pytest.mark.slow
async def test_a_stale_pid_and_runtime_file_block_nothing(tmp_path):
    folder = DataFolder(tmp_path)
    folder.create()
    folder.pid.write_text("1")
    folder.write_runtime(1, 1)
    async with attach_or_start(tmp_path) as uri:
        await (await connect(uri)).close()


async def test_a_database_that_does_not_come_up_is_said_with_its_log(tmp_path):
    folder = DataFolder(tmp_path)
    folder.create()
    folder.config.write_text("= not toml =")
    with pytest.raises(DatabaseUnavailable, match=r"ended with code \d.*database\.log"):
        await EmbeddedDatabase(tmp_path).start()
    assert folder.log.read_text()
    assert DataFolder(tmp_path).read_password() is None


async def test_a_missing_package_is_said_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DatabaseMissing) as missing:
        await EmbeddedDatabase(tmp_path).start()
    assert 'pip install "gathertui[embedded]"' in missing.value.hint
    assert "MONGODB_URI" in missing.value.hint


async def test_a_folder_that_cannot_be_used_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="can't be used"):
        await EmbeddedDatabase(tmp_path / "file" / "data").start()


def test_the_database_is_never_imported():
    program = (
        "import sys, gathertui_server.storage.embedded.database, gathertui_server.storage.embedded.shim;"
        "import gathertui_server.storage.mongo.messages;"
        "sys.exit(any(name.partition('.')[0] == 'secantus' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
