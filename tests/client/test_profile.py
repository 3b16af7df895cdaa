import stat
from pathlib import Path

import pytest

from gathertui.client.profile import Profile, config_folder, log_folder
from gathertui.errors import CredentialsError, UsageError


def test_a_device_is_made_once_a_folder(tmp_path: Path) -> None:
    first = Profile(tmp_path / "ada").device()
    assert len(first) >= 32
    assert Profile(tmp_path / "ada").device() == first
    assert Profile(tmp_path / "grace").device() != first


def test_the_server_is_the_chosen_one_then_the_environments_then_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = Profile(tmp_path)
    assert profile.find_server() is None
    with pytest.raises(UsageError, match="--server"):
        profile.server()
    profile.remember_server("wss://last.example.org")
    assert profile.server() == "wss://last.example.org"
    monkeypatch.setenv("GATHERTUI_SERVER", "environment.example.org")
    assert profile.server() == "wss://environment.example.org"
    assert profile.server("localhost:8000") == "ws://localhost:8000"


def test_remembering_keeps_the_device(tmp_path: Path) -> None:
    profile = Profile(tmp_path)
    device = profile.device()
    profile.remember_server("wss://office.example.org")
    assert profile.device() == device


def test_folders_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATHERTUI_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("GATHERTUI_LOG_DIR", str(tmp_path / "log"))
    assert config_folder() == tmp_path / "config"
    assert log_folder() == tmp_path / "log"
    monkeypatch.delenv("GATHERTUI_CONFIG_DIR")
    assert config_folder().name == "gathertui"


@pytest.mark.parametrize("content", ["{broken", "[]", '{"device": 1}', "\udcff"])
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "profile.json"
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(CredentialsError, match=str(path)):
        Profile(tmp_path).device()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CredentialsError):
        Profile(tmp_path / "file" / "folder").device()


def test_the_files_are_private(tmp_path: Path) -> None:
    Profile(tmp_path / "new").device()
    assert stat.S_IMODE((tmp_path / "new" / "profile.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
