import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui_server.auth.tokens import CODE_BYTES, new_invite_code, new_token, normalise_invite_code, secret_hash


@given(st.binary(min_size=CODE_BYTES, max_size=CODE_BYTES))
def test_a_code_is_read_back_however_it_is_typed(entropy):
    code = new_invite_code(lambda _count: entropy)
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
    plain = code.replace("-", "")
    misread = plain.replace("0", "o").replace("1", "l")
    for typed in (code, code.lower(), f"  {code} ", plain, code.replace("-", " "), misread, plain.replace("1", "I")):
        assert normalise_invite_code(typed) == plain
    assert int.from_bytes(entropy, "big") == sum(
        "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(char) * 32**place for place, char in enumerate(reversed(plain))
    )


@pytest.mark.parametrize(
    "typed", ["", "ABCD", "U" * 16, "7KQF-9M2X-0B3D-ZT6W-1", "é" * 16, "0" * 100_000, "\ud800" * 16]
)
def test_what_is_no_code_is_none(typed):
    assert normalise_invite_code(typed) is None


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_code_or_none(typed):
    code = normalise_invite_code(typed)
    assert code is None or normalise_invite_code(code) == code


def test_tokens_have_256_bits_and_differ():
    asked = []

    def source(count):
        asked.append(count)
        return secrets.token_bytes(count)

    first, second = new_token(source), new_token(source)
    assert asked == [32, 32]
    assert first != second
    assert secret_hash(first) != secret_hash(second)
    assert first not in secret_hash(first)
