"""The program as a whole: start, help, exit codes, errors, plugins."""

import errno
import io
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gathertui import __version__
from gathertui.cli import main
from gathertui.cli.errors import exit_code
from gathertui.cli.plugins import add_plugins
from gathertui.errors import ServerUnreachable, UsageError

HEAVY = ("textual", "rich", "cv2", "aiortc", "av", "websockets", "pymongo", "numpy", "msgspec")
COMMANDS = [
    ["signup"],
    ["login"],
    ["logout"],
    ["whoami"],
    ["who"],
    ["say"],
    ["history"],
    ["tail"],
    ["invite", "create"],
    ["render"],
    ["devices"],
    ["mirror"],
    ["demo"],
]


def test_starting_is_cheap(tmp_path: Path) -> None:
    """Prints the time, which `tests/bench/startup.py` measures; what is loaded is what decides it."""
    program = (
        "import sys, time; start = time.perf_counter(); import gathertui.cli.main;"
        f"print(time.perf_counter() - start, *[name for name in {HEAVY!r} if name in sys.modules])"
    )
    # Compiled files are kept elsewhere, so that the second run is like any run of an installed program.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, check=True, text=True
        )
    seconds, *loaded = done.stdout.split()
    print(f"import gathertui.cli.main: {float(seconds) * 1000:.0f} ms")
    assert loaded == []


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_shows_an_example(command: list[str]) -> None:
    result = CliRunner().invoke(main.create_app(), [*command, "--help"])
    assert result.exit_code == 0
    assert f"Example: gathertui {' '.join(command)}" in result.stdout


def test_version() -> None:
    result = CliRunner().invoke(main.create_app(), ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"gathertui {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--version"], 0, ""),
        (["who", "--help"], 0, ""),
        (["nonsense"], 2, "nonsense"),
        (["say", "general"], 2, "TEXT"),
        (["history", "general", "--limit", "0"], 2, "--limit"),
        (["who"], 2, "gathertui: Which server? None is known yet.\nName it: --server"),
        (["who", "--server", "ws://127.0.0.1:1"], 1, "gathertui: You are not signed in at ws://127.0.0.1:1.\n"),
        ([], 2, "gathertui: The office needs a terminal."),
    ],
)
def test_exit_codes(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATHERTUI_SERVER", raising=False)
    assert main.main(arguments) == code
    told = capsys.readouterr().err
    assert words in told
    assert "Traceback" not in told


def fail_with(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (UsageError("Which one?", "Name it."), 2, "gathertui: Which one?\nName it.\n"),
        (ServerUnreachable("Nothing listens there."), 1, "gathertui: Nothing listens there.\n"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 1, ""),
        (SystemExit(3), 3, ""),
        (SystemExit(None), 0, ""),
        (SystemExit("words"), 1, "gathertui: words\n"),
    ],
)
def test_how_commands_end(error: BaseException, code: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(lambda: fail_with(error)) == code
    assert capsys.readouterr().err == told


def test_what_nobody_expected_goes_to_the_debug_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GATHERTUI_LOG_DIR", str(tmp_path / "log"))
    assert exit_code(lambda: fail_with(ZeroDivisionError("secret detail"))) == 1
    told = capsys.readouterr().err
    log = tmp_path / "log" / "debug.log"
    assert told.count("\n") == 1
    assert str(log) in told
    assert "Traceback" not in told
    assert "ZeroDivisionError: secret detail" in log.read_text()


def test_a_log_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GATHERTUI_LOG_DIR", str(tmp_path / "file" / "log"))
    assert exit_code(lambda: fail_with(ZeroDivisionError())) == 1
    assert "could not be written" in capsys.readouterr().err


def register_hello(app: typer.Typer) -> None:
    @app.command()
    def hello() -> None:
        typer.echo("hello from a plugin")


def register_nothing(app: typer.Typer) -> None:
    raise RuntimeError("its database\nis missing")


def entry(value: str) -> EntryPoint:
    return EntryPoint("test", value, "gathertui.commands")


def test_a_plugin_brings_a_command_and_a_broken_one_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "plugin_under_test", sys.modules[__name__])
    app = main.create_app()
    add_plugins(
        app,
        [
            entry("plugin_under_test:register_nothing"),
            entry("no_such_package:register"),
            entry("plugin_under_test:register_hello"),
        ],
    )
    warnings = capsys.readouterr().err.splitlines()
    assert len(warnings) == 2
    assert warnings[0].endswith("its database is missing")
    assert "no_such_package" in warnings[1]
    assert CliRunner().invoke(app, ["hello"]).stdout == "hello from a plugin\n"


def test_a_reader_who_leaves_is_no_error(tmp_path: Path) -> None:
    """Like `gathertui … | head -c0`: quiet, and no complaint at exit."""
    program = (
        "import sys; from gathertui.cli.errors import exit_code; import typer;"
        "sys.exit(exit_code(lambda: [typer.echo('x' * 1000) for _ in range(1000)]))"
    )
    reading, writing = os.pipe()
    with subprocess.Popen([sys.executable, "-c", program], stdout=writing, stderr=subprocess.PIPE, text=True) as child:
        os.close(writing)
        os.close(reading)
        _, told = child.communicate(timeout=20)
    assert told == ""
    assert child.returncode == 1


def test_a_terminal_that_is_gone_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.EIO, "Input/output error")

    def fail() -> None:
        raise ServerUnreachable("Nobody answers.")

    monkeypatch.setattr(sys, "stderr", Gone())
    assert exit_code(fail) == 1
