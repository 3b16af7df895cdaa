"""Invites in MongoDB. Each change is one conditional update, so a use can't be spent twice."""

from __future__ import annotations

from gathertui_server.auth.models import Claim, Role, StoredInvite
from gathertui_server.storage.mongo.database import Database, driver_errors
from gathertui_server.storage.mongo.instants import from_instant, to_instant
from gathertui_server.storage.mongo.schema import INVITES, SCHEMA_VERSION


class MongoInviteStore:
    """`auth.ports.InviteStore` in a collection keyed by code hash."""

    def __init__(self, database: Database) -> None:
        self._invites = database.collection(INVITES)

    async def add(self, invite: StoredInvite) -> None:
        """See `InviteStore.add`."""
        with driver_errors():
            await self._invites.insert_one(
                {
                    "_id": invite.code_hash,
                    "v": SCHEMA_VERSION,
                    "role": invite.role.value,
                    "uses": invite.uses,
                    "left": invite.left,
                    "expires_at": to_instant(invite.expires_at),
                    "created_by": invite.created_by,
                    "claims": [{"account_id": claim.account_id, "at": claim.at} for claim in invite.claims],
                }
            )

    async def find(self, code_hash: str) -> StoredInvite | None:
        """See `InviteStore.find`."""
        with driver_errors():
            found = await self._invites.find_one({"_id": code_hash})
        if found is None:
            return None
        return StoredInvite(
            code_hash=found["_id"],
            role=Role(found["role"]),
            uses=found["uses"],
            left=found["left"],
            expires_at=from_instant(found["expires_at"]),
            created_by=found["created_by"],
            claims=tuple(Claim(claim["account_id"], claim["at"]) for claim in found["claims"]),
        )

    async def claim(self, code_hash: str, claim: Claim) -> bool:
        """See `InviteStore.claim`."""
        with driver_errors():
            result = await self._invites.update_one(
                {
                    "_id": code_hash,
                    "left": {"$gt": 0},
                    "expires_at": {"$gt": to_instant(claim.at)},
                    "claims.account_id": {"$ne": claim.account_id},
                },
                {"$inc": {"left": -1}, "$push": {"claims": {"account_id": claim.account_id, "at": claim.at}}},
            )
        return result.modified_count == 1

    async def settle(self, code_hash: str, account_id: str) -> None:
        """See `InviteStore.settle`."""
        with driver_errors():
            await self._invites.update_one({"_id": code_hash}, {"$pull": {"claims": {"account_id": account_id}}})

    async def release(self, code_hash: str, account_id: str) -> None:
        """See `InviteStore.release`."""
        with driver_errors():
            await self._invites.update_one(
                {"_id": code_hash, "claims.account_id": account_id},
                {"$inc": {"left": 1}, "$pull": {"claims": {"account_id": account_id}}},
            )

    async def withdraw_owner_codes(self) -> None:
        """See `InviteStore.withdraw_owner_codes`."""
        with driver_errors():
            await self._invites.delete_many({"created_by": ""})
