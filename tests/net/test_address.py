import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.errors import UsageError
from gathertui.net.address import endpoint, server_url


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("ws://localhost:7766", "ws://localhost:7766"),
        ("WSS://Office.Example.org/", "wss://office.example.org"),
        ("wss://office.example.org:443/team/", "wss://office.example.org/team"),
        ("localhost", "ws://localhost:7766"),
        ("localhost:8000", "ws://localhost:8000"),
        ("127.0.0.1:8000", "ws://127.0.0.1:8000"),
        ("[::1]:8000", "ws://[::1]:8000"),
        ("192.168.1.5:8000", "wss://192.168.1.5:8000"),
        (" office.example.org ", "wss://office.example.org"),
        ("office.example.org:8443", "wss://office.example.org:8443"),
        ("ws://office.example.org:80", "ws://office.example.org"),
    ],
)
def test_every_way_to_write_an_address_leads_to_one_url(written: str, url: str) -> None:
    assert server_url(written) == url
    assert server_url(url) == url


@pytest.mark.parametrize(
    "written",
    [
        "",
        "https://office.example.org",
        "ftp://office.example.org",
        "ws://",
        "host:port",
        "host:99999",
        "host:0",
        "ws://ada:secret@office.example.org",
        "ws://office.example.org?room=1",
        "two words",
        "ws://off\x1b[31mice",
    ],
)
def test_what_is_no_address_is_a_usage_error_with_an_example(written: str) -> None:
    with pytest.raises(UsageError) as caught:
        server_url(written)
    assert "wss://office.example.org" in caught.value.hint


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_a_usage_error(written: str) -> None:
    try:
        url = server_url(written)
    except UsageError:
        return
    assert url.startswith(("ws://", "wss://"))
    assert server_url(url) == url


def test_endpoint_is_what_people_are_told() -> None:
    assert endpoint("wss://office.example.org:8443/team") == "office.example.org:8443"
