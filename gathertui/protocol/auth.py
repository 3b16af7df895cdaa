"""Accounts: sign up, log in, log out, invite."""

from __future__ import annotations

from gathertui.protocol.base import Account, Reply, Request, Role


class SignUp(Request, frozen=True, tag="sign_up"):
    """Make an account with an invite's code, and sign in with it."""

    name: str
    password: str
    invite: str


class LogIn(Request, frozen=True, tag="log_in"):
    """Sign in with a password."""

    name: str
    password: str


class SignedIn(Reply, frozen=True, tag="signed_in"):
    """You are `account` now. `token` signs you in next time; keep it secret."""

    token: str
    account: Account


class LogOut(Request, frozen=True, tag="log_out"):
    """End this sign-in everywhere: its token is of no use afterwards."""


class LoggedOut(Reply, frozen=True, tag="logged_out"):
    """The token is gone, and this connection is no longer signed in."""


class CreateInvite(Request, frozen=True, tag="create_invite"):
    """Make an invite to `role`, good for `uses` accounts within `seconds` from now."""

    role: Role
    uses: int
    seconds: int


class InviteCreated(Reply, frozen=True, tag="invite_created"):
    """The invite. `expires_at` is in seconds since 1970-01-01 UTC. The code is not kept: show it now."""

    code: str
    role: Role
    uses: int
    expires_at: float
