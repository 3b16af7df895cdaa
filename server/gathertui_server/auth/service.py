"""Signing up, signing in, sessions and invites."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Final

from gathertui.errors import Code, Refused
from gathertui_server.auth.models import (
    Account,
    Claim,
    Invite,
    Role,
    Session,
    SignedIn,
    StoredAccount,
    StoredInvite,
)
from gathertui_server.auth.names import (
    PASSWORD_LENGTH,
    check_password,
    name_key,
    normalise_name,
    normalise_password,
)
from gathertui_server.auth.passwords import Passwords
from gathertui_server.auth.ports import AccountStore, InviteStore, SessionStore
from gathertui_server.auth.throttle import Throttle
from gathertui_server.auth.tokens import (
    TokenSource,
    new_account_id,
    new_invite_code,
    new_token,
    normalise_invite_code,
    secret_hash,
)

DAY: Final = 24 * 3600
SESSION_LIFE: Final = 90 * DAY
EXTEND_EVERY: Final = 3600
"""A session's use is written down at most this often, in seconds."""

OWNER_CODE_LIFE: Final = 7 * DAY
INVITE_USES: Final = range(1, 1001)
INVITE_LIFE: Final = range(60, 365 * DAY + 1)

CLAIM_ABANDONED_AFTER: Final = 120
"""Seconds after which no sign-up can still be under way: well beyond storage's own timeouts."""

COLOURS: Final = 16
DEVICE_LENGTH: Final = 64
TOKEN_LENGTH: Final = 128
NAME_INPUT_LENGTH: Final = 256


class Accounts:
    """The accounts of a space. Refusals are `Refused`; a failing database is a `StorageError`."""

    def __init__(
        self,
        *,
        accounts: AccountStore,
        sessions: SessionStore,
        invites: InviteStore,
        passwords: Passwords,
        throttle: Throttle,
        now: Callable[[], float] = time.time,
        token_source: TokenSource = secrets.token_bytes,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._invites = invites
        self._passwords = passwords
        self._throttle = throttle
        self._now = now
        self._token_source = token_source

    async def sign_up(self, name: str, password: str, invite_code: str, device: str, address: str) -> SignedIn:
        """Create an account with an invite's role and sign it in on `device`.

        The invite loses a use only if the account exists afterwards.
        Refused: TOO_MANY_REQUESTS, BAD_NAME, BAD_PASSWORD, BAD_INVITE, NAME_TAKEN.
        """
        self._check_throttle(name, address)
        shown = normalise_name(name)
        check_password(password, shown)
        invite = await self._usable_invite(invite_code)
        if await self._accounts.by_name_key(name_key(shown)) is not None:
            raise _name_taken(shown)
        password_hash = await self._passwords.hash(normalise_password(password))
        account = self._new_account(shown, invite.role)
        if not await self._invites.claim(invite.code_hash, Claim(account.id, account.created)):
            raise _bad_invite()
        # If storage fails from here on, the claim stays and `_reconcile` decides later whether it was spent.
        if not await self._accounts.add(StoredAccount(account, name_key(shown), password_hash)):
            await self._invites.release(invite.code_hash, account.id)
            raise _name_taken(shown)
        await self._invites.settle(invite.code_hash, account.id)
        return await self._open_session(account, device)

    async def log_in(self, name: str, password: str, device: str, address: str) -> SignedIn:
        """Sign in on `device`. Refused: TOO_MANY_REQUESTS, WRONG_PASSWORD (also for an unknown name)."""
        self._check_throttle(name, address)
        stored = await self._accounts.by_name_key(_throttle_key(name))
        known_hash = stored.password_hash if stored else None
        typed = normalise_password(password) if len(password) in PASSWORD_LENGTH else ""
        if not await self._passwords.verify(known_hash, typed) or stored is None:
            raise Refused(Code.WRONG_PASSWORD, "The name or the password is wrong.", "Check both and try again.")
        if self._passwords.needs_rehash(stored.password_hash):
            new_hash = await self._passwords.hash(typed)
            await self._accounts.replace_password_hash(stored.account.id, stored.password_hash, new_hash)
        return await self._open_session(stored.account, device)

    async def resume(self, token: str) -> Account:
        """The account that this token signs in; extends the session. Refused: SESSION_EXPIRED."""
        if len(token) > TOKEN_LENGTH:
            raise _session_expired()
        token_hash = secret_hash(token)
        session = await self._sessions.find(token_hash)
        now = self._seconds()
        if session is None:
            raise _session_expired()
        account = await self._accounts.by_id(session.account_id)
        if account is None or session.expires_at <= now:
            await self._sessions.remove(token_hash)
            raise _session_expired()
        if now - session.last_used >= EXTEND_EVERY:
            await self._sessions.extend(token_hash, last_used=now, expires_at=now + SESSION_LIFE)
        return account

    async def log_out(self, token: str) -> None:
        """End the session of this token, if there is one."""
        await self._sessions.remove(secret_hash(token))

    async def create_invite(self, by: Account, role: Role, uses: int, expires_in_seconds: int) -> Invite:
        """A new invite. Owners and admins make them, never for a role above their own.

        Refused: NOT_PERMITTED, BAD_REQUEST (1 to 1,000 uses, a minute to a year).
        """
        if Role.ADMIN.outranks(by.role):
            raise Refused(Code.NOT_PERMITTED, "Only owners and admins invite people.", "Ask one of them for an invite.")
        if role.outranks(by.role):
            raise Refused(Code.NOT_PERMITTED, f"A role above your own ({by.role}) isn't yours to give.")
        if uses not in INVITE_USES:
            raise Refused(Code.BAD_REQUEST, f"An invite has 1 to {INVITE_USES.stop - 1:,} uses.")
        if expires_in_seconds not in INVITE_LIFE:
            raise Refused(Code.BAD_REQUEST, "An invite lasts between a minute and a year.")
        return await self._add_invite(role, uses, expires_in_seconds, created_by=by.id)

    async def owner_code(self) -> str:
        """An invite that makes its one user an owner, for seven days; earlier unused ones end."""
        await self._invites.withdraw_owner_codes()
        invite = await self._add_invite(Role.OWNER, 1, OWNER_CODE_LIFE, created_by="")
        return invite.code

    async def has_owner(self) -> bool:
        """Whether the space has an owner yet."""
        return await self._accounts.any_with_role(Role.OWNER)

    async def _usable_invite(self, typed_code: str) -> StoredInvite:
        code = normalise_invite_code(typed_code)
        invite = await self._invites.find(secret_hash(code)) if code else None
        if invite is None or invite.expires_at <= self._seconds():
            raise _bad_invite()
        if invite.left == 0 and not await self._reconcile(invite):
            raise _bad_invite()
        return invite

    async def _reconcile(self, invite: StoredInvite) -> bool:
        """Decide claims that a crash left open; whether a use came free."""
        freed = False
        for claim in invite.claims:
            if self._seconds() - claim.at < CLAIM_ABANDONED_AFTER:
                continue
            if await self._accounts.by_id(claim.account_id) is None:
                await self._invites.release(invite.code_hash, claim.account_id)
                freed = True
            else:
                await self._invites.settle(invite.code_hash, claim.account_id)
        return freed

    async def _add_invite(self, role: Role, uses: int, expires_in_seconds: int, *, created_by: str) -> Invite:
        code = new_invite_code(self._token_source)
        expires_at = self._seconds() + expires_in_seconds
        await self._invites.add(
            StoredInvite(
                code_hash=secret_hash(code.replace("-", "")),
                role=role,
                uses=uses,
                left=uses,
                expires_at=expires_at,
                created_by=created_by,
            )
        )
        return Invite(code=code, role=role, uses=uses, expires_at=expires_at)

    async def _open_session(self, account: Account, device: str) -> SignedIn:
        token = new_token(self._token_source)
        now = self._seconds()
        await self._sessions.add(
            Session(
                token_hash=secret_hash(token),
                account_id=account.id,
                device=device[:DEVICE_LENGTH],
                created=now,
                last_used=now,
                expires_at=now + SESSION_LIFE,
            )
        )
        return SignedIn(token=token, account=account)

    def _new_account(self, name: str, role: Role) -> Account:
        account_id = new_account_id(self._token_source)
        return Account(id=account_id, name=name, role=role, colour=colour_of(account_id), created=self._seconds())

    def _check_throttle(self, name: str, address: str) -> None:
        wait = self._throttle.take(_throttle_key(name), address, self._now())
        if wait:
            raise Refused(
                Code.TOO_MANY_REQUESTS,
                "Too many attempts to sign in.",
                f"Try again in {max(1, round(wait))} s.",
                retry_after=wait,
            )

    def _seconds(self) -> int:
        return int(self._now())


def colour_of(account_id: str) -> int:
    """The colour 0..15 that an account has, the same wherever it is asked."""
    return hashlib.sha256(account_id.encode()).digest()[0] % COLOURS


def _throttle_key(name: str) -> str:
    return name_key(name[:NAME_INPUT_LENGTH])


def _name_taken(name: str) -> Refused:
    return Refused(Code.NAME_TAKEN, f"The name {name} is taken.", "Choose another, or sign in if it is yours.")


def _bad_invite() -> Refused:
    message = "That invite isn't valid: mistyped, used up or expired."
    return Refused(Code.BAD_INVITE, message, "Ask for a new one if it looks right.")


def _session_expired() -> Refused:
    message = "This device isn't signed in any more."
    return Refused(Code.SESSION_EXPIRED, message, "Sign in with your name and password.")
