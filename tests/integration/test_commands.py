"""The commands, run as people and scripts run them, against a real server on its own database."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys

import pytest

PASSWORD = "a long password\n"

pytestmark = pytest.mark.slow


def test_the_servers_files_are_whole_and_private(office_process) -> None:
    ready = json.loads(office_process.ready_file.read_text())
    assert ready == {"url": office_process.url, "pid": office_process.process.pid}
    assert office_process.url.startswith("ws://127.0.0.1:")
    code = office_process.owner_code_file
    assert stat.S_IMODE(code.stat().st_mode) == 0o600
    assert code.stat().st_mtime_ns <= office_process.ready_file.stat().st_mtime_ns
    assert office_process.owner_code() in office_process.output()


def test_the_server_logs_json_and_no_secret(office_process) -> None:
    events = [json.loads(line) for line in office_process.errors().splitlines()]
    assert "listening" in {event["event"] for event in events}
    assert office_process.owner_code() not in office_process.errors()


def test_the_owners_code_is_good_once(office_process, somebody) -> None:
    arguments = ("--server", office_process.url, "--username", "usurper", "--password-stdin")
    done = somebody(office_process.url).run(
        "signup", *arguments, "--invite", office_process.owner_code(), stdin=PASSWORD
    )
    assert done.returncode == 1
    assert "invite" in done.stderr.lower()


def test_signing_up_signs_in(office_process) -> None:
    ada = office_process.member("ada-signs-up")
    me = json.loads(ada.run("whoami", "--json").stdout)
    assert (me["name"], me["role"], me["server"]) == ("ada-signs-up", "member", office_process.url)
    assert "ada-signs-up" in ada.run("whoami").stdout


def test_a_taken_name_and_a_wrong_password_are_said(office_process, somebody) -> None:
    office_process.member("ada-taken")
    arguments = ("--server", office_process.url, "--username", "ADA-taken", "--password-stdin")
    taken = somebody(office_process.url).run("signup", *arguments, "--invite", office_process.invite, stdin=PASSWORD)
    assert taken.returncode == 1
    assert "taken" in taken.stderr
    wrong = somebody(office_process.url).run("login", *arguments, stdin="something else\n")
    assert wrong.returncode == 1
    assert "password" in wrong.stderr
    assert "Traceback" not in taken.stderr + wrong.stderr


def test_logging_out_and_in_again(office_process) -> None:
    ada = office_process.member("ada-out")
    assert ada.run("logout").returncode == 0
    refused = ada.run("say", "general", "hello?")
    assert refused.returncode == 1
    assert "gathertui login" in refused.stderr
    arguments = ("--server", office_process.url, "--username", "ada-out", "--password-stdin")
    assert ada.run("login", *arguments, stdin=PASSWORD).returncode == 0
    assert json.loads(ada.run("whoami", "--json").stdout)["name"] == "ada-out"


def test_a_token_of_the_environment_comes_first(office_process) -> None:
    ada, bob = office_process.member("ada-token"), office_process.member("bob-token")
    kept = json.loads((ada.folder / "credentials.json").read_text())
    (token,) = (value for value in _strings(kept) if len(value) >= 40 and "://" not in value)
    me = bob.run("whoami", "--json", GATHERTUI_TOKEN=token, GATHERTUI_SERVER=office_process.url)
    assert json.loads(me.stdout)["name"] == "ada-token"


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _strings(item)]
    return [value] if isinstance(value, str) else []


def test_what_is_said_is_stored_and_read_by_others(office_process) -> None:
    ada, bob = office_process.member("ada-says"), office_process.member("bob-reads")
    text = "hello [red]not markup[/] \U0001f98a"
    assert ada.run("say", "random", text).returncode == 0
    (message,) = json.loads(bob.run("history", "#random", "--json", "--limit", "1").stdout)
    assert (message["author"], message["text"], message["channel"]) == ("ada-says", text, "random")
    assert text in bob.run("history", "random").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("say", "nowhere", "hi"), 1, "channel"),
        (("say", "general", " "), 2, "nothing to say"),
        (("say", "general"), 2, "TEXT"),
        (("history", "general", "--limit", "0"), 2, "--limit"),
        (("frobnicate",), 2, "frobnicate"),
        (("whoami", "--server", "ws://127.0.0.1:9"), 1, "not signed in"),
        (("invite", "create", "--expires", "soon"), 2, "7d"),
        (("invite", "create", "--role", "emperor"), 2, "emperor"),
    ],
)
def test_failures_say_what_to_do_and_exit_by_the_rule(office_process, arguments, code: int, said: str) -> None:
    done = office_process.owner.run(*arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_members_may_not_invite(office_process) -> None:
    done = office_process.member("ada-invites").run("invite", "create")
    assert done.returncode == 1
    assert "owners and admins" in done.stderr


def test_a_server_that_is_not_there(office_process, somebody) -> None:
    arguments = ("--server", "ws://127.0.0.1:9", "--username", "ada", "--password-stdin")
    done = somebody("").run("login", *arguments, stdin=PASSWORD)
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_tail_prints_a_json_object_a_message(office_process, first_line) -> None:
    ada, bob = office_process.member("ada-tails"), office_process.member("bob-tails")
    tail = ada.start("tail", "--json")
    try:
        assert tail.stdout is not None
        # It says nothing when it is ready, so words are said until it hears them.
        heard = first_line(tail, lambda number: bob.run("say", "general", f"tick {number}"))
        message = json.loads(heard)
        assert message["author"] == "bob-tails"
        assert message["text"].startswith("tick ")
        assert message["channel"] == "general"
    finally:
        tail.send_signal(signal.SIGINT)
        _, errors = tail.communicate(timeout=20)
    assert tail.returncode == 130
    assert "Traceback" not in errors


def test_the_owners_code_from_the_data_folder_while_the_office_is_open(office_process, somebody) -> None:
    made = office_process.owner.run("admin", "owner-code", "--data-dir", str(office_process.data_dir), "--json")
    assert made.returncode == 0, made.stderr
    second = somebody(office_process.url)
    office_process.sign_up(second, "second-owner", json.loads(made.stdout)["code"])
    assert json.loads(second.run("whoami", "--json").stdout)["role"] == "owner"


def test_a_restart_keeps_accounts_and_words(server_process, somebody) -> None:
    server = server_process()
    server.start()
    ada = somebody(server.url)
    arguments = ("--username", "ada", "--password-stdin")
    signed_up = ada.run("signup", "--server", server.url, *arguments, "--invite", server.owner_code(), stdin=PASSWORD)
    assert signed_up.returncode == 0, signed_up.stderr
    assert ada.run("say", "general", "before").returncode == 0
    assert server.stop() == 0

    offline = ada.run("admin", "owner-code", "--data-dir", str(server.data_dir))
    assert offline.returncode == 0, offline.stderr
    assert ada.run("who").returncode == 1

    server.start()
    assert ada.run("login", "--server", server.url, *arguments, stdin=PASSWORD).returncode == 0
    (message,) = json.loads(ada.run("history", "general", "--json").stdout)
    assert message["text"] == "before"


def test_the_ready_file_is_there_for_as_long_as_the_server_is(server_process) -> None:
    server = server_process()
    server.start()
    assert server.ready_file.exists()
    assert server.stop() == 0
    assert not server.ready_file.exists()


def test_a_server_told_to_stop_while_it_starts_does_not_open(server_process) -> None:
    server = server_process()
    server.folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "gathertui", "serve", "--port", "0", "--data-dir", str(server.data_dir)]
    process = subprocess.Popen(
        [*command, "--ready-file", str(server.ready_file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not server.data_dir.exists():  # it has begun, and its database takes seconds for the first start
        assert process.poll() is None
    process.terminate()
    output, errors = process.communicate(timeout=40)
    assert process.returncode == 0, errors
    assert "is open" not in output
    assert "Traceback" not in errors
    assert not server.ready_file.exists()


def test_a_data_folder_has_one_server(server_process) -> None:
    server = server_process()
    server.start()
    second = subprocess.run(
        [*server.process.args[:3], "serve", "--port", "0", "--data-dir", str(server.data_dir)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert "another data folder" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_server_whose_starter_dies_ends_with_its_database(server_process) -> None:
    server = server_process()
    server.start()
    runtime = json.loads((server.data_dir / "runtime.json").read_text())
    server.process.stdin.close()
    assert server.process.wait(30) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(runtime["pid"], 0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--host", "0.0.0.0"), "--behind-proxy"),
        (("--tls-cert", "cert.pem"), "--tls-key"),
        (("--tls-cert", "no.pem", "--tls-key", "no.pem"), "no.pem"),
        (("--map", "no-such.toml"), "no-such.toml"),
        (("--log-level", "loud"), "debug"),
        (("--port", "70000"), "65535"),
    ],
)
def test_settings_that_make_no_sense(office_process, tmp_path, options, said: str) -> None:
    done = office_process.owner.run("serve", "--data-dir", str(tmp_path / "data"), *options)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_map_is_said_with_its_place(office_process, tmp_path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text('title = "Den"\ngrid = """\n####\n#x.#\n####\n"""\n')
    done = office_process.owner.run("serve", "--data-dir", str(tmp_path / "data"), "--map", str(broken))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("gathertui: ")


def test_a_port_in_use_is_said(office_process, tmp_path) -> None:
    port = office_process.url.rpartition(":")[2]
    done = office_process.owner.run("serve", "--data-dir", str(tmp_path / "data"), "--port", port)
    assert done.returncode == 1
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_tls_from_end_to_end(server_process, somebody, tmp_path, require_program) -> None:
    openssl = require_program("openssl")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            *subject,
            "-keyout",
            key,
            "-out",
            cert,
        ],
        check=True,
        capture_output=True,
    )
    server = server_process("--tls-cert", str(cert), "--tls-key", str(key))
    server.start()
    assert server.url.startswith("wss://127.0.0.1:")
    ada = somebody(server.url)
    arguments = ("--server", server.url, "--username", "ada", "--password-stdin", "--invite", server.owner_code())
    untrusted = ada.run("signup", *arguments, stdin=PASSWORD)
    assert untrusted.returncode == 1
    assert "certificate" in untrusted.stderr
    trusted = ada.run("signup", *arguments, stdin=PASSWORD, SSL_CERT_FILE=str(cert))
    assert trusted.returncode == 0, trusted.stderr
