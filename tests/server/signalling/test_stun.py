"""The STUN server's bytes, against the vectors of RFC 5769, another implementation, and whatever else may come."""

from __future__ import annotations

import struct

import pytest
from aioice import stun as reference
from hypothesis import given
from hypothesis import strategies as st

from gathertui_server.signalling.stun import MAX_REQUEST, answer_binding

TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")
HEADER = bytes.fromhex("000100002112a442") + TRANSACTION

addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6).filter(lambda address: address.ipv4_mapped is None))
ports = st.integers(1, 65535)
transactions = st.binary(min_size=12, max_size=12)


def request(*attributes: bytes, transaction: bytes = TRANSACTION) -> bytes:
    body = b"".join(attributes)
    return struct.pack("!HHI", 1, len(body), 0x2112A442) + transaction + body


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


@pytest.mark.parametrize(
    ("address", "value"),
    [
        # RFC 5769, 2.2 and 2.3
        ("192.0.2.1", "0001a147e112a643"),
        ("2001:db8:1234:5678:11:2233:4455:6677", "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"),
    ],
)
def test_an_address_is_told_as_in_the_vectors_of_the_rfc(address: str, value: str) -> None:
    answer = answer_binding(HEADER, address, 32853)
    expected = attribute(0x0020, bytes.fromhex(value))
    assert answer == struct.pack("!HHI", 0x0101, len(expected), 0x2112A442) + TRANSACTION + expected


@given(address=addresses, port=ports, transaction=transactions, fingerprint=st.booleans())
def test_another_implementation_reads_what_we_answer_to_it(
    address: object, port: int, transaction: bytes, fingerprint: bool
) -> None:
    asked = reference.Message(reference.Method.BINDING, reference.Class.REQUEST, transaction)
    if fingerprint:
        asked.add_fingerprint()
    sent = bytes(asked)
    answer = answer_binding(sent, str(address), port)
    assert answer is not None
    read = reference.parse_message(answer)  # checks the fingerprint where there is one
    assert read.message_class is reference.Class.RESPONSE
    assert read.transaction_id == transaction
    assert read.attributes["XOR-MAPPED-ADDRESS"] == (str(address), port)
    assert ("FINGERPRINT" in read.attributes) == fingerprint
    assert len(answer) <= 2.5 * len(sent)


def test_an_ipv4_address_within_ipv6_is_told_as_what_it_is() -> None:
    assert answer_binding(HEADER, "::ffff:192.0.2.1", 32853) == answer_binding(HEADER, "192.0.2.1", 32853)


def test_the_zone_of_an_address_is_left_out() -> None:
    assert answer_binding(HEADER, "fe80::1%eth0", 1) == answer_binding(HEADER, "fe80::1", 1)


SOFTWARE = attribute(0x8022, b"test")
UNKNOWN_OPTIONAL = attribute(0xC057, b"\0\0\0\1")


def test_attributes_that_may_be_passed_over_are() -> None:
    assert answer_binding(request(SOFTWARE, UNKNOWN_OPTIONAL), "192.0.2.1", 1) == answer_binding(HEADER, "192.0.2.1", 1)


SILENCE = {
    "nothing": b"",
    "a header cut short": HEADER[:-1],
    "an indication": b"\x00\x11" + HEADER[2:],
    "an answer": b"\x01\x01" + HEADER[2:],
    "an error": b"\x01\x11" + HEADER[2:],
    "an allocation": b"\x00\x03" + HEADER[2:],
    "a channel of TURN": b"\x40\x00" + HEADER[2:],
    "RTP": b"\x80\x00" + HEADER[2:],
    "no magic cookie, as before RFC 5389": HEADER[:4] + b"\0\0\0\0" + HEADER[8:],
    "a length that is too short": request(SOFTWARE)[:2] + b"\0\4" + request(SOFTWARE)[4:],
    "a length that is too long": HEADER[:2] + b"\0\4" + HEADER[4:],
    "half an attribute": request(b"\x80\x22"),
    "an attribute longer than the message": request(b"\x80\x22\0\5test"),
    "something after the end": HEADER + b"\0",
    "too long": request(attribute(0x8022, b"x" * MAX_REQUEST)),
    "an attribute that must be understood": request(attribute(0x0003, b"\0\0\0\6")),
    "a check between peers": request(attribute(0x0006, b"user"), attribute(0x0024, b"\0\0\0\1")),
    "a wrong fingerprint": request(attribute(0x8028, b"\0\0\0\0")),
    "a fingerprint of another length": request(attribute(0x8028, b"\0")),
}


@pytest.mark.parametrize("data", SILENCE.values(), ids=SILENCE.keys())
def test_everything_else_is_met_with_silence(data: bytes) -> None:
    assert answer_binding(data, "192.0.2.1", 1) is None


def test_a_fingerprint_is_the_last_or_none() -> None:
    asked = reference.Message(reference.Method.BINDING, reference.Class.REQUEST, TRANSACTION)
    asked.add_fingerprint()
    signed = bytes(asked)
    assert answer_binding(signed, "192.0.2.1", 1) is not None
    attribute_type = (20, 21)  # with another it is no fingerprint
    for index in sorted(set(range(len(signed))).difference(attribute_type)):
        broken = bytearray(signed)
        broken[index] ^= 1
        assert answer_binding(bytes(broken), "192.0.2.1", 1) is None
    followed = signed[:2] + struct.pack("!H", 16) + signed[4:] + SOFTWARE
    assert answer_binding(followed, "192.0.2.1", 1) is None


@given(data=st.binary(max_size=80) | st.binary(max_size=60).map(request), address=addresses)
def test_no_bytes_break_it_and_none_make_it_answer_at_length(data: bytes, address: object) -> None:
    answer = answer_binding(data, str(address), 1)
    assert answer is None or len(answer) <= 2.5 * len(data)
