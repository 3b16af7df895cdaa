"""Secrets that we hand out and keep only as hashes: session tokens and invite codes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Final

TokenSource = Callable[[int], bytes]
"""Gives that many unpredictable bytes; `secrets.token_bytes` outside tests."""

TOKEN_BYTES: Final = 32
ACCOUNT_ID_BYTES: Final = 12

CODE_BYTES: Final = 10
"""80 bits: sixteen characters of five bits each."""

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U."""

_CODE_LENGTH: Final = CODE_BYTES * 8 // 5
_GROUP: Final = 4
_MISREAD: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def new_token(source: TokenSource) -> str:
    """A session token: 256 bits as 43 URL-safe characters."""
    return base64.urlsafe_b64encode(source(TOKEN_BYTES)).rstrip(b"=").decode()


def new_account_id(source: TokenSource) -> str:
    """An account's id: 96 bits in hexadecimal."""
    return source(ACCOUNT_ID_BYTES).hex()


def new_invite_code(source: TokenSource) -> str:
    """An invite code to read out and type, like `7KQF-9M2X-0B3D-ZT6W`."""
    number = int.from_bytes(source(CODE_BYTES), "big")
    digits = [_ALPHABET[(number >> shift) & 31] for shift in range(5 * (_CODE_LENGTH - 1), -1, -5)]
    return "-".join("".join(digits[start : start + _GROUP]) for start in range(0, _CODE_LENGTH, _GROUP))


def normalise_invite_code(typed: str) -> str | None:
    """The code that a person meant: case, blanks, dashes, O for 0 and I or L for 1 don't matter.

    None where it can't be a code.
    """
    if len(typed) > 4 * _CODE_LENGTH:
        return None
    code = typed.strip().upper().translate(_MISREAD)
    return code if len(code) == _CODE_LENGTH and set(code) <= set(_ALPHABET) else None


def secret_hash(secret: str) -> str:
    """SHA-256 in hexadecimal. Enough for secrets of full entropy; passwords need `auth.passwords`."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
