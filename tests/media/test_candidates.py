"""A peer can have us send to other machines, for that is what it is about, but not to just any address."""

from __future__ import annotations

import pytest

from gathertui.media.candidates import MAX_CANDIDATES, Candidates, is_tried


def way(host: str, number: int = 1) -> str:
    return f"{number} 1 udp 2130706431 {host} 4000 typ host"


@pytest.mark.parametrize(
    "host", ["192.168.1.7", "203.0.113.9", "2001:db8::1", "fd00::1", "1f2e3d4c-0000-0000-0000-000000000000.local"]
)
def test_ways_over_a_network_are_tried(host: str) -> None:
    assert is_tried(host, loopback=False)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "fe80::1",
        "224.0.0.251",
        "ff02::fb",
        "0.0.0.0",
        "::",
        "255.255.255.255",
        "::ffff:169.254.1.1",
        "office.example",
        "localhost",
        "1.2.3",
        "127.0.0.1.local.example",
    ],
)
@pytest.mark.parametrize("loopback", [True, False])
def test_ways_that_lead_to_no_machine_of_a_peers_are_not(host: str, loopback: bool) -> None:
    assert not is_tried(host, loopback=loopback)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_very_machine_is_tried_only_where_peers_may_be_on_it(host: str) -> None:
    assert is_tried(host, loopback=True)
    assert not is_tried(host, loopback=False)


def test_so_many_are_tried_and_no_more_whether_they_come_early_or_late() -> None:
    candidates = Candidates(loopback=False)
    sdp = "".join(f"a=candidate:{way(f'10.0.0.{number}')}\r\n" for number in range(30))
    assert candidates.sieve(sdp).count("a=candidate") == 30
    assert sum(candidates.takes(way(f"10.0.1.{number}")) for number in range(100)) == MAX_CANDIDATES - 30
    assert candidates.sieve(sdp) == ""


def test_a_description_keeps_all_else_and_what_both_sections_name_counts_once() -> None:
    good, bad = f"a=candidate:{way('10.0.0.1')}\r\n", f"a=candidate:{way('127.0.0.1')}\r\n"
    candidates = Candidates(loopback=False)
    assert candidates.sieve(f"v=0\r\nm=audio\r\n{good}{bad}m=video\r\n{good}{bad}a=x\r\n") == (
        f"v=0\r\nm=audio\r\n{good}m=video\r\n{good}a=x\r\n"
    )
    assert sum(candidates.takes(way(f"10.0.1.{number}")) for number in range(100)) == MAX_CANDIDATES - 1


@pytest.mark.parametrize("text", ["", "x", "1 1 udp 5"])
def test_what_is_no_candidate_is_not_tried(text: str) -> None:
    assert not Candidates(loopback=True).takes(text)
