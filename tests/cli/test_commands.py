"""The commands, run through the app, with an office in the same process."""

import asyncio
import functools
import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gathertui.cli.connecting import Setting
from gathertui.cli.main import create_app
from gathertui.client.credentials import Credentials
from gathertui.client.office import OfficeClient
from gathertui.client.profile import Profile
from gathertui.errors import Code, ConnectionLost, Refused, ServerUnreachable, UsageError
from gathertui.protocol import chat, codec, presence
from gathertui.protocol.base import Closing, Role
from gathertui.testing.clock import VirtualClock, settle
from gathertui.testing.guest import Guest
from gathertui.testing.office import MemoryOffice

SERVER = "ws://localhost:7766"


class Terminal:
    """Runs command lines against one office, which is open while a command runs."""

    def __init__(self) -> None:
        self.office = MemoryOffice(VirtualClock())
        self.besides: Callable[[], Awaitable[None]] | None = None
        """What goes on in the office while the command runs."""

    def run(self, *arguments: str, given: str | None = None) -> Result:
        make_client = functools.partial(OfficeClient, dial=self.office.dial)
        return CliRunner().invoke(
            create_app(), list(arguments), input=given, obj=Setting(make_client=make_client, run=self._run)
        )

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        failure: list[Exception] = []

        async def command() -> None:
            try:
                await work
            except Exception as error:  # told to the runner, not to the group
                failure.append(error)

        async def both() -> None:
            async with self.office, asyncio.TaskGroup() as group:
                group.create_task(command())
                if self.besides is not None:
                    await self.besides()

        asyncio.run(both())
        if failure:
            raise failure[0]


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def ada(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal where ada is signed in."""
    monkeypatch.setenv("GATHERTUI_TOKEN", terminal.office.add_account("ada", role=Role.ADMIN))
    monkeypatch.setenv("GATHERTUI_SERVER", SERVER)
    return terminal


def kept_token(server: str = SERVER) -> str:
    return asyncio.run(Credentials(Profile()).load(server))


# ---------------------------------------------------------------- accounts


def test_signup_signs_in_and_later_commands_need_no_server(terminal: Terminal) -> None:
    result = terminal.run(
        "signup",
        "--server",
        "localhost",
        "--username",
        "grace",
        "--invite",
        "welcome",
        "--password-stdin",
        given="pw\n",
    )
    assert result.exit_code == 0, result.output
    assert "grace" in result.stdout
    assert "credentials.json" in result.stderr
    assert kept_token() in terminal.office.tokens
    whoami = terminal.run("whoami", "--json")
    assert json.loads(whoami.stdout) == {
        "name": "grace",
        "role": "member",
        "id": "id-grace",
        "server": SERVER,
        "office": "Test office",
    }


def test_login_then_logout(terminal: Terminal) -> None:
    terminal.office.add_account("ada")
    result = terminal.run("login", "--server", SERVER, "--username", "ada", "--password-stdin", given="secret\n")
    assert result.exit_code == 0, result.output
    token = kept_token()
    assert token in terminal.office.tokens
    assert terminal.run("whoami").stdout == f"ada (member) at Test office, {SERVER}\n"
    result = terminal.run("logout")
    assert result.exit_code == 0, result.output
    assert token not in terminal.office.tokens
    assert kept_token() == ""


def test_a_wrong_password_keeps_nothing(terminal: Terminal) -> None:
    terminal.office.add_account("ada")
    result = terminal.run("login", "--server", SERVER, "--username", "ada", "--password-stdin", given="guess\n")
    assert isinstance(result.exception, Refused)
    assert result.exception.code is Code.WRONG_PASSWORD
    assert kept_token() == ""
    assert Profile().find_server() is None


def test_logout_without_the_server_forgets_and_says_so(terminal: Terminal) -> None:
    terminal.office.add_account("ada")
    terminal.run("login", "--server", SERVER, "--username", "ada", "--password-stdin", given="secret\n")
    terminal.office.transport.fail_next(ServerUnreachable("Nothing listens there."))
    result = terminal.run("logout")
    assert isinstance(result.exception, ConnectionLost)
    assert "the server was not told: Nothing listens there." in str(result.exception)
    assert kept_token() == ""


@pytest.mark.parametrize("command", ["whoami", "who", "logout", "tail"])
def test_a_command_without_a_sign_in_says_how_to_get_one(terminal: Terminal, command: str) -> None:
    result = terminal.run(command, "--server", SERVER)
    assert isinstance(result.exception, Refused)
    assert result.exception.code is Code.NOT_SIGNED_IN
    assert f"gathertui login --server {SERVER}" in result.exception.hint


@pytest.mark.parametrize("command", ["signup", "login"])
def test_a_password_without_a_terminal_names_the_option(terminal: Terminal, command: str) -> None:
    invite = ["--invite", "welcome"] if command == "signup" else []
    result = terminal.run(command, "--server", SERVER, "--username", "ada", *invite)
    assert isinstance(result.exception, UsageError)
    assert "--password-stdin" in result.exception.hint


@pytest.mark.parametrize(
    "arguments",
    [
        ("login", "--server", SERVER, "--password-stdin"),
        ("signup", "--server", SERVER, "--username", "ada", "--password-stdin"),
        ("login", "--server", SERVER, "--username", "ada", "--password-stdin"),
        ("login", "--server", "http://localhost", "--username", "ada", "--password-stdin"),
        ("who",),
        ("say", "general", " "),
        ("say", "general", "-"),
        ("invite", "create", "--expires", "soon", "--server", SERVER),
        ("invite", "create", "--role", "king", "--server", SERVER),
        (),
    ],
)
def test_usage_errors(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    result = terminal.run(*arguments, given="")
    assert isinstance(result.exception, UsageError)
    assert result.exception.hint


# ---------------------------------------------------------------- people


def test_who_as_json_and_as_a_table(ada: Terminal) -> None:
    async def fill() -> None:
        for name, x in (("ada", 1), ("grace 文", 12)):
            token = ada.office.add_account(name)
            account = ada.office.tokens[token]
            ada.office.avatars[account.id] = presence.Avatar(x, account, "gg", x, 2, 0, x == 12)

    ada.besides = fill
    assert json.loads(ada.run("who", "--json").stdout) == [
        {"name": "ada", "role": "member", "room": "Hall", "area": "", "x": 1, "y": 2, "away": False},
        {"name": "grace 文", "role": "member", "room": "Hall", "area": "", "x": 12, "y": 2, "away": True},
    ]
    assert ada.run("who").stdout == (
        "NAME      ROLE    WHERE  TILE\n"
        "ada       member  Hall   1,2\n"
        "grace 文  member  Hall   12,2  away\n"
    )  # fmt: skip


def test_nobody_is_there(ada: Terminal) -> None:
    assert ada.run("who", "--json").stdout == "[]\n"
    assert ada.run("who").stdout == "Nobody is in the office.\n"


def test_an_invite_can_be_pasted(ada: Terminal) -> None:
    result = ada.run("invite", "create", "--role", "guest", "--uses", "5", "--expires", "2d", "--json")
    assert json.loads(result.stdout) == {
        "code": "welcome",
        "role": "guest",
        "uses": 5,
        "expires_at": "2023-11-16T22:13:20.000Z",
        "expires_at_ms": 1_700_172_800_000,
        "url": SERVER,
        "join": f"gathertui signup --server {SERVER} --invite welcome",
    }
    assert f"gathertui signup --server {SERVER} --invite welcome" in ada.run("invite", "create").stdout


# ---------------------------------------------------------------- chat


def test_say_is_stored_when_it_succeeds(ada: Terminal) -> None:
    result = ada.run("say", "#general", "-", "--json", given="two\nlines\n")
    assert result.exit_code == 0, result.output
    (stored,) = ada.office.messages["general"]
    assert stored.text == "two\nlines\n"
    printed = json.loads(result.stdout)
    assert printed["author"] == "ada"
    assert (printed["seq"], printed["at"], printed["at_ms"]) == (1, "1970-01-01T00:00:01.000Z", 1000)


@pytest.mark.parametrize("stored_first", [True, False])
def test_say_over_a_line_that_breaks_stores_once(ada: Terminal, stored_first: bool) -> None:
    says: list[chat.Say] = []

    async def break_once(guest: Guest, message: codec.ClientMessage) -> bool:
        if not isinstance(message, chat.Say):
            return False
        says.append(message)
        if len(says) > 1:
            return False
        if stored_first:
            await ada.office.post(message.channel, "id-ada", message.text, client_id=message.client_id)
        guest.connection.cut()
        return True

    ada.office.intercept = break_once
    result = ada.run("say", "general", "hello")
    assert result.exit_code == 0, result.output
    assert [message.text for message in ada.office.messages["general"]] == ["hello"]
    assert len(says) == 2


def test_say_that_never_gets_through_fails_and_says_what_is_known(ada: Terminal) -> None:
    async def always_break(guest: Guest, message: codec.ClientMessage) -> bool:
        if isinstance(message, chat.Say):
            guest.connection.cut()
            return True
        return False

    ada.office.intercept = always_break
    result = ada.run("say", "general", "hello")
    assert isinstance(result.exception, ConnectionLost)
    assert "not known whether" in str(result.exception)


def test_say_to_no_channel_is_refused(ada: Terminal) -> None:
    result = ada.run("say", "nowhere", "hello")
    assert isinstance(result.exception, Refused)
    assert result.exception.code is Code.UNKNOWN_CHANNEL


@pytest.mark.parametrize(("limit", "first"), [(3, 248), (100, 151), (230, 21), (1000, 1)])
def test_history_pages_until_it_has_enough(ada: Terminal, limit: int, first: int) -> None:
    ada.office.messages["general"] = [
        chat.ChatMessage("general", seq, "id-ada", "ada", f"text {seq}", seq, "") for seq in range(1, 251)
    ]
    printed = json.loads(ada.run("history", "general", "--json", "--limit", str(limit)).stdout)
    assert [message["seq"] for message in printed] == list(range(first, 251))


def test_history_for_people_is_plain_text_whatever_others_write(ada: Terminal) -> None:
    ada.office.messages["general"] = [
        chat.ChatMessage("general", 1, "id-eve", "[bold]eve", "\x1b[31m[red]hi[/red]\nthere", 0, "")
    ]
    text = ada.run("history", "general").stdout
    assert text.endswith(" [bold]eve: [red]hi[/red]\n    there\n")
    assert "\x1b" not in text


def test_tail_prints_every_message_over_a_lost_connection_until_it_is_replaced(ada: Terminal) -> None:
    async def talk() -> None:
        await settle()
        await ada.office.post("general", "id-ada", "one")
        await ada.office.post("random", "id-ada", "elsewhere")
        await settle()
        ada.office.cut_all()
        await settle()
        await ada.office.post("general", "id-ada", "two")
        while not any(guest.listening for guest in ada.office.guests):
            await asyncio.sleep(0.01)
        await settle()
        await ada.office.post("general", "id-ada", "three")
        await ada.office.guests[0].send(Closing(Code.REPLACED, "Elsewhere."))

    ada.besides = talk
    result = ada.run("tail", "general", "--json")
    assert [json.loads(line)["text"] for line in result.stdout.splitlines()] == ["one", "two", "three"]
    assert "Trying again in" in result.stderr
    assert result.stderr.count("connected again") == 1
    assert str(result.exception) == "Elsewhere."


def test_tail_of_no_channel_names_those_there_are(ada: Terminal) -> None:
    result = ada.run("tail", "nowhere")
    assert isinstance(result.exception, Refused)
    assert "general, random" in result.exception.hint
