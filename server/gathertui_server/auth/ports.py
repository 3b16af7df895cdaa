"""What the auth service needs from storage.

Every method may raise `gathertui.errors.StorageError`; after that the outcome of
a write is unknown, and the service is written to stand it.
"""

from __future__ import annotations

from typing import Protocol

from gathertui_server.auth.models import Account, Claim, Role, Session, StoredAccount, StoredInvite


class AccountStore(Protocol):
    """Accounts, unique by `name_key`."""

    async def add(self, stored: StoredAccount) -> bool:
        """Keep a new account; False, and nothing kept, where the name key is taken."""

    async def by_name_key(self, name_key: str) -> StoredAccount | None:
        """The account with this name key."""

    async def by_id(self, account_id: str) -> Account | None:
        """The account with this id."""

    async def replace_password_hash(self, account_id: str, old: str, new: str) -> None:
        """Set the hash to `new` if it still is `old`, so that a change under way is not undone."""

    async def any_with_role(self, role: Role) -> bool:
        """Whether some account has this role."""


class SessionStore(Protocol):
    """Sessions by token hash. May drop expired ones; the service checks expiry itself."""

    async def add(self, session: Session) -> None:
        """Keep a new session."""

    async def find(self, token_hash: str) -> Session | None:
        """The session of this token, even if it has expired."""

    async def extend(self, token_hash: str, last_used: int, expires_at: int) -> None:
        """Note a use and move the expiry; nothing happens where the session is gone."""

    async def remove(self, token_hash: str) -> None:
        """Forget the session, if it is there."""


class InviteStore(Protocol):
    """Invites by code hash. `claim`, `settle` and `release` are atomic and take effect once an account."""

    async def add(self, invite: StoredInvite) -> None:
        """Keep a new invite."""

    async def find(self, code_hash: str) -> StoredInvite | None:
        """The invite of this code, even if it is used up or expired."""

    async def claim(self, code_hash: str, claim: Claim) -> bool:
        """Set one use aside; False where none is left or the invite has expired at `claim.at`."""

    async def settle(self, code_hash: str, account_id: str) -> None:
        """The claimed use is spent for good: forget the claim."""

    async def release(self, code_hash: str, account_id: str) -> None:
        """Give the claimed use back, if that account still claims one."""

    async def withdraw_owner_codes(self) -> None:
        """Remove the invites made at the console (`created_by` ""). A claim under way stays good."""
