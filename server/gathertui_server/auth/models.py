"""What the auth service hands out and what it keeps. All times are epoch seconds."""

from __future__ import annotations

import msgspec

from gathertui.protocol.base import Role

__all__ = ["Account", "Claim", "Invite", "Role", "Session", "SignedIn", "StoredAccount", "StoredInvite"]


class Account(msgspec.Struct, frozen=True):
    """A person's account, fit to be shown. `colour` is 0..15, an index into the avatar palette."""

    id: str
    name: str
    role: Role
    colour: int
    created: int


class SignedIn(msgspec.Struct, frozen=True):
    """A fresh session. `token` is known to the client alone: we keep only its hash."""

    token: str
    account: Account


class Invite(msgspec.Struct, frozen=True):
    """An invite as given to a person. `code` can't be shown again later."""

    code: str
    role: Role
    uses: int
    expires_at: int


class StoredAccount(msgspec.Struct, frozen=True):
    """An account as kept: with what signs it in. `name_key` is unique."""

    account: Account
    name_key: str
    password_hash: str


class Session(msgspec.Struct, frozen=True):
    """One signed-in device, found by the hash of its token."""

    token_hash: str
    account_id: str
    device: str
    created: int
    last_used: int
    expires_at: int


class Claim(msgspec.Struct, frozen=True):
    """One use of an invite set aside for an account that is being created."""

    account_id: str
    at: int


class StoredInvite(msgspec.Struct, frozen=True):
    """An invite as kept. `left` counts the uses not yet claimed; `claims` are those under way.

    `created_by` is an account's id, or "" for a code made at the server's console.
    """

    code_hash: str
    role: Role
    uses: int
    left: int
    expires_at: int
    created_by: str
    claims: tuple[Claim, ...] = ()
