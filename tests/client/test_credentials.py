import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest

from gathertui.client import credentials
from gathertui.client.credentials import Credentials
from gathertui.client.profile import Profile
from gathertui.errors import CredentialsError

SERVER = "wss://office.example.org"


class DictKeyring(keyring.backend.KeyringBackend):
    """A keyring that works."""

    priority = 1.0  # type: ignore[assignment]  # a class property in the base

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.held.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("not there")


class StuckKeyring(DictKeyring):
    """A keyring that waits for somebody to unlock it."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.release.wait()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.release.wait()


@pytest.fixture
def use_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.fixture
def kept(tmp_path: Path) -> Credentials:
    return Credentials(Profile(tmp_path))


@pytest.mark.usefixtures("use_keyring")
async def test_a_keyring_keeps_the_token_and_no_file_does(kept: Credentials, tmp_path: Path) -> None:
    ring = DictKeyring()
    keyring.set_keyring(ring)
    assert await kept.load(SERVER) == ""
    assert await kept.save(SERVER, "secret") == ""
    assert await kept.load(SERVER) == "secret"
    assert ring.held == {("gathertui", f"{SERVER} {Profile(tmp_path).device()}"): "secret"}
    assert not (tmp_path / "credentials.json").exists()
    await kept.forget(SERVER)
    assert await kept.load(SERVER) == ""
    await kept.forget(SERVER)


@pytest.mark.usefixtures("use_keyring")
async def test_two_persons_on_one_machine_share_the_keyring_but_no_entry(tmp_path: Path) -> None:
    keyring.set_keyring(DictKeyring())
    ada, grace = (Credentials(Profile(tmp_path / name)) for name in ("ada", "grace"))
    await ada.save(SERVER, "ada's")
    assert await grace.load(SERVER) == ""
    await grace.save(SERVER, "grace's")
    assert await ada.load(SERVER) == "ada's"


async def test_without_a_keyring_a_private_file_keeps_it_and_says_so(kept: Credentials, tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    note = await kept.save(SERVER, "secret")
    assert str(path) in note
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert await kept.load(SERVER) == "secret"
    assert await kept.load("wss://elsewhere.example.org") == ""
    await kept.forget(SERVER)
    assert await kept.load(SERVER) == ""


@pytest.mark.usefixtures("use_keyring")
async def test_a_keyring_that_hangs_is_not_waited_for(
    kept: Credentials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "KEYRING_SECONDS", 0.02)
    ring = StuckKeyring()
    keyring.set_keyring(ring)
    try:
        assert await kept.load(SERVER) == ""
        assert "no keyring" in await kept.save(SERVER, "secret")
        # From now on the file answers, without asking the keyring.
        monkeypatch.setattr(credentials, "KEYRING_SECONDS", 1000.0)
        assert await kept.load(SERVER) == "secret"
    finally:
        ring.release.set()


@pytest.mark.usefixtures("use_keyring")
async def test_a_keyring_that_works_again_takes_over_from_the_file(kept: Credentials, tmp_path: Path) -> None:
    await kept.save(SERVER, "old")
    keyring.set_keyring(DictKeyring())
    assert await kept.save(SERVER, "new") == ""
    assert await kept.load(SERVER) == "new"
    assert "old" not in (tmp_path / "credentials.json").read_text()


async def test_the_environment_comes_first(kept: Credentials, monkeypatch: pytest.MonkeyPatch) -> None:
    await kept.save(SERVER, "kept")
    monkeypatch.setenv("GATHERTUI_TOKEN", "given")
    assert await kept.load(SERVER) == "given"


async def test_a_broken_file_is_named(kept: Credentials, tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text("{broken")
    with pytest.raises(CredentialsError, match=r"credentials\.json"):
        await kept.load(SERVER)
