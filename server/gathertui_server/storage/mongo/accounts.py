"""Accounts and their sessions in MongoDB."""

from __future__ import annotations

from pymongo.errors import DuplicateKeyError

from gathertui_server.auth.models import Account, Role, Session, StoredAccount
from gathertui_server.storage.mongo.database import Database, Document, driver_errors
from gathertui_server.storage.mongo.instants import from_instant, to_instant
from gathertui_server.storage.mongo.schema import ACCOUNTS, SCHEMA_VERSION, SESSIONS


class MongoAccountStore:
    """`auth.ports.AccountStore` in a collection whose `name_key` is unique."""

    def __init__(self, database: Database) -> None:
        self._accounts = database.collection(ACCOUNTS)

    async def add(self, stored: StoredAccount) -> bool:
        """See `AccountStore.add`."""
        account = stored.account
        with driver_errors():
            try:
                await self._accounts.insert_one(
                    {
                        "_id": account.id,
                        "v": SCHEMA_VERSION,
                        "name": account.name,
                        "name_key": stored.name_key,
                        "role": account.role.value,
                        "colour": account.colour,
                        "created": to_instant(account.created),
                        "password_hash": stored.password_hash,
                    }
                )
            except DuplicateKeyError:
                return False
        return True

    async def by_name_key(self, name_key: str) -> StoredAccount | None:
        """See `AccountStore.by_name_key`."""
        with driver_errors():
            found = await self._accounts.find_one({"name_key": name_key})
        return StoredAccount(_account(found), found["name_key"], found["password_hash"]) if found else None

    async def by_id(self, account_id: str) -> Account | None:
        """See `AccountStore.by_id`."""
        with driver_errors():
            found = await self._accounts.find_one({"_id": account_id})
        return _account(found) if found else None

    async def replace_password_hash(self, account_id: str, old: str, new: str) -> None:
        """See `AccountStore.replace_password_hash`."""
        with driver_errors():
            await self._accounts.update_one({"_id": account_id, "password_hash": old}, {"$set": {"password_hash": new}})

    async def any_with_role(self, role: Role) -> bool:
        """See `AccountStore.any_with_role`."""
        with driver_errors():
            return await self._accounts.find_one({"role": role.value}, {"_id": 1}) is not None


class MongoSessionStore:
    """`auth.ports.SessionStore` in a collection keyed by token hash."""

    def __init__(self, database: Database) -> None:
        self._sessions = database.collection(SESSIONS)

    async def add(self, session: Session) -> None:
        """See `SessionStore.add`."""
        with driver_errors():
            await self._sessions.insert_one(
                {
                    "_id": session.token_hash,
                    "v": SCHEMA_VERSION,
                    "account_id": session.account_id,
                    "device": session.device,
                    "created": to_instant(session.created),
                    "last_used": to_instant(session.last_used),
                    "expires_at": to_instant(session.expires_at),
                }
            )

    async def find(self, token_hash: str) -> Session | None:
        """See `SessionStore.find`."""
        with driver_errors():
            found = await self._sessions.find_one({"_id": token_hash})
        if found is None:
            return None
        return Session(
            token_hash=found["_id"],
            account_id=found["account_id"],
            device=found["device"],
            created=from_instant(found["created"]),
            last_used=from_instant(found["last_used"]),
            expires_at=from_instant(found["expires_at"]),
        )

    async def extend(self, token_hash: str, last_used: int, expires_at: int) -> None:
        """See `SessionStore.extend`."""
        with driver_errors():
            await self._sessions.update_one(
                {"_id": token_hash},
                {"$set": {"last_used": to_instant(last_used), "expires_at": to_instant(expires_at)}},
            )

    async def remove(self, token_hash: str) -> None:
        """See `SessionStore.remove`."""
        with driver_errors():
            await self._sessions.delete_one({"_id": token_hash})


def _account(found: Document) -> Account:
    return Account(
        id=found["_id"],
        name=found["name"],
        role=Role(found["role"]),
        colour=found["colour"],
        created=from_instant(found["created"]),
    )
