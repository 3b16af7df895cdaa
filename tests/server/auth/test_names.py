import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui.errors import Code, Refused
from gathertui_server.auth.names import check_password, name_key, normalise_name, normalise_password


@pytest.mark.parametrize(
    "name", ["Ada", "a2", "ada.lovelace", "x_y-z", "Грета", "村上", "สมชาย", "प्रिया", "a" * 24, "7of9"]
)
def test_names_of_any_script_are_fine(name):
    assert normalise_name(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a",
        "a" * 25,
        "a" * 100_000,
        "-ada",
        ".ada",
        "a da",
        "ada\n",
        "ada\x1b[31m",
        "ada\u202e",
        "ad\u200ba",
        "ad\u2060a",
        "a\u115fb",
        "ad\u3164a",
        "ad\ufe0fa",
        "\u0301ada",
        "x\u0301\u0302\u0303yz",
        "ada🦊",
        "ada@home",
        "аdа lovelace",
        "аdmin",  # begins with a Cyrillic letter
        "a\ud800b",
        "½½",
    ],
)
def test_other_names_are_refused_with_a_reason(name):
    with pytest.raises(Refused) as refused:
        normalise_name(name)
    assert refused.value.code is Code.BAD_NAME
    assert refused.value.hint


def test_a_composed_and_a_decomposed_name_are_one():
    assert normalise_name("Zoe\u0308") == normalise_name("Zo\u00eb")


@pytest.mark.parametrize(
    ("one", "other"), [("ADA", "ada"), ("straße", "STRASSE"), ("ａｄａ", "ada"), ("Zo\u00eb", "zoe\u0308")]
)
def test_names_that_read_the_same_have_one_key(one, other):
    assert name_key(one) == name_key(other)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_refused_or_safe_to_show(name):
    try:
        shown = normalise_name(name)
    except Refused as refused:
        assert refused.code is Code.BAD_NAME
        return
    assert 2 <= len(shown) <= 24
    assert {unicodedata.category(char)[0] for char in shown} <= {"L", "M", "N", "P"}
    assert not any(char.isspace() or unicodedata.category(char) in ("Cf", "Cc") for char in shown)
    assert normalise_name(shown) == shown
    assert name_key(shown) == name_key(name_key(shown))


def test_passwords_have_their_length_and_are_not_the_name():
    check_password("12345678", "Ada")
    check_password("x" * 256, "Ada")
    for password in ("1234567", "x" * 257, "Lovelace", "LOVELACE"):
        with pytest.raises(Refused) as refused:
            check_password(password, "lovelace")
        assert refused.value.code is Code.BAD_PASSWORD


def test_every_keyboard_gives_the_same_password():
    assert normalise_password("cafe\u0301 au lait") == normalise_password("caf\u00e9 au lait")
