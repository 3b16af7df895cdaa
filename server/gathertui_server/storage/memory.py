"""The services' ports kept in memory: for tests, bots and trying things out. Nothing survives the process."""

from __future__ import annotations

import msgspec

from gathertui_server.auth.models import Account, Claim, Role, Session, StoredAccount, StoredInvite
from gathertui_server.chat.models import Channel, Message


class MemoryAccountStore:
    """`auth.ports.AccountStore` in a dict."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredAccount] = {}

    async def add(self, stored: StoredAccount) -> bool:
        """See `AccountStore.add`."""
        if await self.by_name_key(stored.name_key) is not None:
            return False
        self._by_id[stored.account.id] = stored
        return True

    async def by_name_key(self, name_key: str) -> StoredAccount | None:
        """See `AccountStore.by_name_key`."""
        return next((stored for stored in self._by_id.values() if stored.name_key == name_key), None)

    async def by_id(self, account_id: str) -> Account | None:
        """See `AccountStore.by_id`."""
        stored = self._by_id.get(account_id)
        return stored.account if stored else None

    async def replace_password_hash(self, account_id: str, old: str, new: str) -> None:
        """See `AccountStore.replace_password_hash`."""
        stored = self._by_id.get(account_id)
        if stored and stored.password_hash == old:
            self._by_id[account_id] = msgspec.structs.replace(stored, password_hash=new)

    async def any_with_role(self, role: Role) -> bool:
        """See `AccountStore.any_with_role`."""
        return any(stored.account.role is role for stored in self._by_id.values())


class MemorySessionStore:
    """`auth.ports.SessionStore` in a dict."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    async def add(self, session: Session) -> None:
        """See `SessionStore.add`."""
        self._sessions[session.token_hash] = session

    async def find(self, token_hash: str) -> Session | None:
        """See `SessionStore.find`."""
        return self._sessions.get(token_hash)

    async def extend(self, token_hash: str, last_used: int, expires_at: int) -> None:
        """See `SessionStore.extend`."""
        session = self._sessions.get(token_hash)
        if session:
            self._sessions[token_hash] = msgspec.structs.replace(session, last_used=last_used, expires_at=expires_at)

    async def remove(self, token_hash: str) -> None:
        """See `SessionStore.remove`."""
        self._sessions.pop(token_hash, None)


class MemoryInviteStore:
    """`auth.ports.InviteStore` in a dict."""

    def __init__(self) -> None:
        self._invites: dict[str, StoredInvite] = {}

    async def add(self, invite: StoredInvite) -> None:
        """See `InviteStore.add`."""
        self._invites[invite.code_hash] = invite

    async def find(self, code_hash: str) -> StoredInvite | None:
        """See `InviteStore.find`."""
        return self._invites.get(code_hash)

    async def claim(self, code_hash: str, claim: Claim) -> bool:
        """See `InviteStore.claim`."""
        invite = self._invites.get(code_hash)
        if invite is None or invite.left == 0 or invite.expires_at <= claim.at or _claims(invite, claim.account_id):
            return False
        self._change(invite, invite.left - 1, (*invite.claims, claim))
        return True

    async def settle(self, code_hash: str, account_id: str) -> None:
        """See `InviteStore.settle`."""
        invite = self._invites.get(code_hash)
        if invite and _claims(invite, account_id):
            self._change(invite, invite.left, _without(invite, account_id))

    async def release(self, code_hash: str, account_id: str) -> None:
        """See `InviteStore.release`."""
        invite = self._invites.get(code_hash)
        if invite and _claims(invite, account_id):
            self._change(invite, invite.left + 1, _without(invite, account_id))

    async def withdraw_owner_codes(self) -> None:
        """See `InviteStore.withdraw_owner_codes`."""
        self._invites = {code: invite for code, invite in self._invites.items() if invite.created_by}

    def _change(self, invite: StoredInvite, left: int, claims: tuple[Claim, ...]) -> None:
        self._invites[invite.code_hash] = msgspec.structs.replace(invite, left=left, claims=claims)


def _claims(invite: StoredInvite, account_id: str) -> bool:
    return any(claim.account_id == account_id for claim in invite.claims)


def _without(invite: StoredInvite, account_id: str) -> tuple[Claim, ...]:
    return tuple(claim for claim in invite.claims if claim.account_id != account_id)


class MemoryMessageStore:
    """`chat.ports.MessageStore` in dicts."""

    def __init__(self) -> None:
        self._titles: dict[str, str] = {}
        self._messages: dict[tuple[str, int], Message] = {}
        self._posted: dict[tuple[str, str, str], Message] = {}

    async def add_channel(self, name: str, title: str) -> None:
        """See `MessageStore.add_channel`."""
        self._titles.setdefault(name, title)

    async def channels(self) -> list[Channel]:
        """See `MessageStore.channels`."""
        return [Channel(name, title, max(self._seqs(name), default=0)) for name, title in sorted(self._titles.items())]

    async def insert(self, message: Message) -> bool:
        """See `MessageStore.insert`."""
        place = (message.channel, message.seq)
        post = (message.channel, message.author_id, message.client_id)
        if place in self._messages or post in self._posted:
            return False
        self._messages[place] = self._posted[post] = message
        return True

    async def find_by_client_id(self, channel: str, author_id: str, client_id: str) -> Message | None:
        """See `MessageStore.find_by_client_id`."""
        return self._posted.get((channel, author_id, client_id))

    async def page_before(self, channel: str, before_seq: int | None, limit: int) -> list[Message]:
        """See `MessageStore.page_before`."""
        older = [seq for seq in self._seqs(channel) if before_seq is None or seq < before_seq]
        return [self._messages[channel, seq] for seq in older[-limit:]]

    async def page_after(self, channel: str, after_seq: int, limit: int) -> list[Message]:
        """See `MessageStore.page_after`."""
        newer = [seq for seq in self._seqs(channel) if seq > after_seq]
        return [self._messages[channel, seq] for seq in newer[:limit]]

    def _seqs(self, channel: str) -> list[int]:
        return sorted(seq for name, seq in self._messages if name == channel)
