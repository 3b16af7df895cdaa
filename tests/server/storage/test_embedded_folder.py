"""The small parts under the embedded database: its lock, its files and its log."""

import stat
import subprocess
import sys

import pytest

from gathertui_server.storage.embedded import shim
from gathertui_server.storage.embedded.folder import DataFolder
from gathertui_server.storage.embedded.locks import ProcessLock

HOLD = """
import sys
from pathlib import Path
from gathertui_server.storage.embedded.locks import ProcessLock
print(ProcessLock(Path(sys.argv[1])).try_acquire(), flush=True)
sys.stdin.read()
"""


def test_one_holder_at_a_time(tmp_path):
    one, other = ProcessLock(tmp_path / "lock"), ProcessLock(tmp_path / "lock")
    assert one.try_acquire() and one.held
    assert not other.try_acquire() and not other.held
    one.release()
    one.release()
    assert other.try_acquire()
    other.release()


def test_a_lock_ends_with_its_process_however_that_dies(tmp_path):
    path, lock = tmp_path / "lock", ProcessLock(tmp_path / "lock")
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with holder:
        # The child's own object is collected at once; what holds the lock is the descriptor, until it dies.
        assert holder.stdout.readline() == b"True\n"
        assert not lock.try_acquire()
        holder.kill()
        holder.wait()
        assert lock.try_acquire()
    lock.release()


@pytest.mark.skipif(sys.platform == "win32", reason="locks are inherited on POSIX only")
def test_a_child_that_inherits_a_lock_holds_it(tmp_path):
    lock, other = ProcessLock(tmp_path / "lock"), ProcessLock(tmp_path / "lock")
    lock.try_acquire()
    child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=lock.inherited())
    lock.release()
    assert not other.try_acquire()
    child.communicate()
    assert other.try_acquire()
    other.release()


def test_files_with_secrets_are_private_and_replaced_whole(tmp_path):
    folder = DataFolder(tmp_path / "data")
    folder.create()
    folder.write_password("first")
    folder.write_password("second")
    assert folder.password.read_text() == "second"
    assert {path.name for path in folder.path.iterdir()} == {"store", "database.toml", "database.password"}
    if sys.platform != "win32":
        assert stat.S_IMODE(folder.password.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_a_password_without_its_store_is_of_no_use(tmp_path):
    folder = DataFolder(tmp_path)
    folder.create()
    folder.write_password("secret")
    assert folder.read_password() is None
    (folder.store / "WiredTiger").write_text("")
    assert folder.read_password() == "secret"


def test_a_runtime_file_is_read_back_until_forgotten(tmp_path):
    folder = DataFolder(tmp_path)
    assert folder.read_running_port() is None
    folder.write_runtime(pid=7, port=27017)
    assert folder.read_running_port() == 27017
    folder.forget_runtime()
    folder.forget_runtime()
    assert folder.read_running_port() is None


@pytest.mark.parametrize("written", [None, "", "garbage"])
def test_a_pid_file_may_be_missing_or_broken(tmp_path, written):
    folder = DataFolder(tmp_path)
    if written is not None:
        folder.pid.write_text(written)
    assert folder.read_pid() is None


def test_the_log_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(shim, "LOG_SIZE", 100)
    log = tmp_path / "database.log"
    for number in range(50):
        shim._append(log, b"line %02d\n" % number)
    kept = log.with_name("database.log.1").read_text() + log.read_text()
    assert len(kept) <= 200
    assert kept.endswith("line 48\nline 49\n")
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["database.log", "database.log.1"]
