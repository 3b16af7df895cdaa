"""TURN servers: which URLs are any, and credentials as the TURN server computes them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.errors import UsageError
from gathertui_server.signalling.turn import TurnServers, TurnUrl

NOON = 1_700_000_000.9


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("turn:turn.example.org", "turn:turn.example.org:3478?transport=udp"),
        ("turn:turn.example.org:80", "turn:turn.example.org:80?transport=udp"),
        ("turn:turn.example.org?transport=tcp", "turn:turn.example.org:3478?transport=tcp"),
        ("turns:turn.example.org", "turns:turn.example.org:5349?transport=tcp"),
        ("turns:turn.example.org:443?transport=tcp", "turns:turn.example.org:443?transport=tcp"),
        ("TURNS:turn.example.org:443?transport=TCP", "turns:turn.example.org:443?transport=tcp"),
        ("turn:192.0.2.1:3478", "turn:192.0.2.1:3478?transport=udp"),
        ("turn:[2001:db8::1]", "turn:[2001:db8::1]:3478?transport=udp"),
        ("turn:[2001:DB8:0::1]:1?transport=udp", "turn:[2001:db8::1]:1?transport=udp"),
        (" turn:localhost ", "turn:localhost:3478?transport=udp"),
    ],
)
def test_a_url_is_written_out(text: str, means: str) -> None:
    assert str(TurnUrl.parse(text)) == means
    assert TurnUrl.parse(means) == TurnUrl.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "turn",
        "turn:",
        "turn:?transport=udp",
        "turn::3478",
        "turn://turn.example.org",
        "https://turn.example.org",
        "turn.example.org:3478",
        "turn:user@turn.example.org",
        "turn:turn.example.org/path",
        "turn:turn example.org",
        "turn:turn.example.org:0",
        "turn:turn.example.org:65536",
        "turn:turn.example.org:",
        "turn:turn.example.org:http",
        "turn:turn.example.org:٣",
        "turn:turn.example.org:+80",
        "turn:turn.example.org?transport=sctp",
        "turn:turn.example.org?transport=",
        "turn:turn.example.org?transport",
        "turn:turn.example.org?transport=udp&transport=tcp",
        "turn:turn.example.org?ttl=3",
        "turns:turn.example.org?transport=udp",
        "turn:2001:db8::1",
        "turn:[2001:db8::1",
        "turn:[192.0.2.1]",
        "turn:[]:3478",
        "turn:-turn.example.org",
        "turn:turn..example.org",
        "turn:" + "a" * 64,
        "turn:" + "a." * 200,
        "turn:turn.example.org\r\nX",
        "turn:türn.example.org",
    ],
)
def test_nonsense_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"turns:turn\.example\.org:443\?transport=tcp"):
        TurnUrl.parse(text)


@pytest.mark.parametrize("text", ["stun:stun.example.org:3478", "stuns:stun.example.org"])
def test_a_stun_server_is_not_needed(text: str) -> None:
    with pytest.raises(UsageError, match="answers STUN itself"):
        TurnUrl.parse(text)


@given(st.text(max_size=40) | st.text(max_size=40).map(lambda rest: "turn:" + rest))
def test_any_text_is_a_url_that_reads_back_or_a_sentence(text: str) -> None:
    try:
        url = TurnUrl.parse(text)
    except UsageError as error:
        assert error.message.endswith(".")
        assert error.hint.endswith(".")
    else:
        assert TurnUrl.parse(str(url)) == url


def servers(secret: bytes = b"secret", seconds: int = 600) -> TurnServers:
    return TurnServers((TurnUrl.parse("turn:turn.example.org"), TurnUrl.parse("turns:192.0.2.1")), secret, seconds)


@pytest.mark.parametrize(
    ("secret", "username", "credential"),
    [
        # printf %s 1700000600:ada | openssl dgst -sha1 -hmac secret -binary | base64
        (b"secret", "1700000600:ada", "cH7BpXcf0UPST8bqZkg6Yt5UMEk="),
        # printf %s 1700000600:ada | openssl dgst -sha1 -mac HMAC -macopt hexkey:0b0b... -binary | base64
        (b"\x0b" * 20, "1700000600:ada", "esXBdB983pXZiBk1pEveD/6wo6o="),
    ],
)
def test_credentials_are_those_that_openssl_computes(secret: bytes, username: str, credential: str) -> None:
    access = servers(secret).access("ada", NOON)
    assert (access.username, access.credential) == (username, credential)


def test_all_servers_are_named_with_their_transport() -> None:
    assert servers().access("ada", NOON).urls == (
        "turn:turn.example.org:3478?transport=udp",
        "turns:192.0.2.1:5349?transport=tcp",
    )


def test_every_account_and_every_time_has_credentials_of_its_own() -> None:
    turn = servers()
    made = {turn.access(account, now).credential for account in ("ada", "bob") for now in (NOON, NOON + 1)}
    assert len(made) == 4
    assert all(len(base64.b64decode(credential, validate=True)) == 20 for credential in made)


def test_they_expire_when_they_should() -> None:
    assert servers(seconds=60).access("ada", NOON).username == "1700000060:ada"
