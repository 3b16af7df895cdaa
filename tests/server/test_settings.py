"""What the person who runs the server decides, and what makes no sense."""

from __future__ import annotations

import pytest

from gathertui.errors import UsageError
from gathertui_server.settings import ListenAddress


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("9466", "127.0.0.1", 9466),
        (":9466", "127.0.0.1", 9466),
        ("0", "127.0.0.1", 0),
        ("127.0.0.1:65535", "127.0.0.1", 65535),
        ("0.0.0.0:9466", "0.0.0.0", 9466),
        ("office.example.org:80", "office.example.org", 80),
        ("[::1]:9466", "::1", 9466),
    ],
)
def test_an_address_to_listen_on(text: str, host: str, port: int) -> None:
    assert ListenAddress.parse(text) == ListenAddress(host, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "office",
        "office:",
        "office:http",
        "::1:9466",
        "::1",
        "[::1]",
        "[]:9466",
        "65536",
        "-1",
        "9" * 5000,
        "٣",
    ],
)
def test_what_is_no_address_is_said_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"127\.0\.0\.1:9466"):
        ListenAddress.parse(text)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert ListenAddress(host, 1).is_loopback is loopback


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("office.example.org", "http://office.example.org:80"),
    ],
)
def test_the_url_for_programs_on_this_machine(host: str, url: str) -> None:
    assert ListenAddress(host, 0).url("http", 80) == url
