"""What every AccountStore, SessionStore and InviteStore does."""

import asyncio

import pytest

from gathertui_server.auth.models import Account, Claim, Role, Session, StoredAccount, StoredInvite

NOW = 4_000_000_000  # far ahead, so that no expiry sweep takes part


def stored_account(account_id="a1", name="Ada", role=Role.MEMBER):
    account = Account(id=account_id, name=name, role=role, colour=3, created=NOW)
    return StoredAccount(account=account, name_key=name.casefold(), password_hash="hash-1")


def session(token_hash="t1"):
    return Session(token_hash, account_id="a1", device="laptop", created=NOW, last_used=NOW, expires_at=NOW + 90)


def invite(code_hash="c1", uses=2, created_by="a1", left=None, expires_at=NOW + 600):
    left = uses if left is None else left
    return StoredInvite(code_hash, Role.GUEST, uses=uses, left=left, expires_at=expires_at, created_by=created_by)


async def test_an_account_comes_back_as_it_was_kept(accounts):
    kept = stored_account(name="Åda")
    assert await accounts.add(kept)
    assert await accounts.by_name_key("åda") == kept
    assert await accounts.by_id("a1") == kept.account


async def test_unknown_accounts_are_none(accounts):
    assert await accounts.by_name_key("nobody") is None
    assert await accounts.by_id("nobody") is None


async def test_a_name_key_is_taken_once_even_at_once(accounts):
    candidates = [stored_account(account_id=f"a{number}") for number in range(8)]
    added = await asyncio.gather(*(accounts.add(candidate) for candidate in candidates))
    assert sorted(added) == [False] * 7 + [True]
    winner = candidates[added.index(True)]
    assert await accounts.by_name_key("ada") == winner


async def test_a_password_hash_is_replaced_only_if_it_is_the_old_one(accounts):
    await accounts.add(stored_account())
    await accounts.replace_password_hash("a1", old="hash-0", new="hash-2")
    assert (await accounts.by_name_key("ada")).password_hash == "hash-1"
    await accounts.replace_password_hash("a1", old="hash-1", new="hash-2")
    assert (await accounts.by_name_key("ada")).password_hash == "hash-2"


@pytest.mark.parametrize("role", list(Role))
async def test_roles_are_found(accounts, role):
    assert not await accounts.any_with_role(role)
    await accounts.add(stored_account(role=role))
    assert [found for found in Role if await accounts.any_with_role(found)] == [role]


async def test_a_session_is_kept_extended_and_removed(sessions):
    assert await sessions.find("t1") is None
    await sessions.add(session())
    assert await sessions.find("t1") == session()
    await sessions.extend("t1", last_used=NOW + 5, expires_at=NOW + 95)
    extended = await sessions.find("t1")
    assert (extended.last_used, extended.expires_at, extended.created) == (NOW + 5, NOW + 95, NOW)
    await sessions.remove("t1")
    await sessions.remove("t1")
    assert await sessions.find("t1") is None


async def test_extending_a_session_that_is_gone_does_not_bring_it_back(sessions):
    await sessions.extend("t1", last_used=NOW, expires_at=NOW)
    assert await sessions.find("t1") is None


async def test_an_invite_comes_back_as_it_was_kept(invites):
    await invites.add(invite())
    assert await invites.find("c1") == invite()
    assert await invites.find("c2") is None


async def test_no_more_claims_than_uses_even_at_once(invites):
    await invites.add(invite(uses=5))
    claimed = await asyncio.gather(*(invites.claim("c1", Claim(f"a{number}", NOW)) for number in range(20)))
    assert sum(claimed) == 5
    found = await invites.find("c1")
    assert (found.left, len(found.claims)) == (0, 5)


async def test_one_account_claims_one_use(invites):
    await invites.add(invite())
    assert await invites.claim("c1", Claim("a1", NOW))
    assert not await invites.claim("c1", Claim("a1", NOW))
    assert (await invites.find("c1")).left == 1


async def test_an_expired_or_unknown_invite_is_not_claimed(invites):
    await invites.add(invite(expires_at=NOW))
    assert not await invites.claim("c1", Claim("a1", NOW))
    assert not await invites.claim("c2", Claim("a1", NOW))


async def test_a_released_use_can_be_claimed_again_once(invites):
    await invites.add(invite(uses=1))
    await invites.claim("c1", Claim("a1", NOW))
    await invites.release("c1", "a1")
    await invites.release("c1", "a1")
    assert await invites.find("c1") == invite(uses=1)


async def test_a_settled_use_is_spent(invites):
    await invites.add(invite(uses=1))
    await invites.claim("c1", Claim("a1", NOW))
    await invites.settle("c1", "a1")
    await invites.release("c1", "a1")
    assert await invites.find("c1") == invite(uses=1, left=0)


async def test_owner_codes_are_withdrawn_and_others_stay(invites):
    await invites.add(invite("console", created_by=""))
    await invites.add(invite("theirs"))
    await invites.withdraw_owner_codes()
    assert await invites.find("console") is None
    assert await invites.find("theirs") is not None
