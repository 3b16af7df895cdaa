import asyncio

import pytest
from argon2 import Parameters
from argon2.low_level import Type

from gathertui.errors import Code, DatabaseUnavailable, Refused
from gathertui_server.auth.models import Role
from gathertui_server.auth.passwords import Passwords
from gathertui_server.auth.service import DAY, SESSION_LIFE, Accounts, colour_of
from gathertui_server.auth.throttle import Limit, Throttle
from gathertui_server.storage.memory import MemoryAccountStore, MemoryInviteStore, MemorySessionStore

CHEAP = Parameters(Type.ID, version=19, salt_len=16, hash_len=32, time_cost=1, memory_cost=8, parallelism=1)
DEARER = Parameters(Type.ID, version=19, salt_len=16, hash_len=32, time_cost=2, memory_cost=8, parallelism=1)
PASSWORD = "correct horse"
ADDRESS = "192.0.2.1"


class Office:
    """Accounts on memory stores, with a clock that stands still until `clock` is set."""

    def __init__(self, throttle=None):
        self.clock = 1_000_000.0
        self.account_store = MemoryAccountStore()
        self.session_store = MemorySessionStore()
        self.invite_store = MemoryInviteStore()
        self.throttle = throttle or Throttle(Limit(1000, 1.0), Limit(1000, 1.0))
        self.accounts = self.service(CHEAP)

    def service(self, cost):
        return Accounts(
            accounts=self.account_store,
            sessions=self.session_store,
            invites=self.invite_store,
            passwords=Passwords(cost),
            throttle=self.throttle,
            now=lambda: self.clock,
        )

    async def owner(self, name="Ada"):
        return await self.sign_up(name, await self.accounts.owner_code())

    async def sign_up(self, name, code, password=PASSWORD):
        return await self.accounts.sign_up(name, password, code, device="laptop", address=ADDRESS)

    async def log_in(self, name, password=PASSWORD, address=ADDRESS):
        return await self.accounts.log_in(name, password, device="laptop", address=address)

    async def invite(self, by, role=Role.MEMBER, uses=1, seconds=3600):
        return await self.accounts.create_invite(by, role, uses, seconds)


@pytest.fixture
def office():
    return Office()


async def refusal(awaitable):
    with pytest.raises(Refused) as refused:
        await awaitable
    return refused.value


async def test_the_first_owner_comes_in_with_the_owner_code(office):
    assert not await office.accounts.has_owner()
    signed_in = await office.owner("Ada")
    assert await office.accounts.has_owner()
    assert (signed_in.account.name, signed_in.account.role) == ("Ada", Role.OWNER)
    assert signed_in.account.created == 1_000_000
    assert signed_in.account.colour == colour_of(signed_in.account.id)
    assert await office.accounts.resume(signed_in.token) == signed_in.account


async def test_a_new_owner_code_ends_the_one_before(office):
    first = await office.accounts.owner_code()
    second = await office.accounts.owner_code()
    assert (await refusal(office.sign_up("Ada", first))).code is Code.BAD_INVITE
    assert (await office.sign_up("Ada", second)).account.role is Role.OWNER


async def test_an_owner_code_lasts_a_week_and_is_used_once(office):
    code = await office.accounts.owner_code()
    office.clock += 7 * DAY
    assert (await refusal(office.sign_up("Ada", code))).code is Code.BAD_INVITE
    code = await office.accounts.owner_code()
    await office.sign_up("Ada", code)
    assert (await refusal(office.sign_up("Bob", code))).code is Code.BAD_INVITE


async def test_an_invite_gives_its_role_as_often_as_it_has_uses(office):
    owner = (await office.owner()).account
    invite = await office.invite(owner, Role.GUEST, uses=2)
    assert (invite.role, invite.uses, invite.expires_at) == (Role.GUEST, 2, 1_003_600)
    typed = invite.code.lower().replace("-", " ")
    assert (await office.sign_up("Bob", typed)).account.role is Role.GUEST
    assert (await office.sign_up("Cleo", typed)).account.role is Role.GUEST
    assert (await refusal(office.sign_up("Dan", typed))).code is Code.BAD_INVITE


async def test_no_more_sign_ups_than_uses_even_at_once(office):
    owner = (await office.owner()).account
    invite = await office.invite(owner, uses=3)
    results = await asyncio.gather(
        *(office.sign_up(f"person{number}", invite.code) for number in range(10)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, Refused)]
    assert [result.code for result in refused] == [Code.BAD_INVITE] * 7


async def test_one_of_two_takes_a_name_and_the_other_keeps_the_invite(office):
    owner = (await office.owner()).account
    invite = await office.invite(owner, uses=2)
    results = await asyncio.gather(
        office.sign_up("Bob", invite.code), office.sign_up("BOB", invite.code), return_exceptions=True
    )
    assert [result.code for result in results if isinstance(result, Refused)] == [Code.NAME_TAKEN]
    await office.sign_up("Cleo", invite.code)
    assert (await refusal(office.sign_up("Dan", invite.code))).code is Code.BAD_INVITE


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [("b", PASSWORD, Code.BAD_NAME), ("Bob", "short", Code.BAD_PASSWORD), ("ada", PASSWORD, Code.NAME_TAKEN)],
)
async def test_a_refused_sign_up_does_not_burn_the_invite(office, name, password, code):
    owner = (await office.owner("Ada")).account
    invite = await office.invite(owner)
    assert (await refusal(office.sign_up(name, invite.code, password))).code is code
    assert (await office.sign_up("Bob", invite.code)).account.name == "Bob"


async def test_a_sign_up_that_storage_breaks_off_gives_the_use_back_later(office, monkeypatch):
    owner = (await office.owner()).account
    invite = await office.invite(owner)

    async def fail(_stored):
        raise DatabaseUnavailable("gone")

    with monkeypatch.context() as broken:
        broken.setattr(office.account_store, "add", fail)
        with pytest.raises(DatabaseUnavailable):
            await office.sign_up("Bob", invite.code)
    assert (await refusal(office.sign_up("Bob", invite.code))).code is Code.BAD_INVITE
    office.clock += 121
    assert (await office.sign_up("Bob", invite.code)).account.name == "Bob"


async def test_a_sign_up_that_went_through_unseen_has_used_the_invite(office, monkeypatch):
    owner = (await office.owner()).account
    invite = await office.invite(owner)
    add = office.account_store.add

    async def add_and_fail(stored):
        await add(stored)
        raise DatabaseUnavailable("gone")

    with monkeypatch.context() as broken:
        broken.setattr(office.account_store, "add", add_and_fail)
        with pytest.raises(DatabaseUnavailable):
            await office.sign_up("Bob", invite.code)
    office.clock += 121
    assert (await refusal(office.sign_up("Cleo", invite.code))).code is Code.BAD_INVITE
    assert (await office.log_in("Bob")).account.name == "Bob"


async def test_logging_in_needs_the_password_and_ignores_case_of_the_name(office):
    account = (await office.owner("Ada")).account
    assert (await office.log_in("ADA")).account == account
    wrong = await refusal(office.log_in("Ada", "wrong horse"))
    unknown = await refusal(office.log_in("Nobody"))
    too_long = await refusal(office.log_in("Ada", PASSWORD * 10_000))
    assert wrong.code is unknown.code is too_long.code is Code.WRONG_PASSWORD
    assert str(wrong) == str(unknown)


async def test_a_hash_of_an_older_cost_is_renewed_at_log_in(office):
    await office.owner("Ada")
    before = (await office.account_store.by_name_key("ada")).password_hash
    office.accounts = office.service(DEARER)
    await office.log_in("Ada")
    after = (await office.account_store.by_name_key("ada")).password_hash
    assert before != after
    await office.log_in("Ada")
    assert (await office.account_store.by_name_key("ada")).password_hash == after


async def test_a_token_is_unguessable_and_kept_only_as_a_hash(office):
    first, second = await office.owner("Ada"), await office.log_in("Ada")
    assert first.token != second.token
    assert first.token not in repr(office.session_store.__dict__)


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 1_000_000])
async def test_an_unknown_token_does_not_resume(office, token):
    assert (await refusal(office.accounts.resume(token))).code is Code.SESSION_EXPIRED


async def test_a_session_ends_after_ninety_days_without_use(office):
    token = (await office.owner()).token
    office.clock += SESSION_LIFE
    assert (await refusal(office.accounts.resume(token))).code is Code.SESSION_EXPIRED
    office.clock -= SESSION_LIFE
    assert (await refusal(office.accounts.resume(token))).code is Code.SESSION_EXPIRED


async def test_use_extends_a_session(office):
    token = (await office.owner()).token
    for _ in range(3):
        office.clock += SESSION_LIFE - 1
        await office.accounts.resume(token)


async def test_a_use_is_written_at_most_once_an_hour(office, monkeypatch):
    token = (await office.owner()).token
    extended = []
    extend = office.session_store.extend

    async def note(token_hash, **times):
        extended.append(times["last_used"])
        await extend(token_hash, **times)

    monkeypatch.setattr(office.session_store, "extend", note)
    for _ in range(9):
        office.clock += 1000
        await office.accounts.resume(token)
    assert extended == [1_004_000, 1_008_000]


async def test_logging_out_ends_that_session_alone(office):
    here, there = await office.owner("Ada"), await office.log_in("Ada")
    await office.accounts.log_out(here.token)
    await office.accounts.log_out(here.token)
    assert (await refusal(office.accounts.resume(here.token))).code is Code.SESSION_EXPIRED
    assert await office.accounts.resume(there.token) == there.account


@pytest.mark.parametrize(
    ("giver", "allowed"),
    [
        (Role.OWNER, {Role.OWNER, Role.ADMIN, Role.MEMBER, Role.GUEST}),
        (Role.ADMIN, {Role.ADMIN, Role.MEMBER, Role.GUEST}),
        (Role.MEMBER, set()),
        (Role.GUEST, set()),
    ],
)
async def test_who_may_give_which_role(office, giver, allowed):
    account = (await office.owner("Ada")).account
    if giver is not Role.OWNER:
        account = (await office.sign_up("Bob", (await office.invite(account, giver)).code)).account
    for role in Role:
        if role in allowed:
            assert (await office.invite(account, role)).role is role
        else:
            assert (await refusal(office.invite(account, role))).code is Code.NOT_PERMITTED


@pytest.mark.parametrize(("uses", "seconds"), [(0, 3600), (1001, 3600), (1, 59), (1, 366 * DAY), (-1, -1)])
async def test_an_invite_has_bounds(office, uses, seconds):
    owner = (await office.owner()).account
    assert (await refusal(office.invite(owner, uses=uses, seconds=seconds))).code is Code.BAD_REQUEST


async def test_guessing_is_slowed_and_says_when_to_try_again():
    office = Office(Throttle(per_account=Limit(3, 60.0)))
    await office.owner("Ada")
    for _ in range(2):
        assert (await refusal(office.log_in("ada", "wrong horse"))).code is Code.WRONG_PASSWORD
    slowed = await refusal(office.log_in("ADA"))
    assert slowed.code is Code.TOO_MANY_REQUESTS
    assert slowed.retry_after == pytest.approx(20.0)
    assert "20 s" in str(slowed)
    office.clock += slowed.retry_after + 0.001
    await office.log_in("Ada")


async def test_a_colour_is_stable_and_in_the_palette():
    assert {colour_of(f"account{number}") for number in range(500)} == set(range(16))
    assert colour_of("0123") == colour_of("0123")
