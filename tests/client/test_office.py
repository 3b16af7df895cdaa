"""OfficeClient against an office in the same process, on a clock that only the tests move."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from gathertui.client.events import (
    AvatarAppeared,
    AvatarDeparted,
    AvatarsMoved,
    ConnectionState,
    MessagePosted,
    OfficeEvent,
    PendingChanged,
    PostFailed,
    RoomEntered,
    SignedOut,
    StateChanged,
    WasReplaced,
)
from gathertui.client.office import OfficeClient
from gathertui.client.prediction import StepOutcome
from gathertui.errors import (
    Code,
    ConnectionLost,
    GathertuiError,
    Refused,
    Replaced,
    ServerUnreachable,
    VersionMismatch,
)
from gathertui.protocol import chat, codec, presence
from gathertui.protocol.base import ConnectionKind, Role
from gathertui.protocol.positions import pack_positions
from gathertui.testing.clock import VirtualClock, settle
from gathertui.testing.guest import Guest
from gathertui.testing.office import SMALL_MAP, MemoryOffice
from gathertui.world.geometry import Direction, Point

FAR_FUTURE = 3600.0


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
async def office(clock: VirtualClock) -> AsyncIterator[MemoryOffice]:
    async with MemoryOffice(clock) as office:
        yield office


def make_client(office: MemoryOffice, clock: VirtualClock, name: str = "ada") -> OfficeClient:
    return OfficeClient(
        "ws://localhost:7766",
        kind=ConnectionKind.VIEW,
        device=f"device-{name}",
        token=office.add_account(name),
        dial=office.dial,
        clock=clock,
        sleep=clock.sleep,
        rng=lambda: 0.5,
    )


async def swallow(guest: Guest, message: codec.ClientMessage) -> bool:
    """Leave every message without an answer."""
    return True


class Running:
    """A client with `run` running, and what it told."""

    def __init__(self, client: OfficeClient) -> None:
        self.client = client
        self.told: list[OfficeEvent] = []
        self.error: GathertuiError | None = None

    async def run(self) -> None:
        try:
            await self.client.run()
        except GathertuiError as error:
            self.error = error

    async def read(self) -> None:
        async for event in self.client.events():
            self.told.append(event)

    def texts(self) -> list[str]:
        return [event.message.text for event in self.told if isinstance(event, MessagePosted)]

    def states(self) -> list[ConnectionState]:
        return [event.state for event in self.told if isinstance(event, StateChanged)]


@contextlib.asynccontextmanager
async def running(client: OfficeClient) -> AsyncIterator[Running]:
    """Enter, listen and run; close at the end."""
    await client.connect()
    await client.enter()
    await client.listen()
    held = Running(client)
    async with asyncio.TaskGroup() as group:
        group.create_task(held.read())
        group.create_task(held.run())
        await settle()
        try:
            yield held
        finally:
            await client.close()


# ---------------------------------------------------------------- signing in


async def test_a_token_signs_in(office: MemoryOffice, clock: VirtualClock) -> None:
    client = make_client(office, clock)
    account = await client.connect()
    assert account is not None
    assert account.name == "ada"
    assert client.office == "Test office"
    assert client.model.state is ConnectionState.ONLINE
    await client.close()
    assert client.model.state is ConnectionState.GONE


async def test_a_refused_token_leaves_the_connection_open_for_a_log_in(
    office: MemoryOffice, clock: VirtualClock
) -> None:
    client = make_client(office, clock)
    client.token = "stolen"
    assert await client.connect() is None
    assert client.refusal is not None
    assert client.refusal.code is Code.SESSION_EXPIRED
    account = await client.log_in("ada", "secret")
    assert account.name == "ada"
    assert client.token in office.tokens
    assert len(office.transport.dialled) == 1
    await client.close()


async def test_signing_up_connects_again_where_the_server_has_hung_up(
    office: MemoryOffice, clock: VirtualClock
) -> None:
    client = make_client(office, clock)
    client.token = ""
    await client.connect()
    office.cut_all()
    await settle()
    account = await client.sign_up("grace", "secret", "welcome")
    assert account.name == "grace"
    assert len(office.transport.dialled) == 2
    await client.close()


async def test_a_wrong_password_is_refused_and_may_be_tried_again(office: MemoryOffice, clock: VirtualClock) -> None:
    client = make_client(office, clock)
    client.token = ""
    await client.connect()
    with pytest.raises(Refused) as caught:
        await client.log_in("ada", "guess")
    assert caught.value.code is Code.WRONG_PASSWORD
    assert (await client.log_in("ada", "secret")).name == "ada"
    await client.close()


async def test_logging_out_ends_the_token(office: MemoryOffice, clock: VirtualClock) -> None:
    client = make_client(office, clock)
    token = client.token
    await client.connect()
    await client.log_out()
    assert client.token == ""
    assert token not in office.tokens
    await client.close()


async def test_an_invite_is_made(office: MemoryOffice, clock: VirtualClock) -> None:
    client = make_client(office, clock)
    await client.connect()
    invite = await client.create_invite(Role.GUEST, 3, 60.0)
    assert (invite.code, invite.role, invite.uses) == ("welcome", Role.GUEST, 3)
    await client.close()


@pytest.mark.parametrize("minor", [2, 9])
async def test_a_server_that_is_too_new_says_to_upgrade(clock: VirtualClock, minor: int) -> None:
    async with MemoryOffice(clock, minor=minor) as office:
        client = make_client(office, clock)
        with pytest.raises(VersionMismatch, match="Upgrade it: pip install"):
            await client.connect()
        assert client.model.state is ConnectionState.OFFLINE
        await client.close()


async def test_a_server_that_is_too_old_says_which_side_to_upgrade(
    office: MemoryOffice, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gathertui.client.office.PROTOCOL_MINOR", 3)
    client = make_client(office, clock)
    with pytest.raises(VersionMismatch, match="newer than the server understands"):
        await client.connect()
    await client.close()


async def test_a_server_that_never_welcomes_is_unreachable(
    office: MemoryOffice, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gathertui.client.link.WELCOME_SECONDS", 0.01)
    office.intercept = swallow
    client = make_client(office, clock)
    with pytest.raises(ServerUnreachable, match="does not answer like a gathertui server"):
        await client.connect()
    await client.close()


async def test_a_request_without_an_answer_times_out(
    office: MemoryOffice, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(office, clock)
    await client.connect()
    monkeypatch.setattr("gathertui.client.link.REPLY_SECONDS", 0.01)
    office.intercept = swallow
    with pytest.raises(Refused) as caught:
        await client.who()
    assert caught.value.code is Code.TIMEOUT
    await client.close()


async def test_requests_without_a_connection_say_so(office: MemoryOffice, clock: VirtualClock) -> None:
    client = make_client(office, clock)
    with pytest.raises(ConnectionLost):
        await client.who()
    await client.connect()
    office.cut_all()
    await settle()
    with pytest.raises(ConnectionLost):
        await client.who()
    await client.close()


# ---------------------------------------------------------------- the room


async def test_entering_fills_the_model(office: MemoryOffice, clock: VirtualClock) -> None:
    client = make_client(office, clock)
    await client.connect()
    with pytest.raises(LookupError):
        _ = client.model.tilemap
    await client.enter()
    assert client.model.room == "Hall"
    assert client.model.tilemap.size == (20, 5)
    assert client.model.me.account.name == "ada"
    await client.close()


async def test_a_tick_right_after_the_entry_belongs_to_the_new_room(office: MemoryOffice, clock: VirtualClock) -> None:
    """Both frames are there before the one who waits for the entry goes on."""

    async def answer_and_tick(guest: Guest, message: codec.ClientMessage) -> bool:
        if not isinstance(message, presence.Enter):
            return False
        assert guest.session.account is not None
        you = presence.Avatar(5, guest.session.account, "ad", 1, 1, int(Direction.SOUTH))
        await guest.send(presence.Entered(message.rid, "Hall", SMALL_MAP, 5, [you]))
        await guest.send(presence.Tick(0, pack_positions([(5, 4, 2, 1)])))
        return True

    office.intercept = answer_and_tick
    client = make_client(office, clock)
    await client.connect()
    await client.enter()
    assert (client.model.me.x, client.model.me.y) == (4, 2)
    await client.close()


async def test_others_come_move_and_go(office: MemoryOffice, clock: VirtualClock) -> None:
    grace = make_client(office, clock, "grace")
    async with running(make_client(office, clock)) as ada:
        async with running(grace):
            assert grace.step(Direction.EAST) is StepOutcome.MOVED
            await settle()
            her = next(a for a in ada.client.model.avatars.values() if a.account.name == "grace")
            assert (her.x, her.y) == (2, 1)
        await settle()
        assert [a.account.name for a in ada.client.model.avatars.values()] == ["ada"]
        kinds = [type(event) for event in ada.told if not isinstance(event, StateChanged)]
        assert [kind for kind in kinds if kind in (AvatarAppeared, AvatarsMoved, AvatarDeparted)] == [
            AvatarAppeared,
            AvatarsMoved,
            AvatarDeparted,
        ]


async def test_a_straight_walk_with_latency_never_goes_back(clock: VirtualClock) -> None:
    async with MemoryOffice(clock, delay=0.075) as office:
        client = make_client(office, clock)
        connecting = asyncio.create_task(client.connect())
        await clock.advance(1.0)
        await connecting
        entering = asyncio.create_task(client.enter())
        await clock.advance(1.0)
        await entering
        places = []
        for _ in range(12):
            assert client.step(Direction.EAST) is StepOutcome.MOVED
            for _ in range(10):
                await clock.advance(0.0101)
                places.append(client.model.me.x)
        await clock.advance(1.0)
        places.append(client.model.me.x)
        assert places == sorted(places)
        assert places[-1] == 13
        assert office.avatars["id-ada"].x == 13
        closing = asyncio.create_task(client.close())
        await clock.advance(1.0)
        await closing


async def test_steps_are_held_when_too_fast_and_turn_at_a_wall(office: MemoryOffice, clock: VirtualClock) -> None:
    client = make_client(office, clock)
    assert client.step(Direction.EAST) is StepOutcome.OFFLINE
    await client.connect()
    await client.enter()
    assert client.step(Direction.NORTH) is StepOutcome.TURNED
    outcomes = [client.step(Direction.EAST) for _ in range(10)]
    assert StepOutcome.HELD in outcomes
    await settle()
    moved = outcomes.count(StepOutcome.MOVED)
    assert office.avatars["id-ada"].x == client.model.me.x == 1 + moved
    office.cut_all()
    await settle()
    assert client.step(Direction.EAST) is StepOutcome.OFFLINE
    await client.close()


async def test_the_server_moves_you(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        await office.move("id-ada", Point(9, 3), Direction.WEST)
        await settle()
        me = ada.client.model.me
        assert (me.x, me.y, me.facing) == (9, 3, Direction.WEST)
        assert AvatarsMoved(frozenset({ada.client.model.you})) in ada.told


async def test_goodbye_takes_the_avatar_along(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)):
        assert "id-ada" in office.avatars
    assert office.avatars == {}


async def test_who(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        assert [person.account.name for person in await ada.client.who()] == ["ada"]


# ---------------------------------------------------------------- chat


async def test_a_message_is_told_once_and_in_the_model(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        message = await ada.client.say("general", "hello")
        await settle()
        assert ada.texts() == ["hello"]
        assert ada.client.model.channels["general"].messages == [message]
        assert ada.client.model.channels["general"].last_seq == 1
        assert [event.mine for event in ada.told if isinstance(event, MessagePosted)] == [True]


async def test_a_post_is_pending_until_the_channel_shows_it(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        pending = ada.client.post("general", "hello  \n")
        assert pending.text == "hello"
        assert ada.client.model.channels["general"].pending == [pending]
        await settle()
        assert ada.client.model.channels["general"].pending == []
        assert ada.texts() == ["hello"]
        assert ada.told.count(PendingChanged("general")) == 2


@pytest.mark.parametrize("stored_first", [True, False])
async def test_a_line_lost_while_saying_stores_the_post_once(
    office: MemoryOffice, clock: VirtualClock, stored_first: bool
) -> None:
    says: list[chat.Say] = []

    async def break_once(guest: Guest, message: codec.ClientMessage) -> bool:
        if not isinstance(message, chat.Say):
            return False
        says.append(message)
        if len(says) > 1:
            return False
        if stored_first:
            number = len(office.messages[message.channel]) + 1
            stored = chat.ChatMessage(message.channel, number, "id-ada", "ada", message.text, number, message.client_id)
            office.messages[message.channel].append(stored)
        guest.connection.cut()
        return True

    office.intercept = break_once
    async with running(make_client(office, clock)) as ada:
        ada.client.post("general", "once")
        ada.client.post("general", "and then")
        await clock.advance(FAR_FUTURE)
        assert [message.text for message in office.messages["general"]] == ["once", "and then"]
        assert ada.texts() == ["once", "and then"]
        assert ada.client.model.channels["general"].pending == []
        assert len(says) == (2 if stored_first else 3)


async def test_what_was_posted_meanwhile_is_caught_up_without_gap_or_double(
    office: MemoryOffice, clock: VirtualClock
) -> None:
    async with running(make_client(office, clock)) as ada:
        await office.post("general", "id-grace", "0")
        await settle()
        office.cut_all()
        await settle()
        for number in range(1, 251):
            await office.post("general", "id-grace", str(number))

        async def interject(guest: Guest, message: codec.ClientMessage) -> bool:
            """While the second page is asked for, a live message overtakes it."""
            if isinstance(message, chat.GetHistory) and message.after == 101:
                stored = office.messages["general"]
                live = chat.ChatMessage("general", len(stored) + 1, "id-grace", "grace", "live", 1, "")
                stored.append(live)
                await guest.send(chat.Posted(live))
            return False

        office.intercept = interject
        await clock.advance(FAR_FUTURE)
        assert ada.texts() == [*map(str, range(251)), "live"]
        assert ada.client.model.state is ConnectionState.ONLINE
        await office.post("general", "id-grace", "after")
        await settle()
        assert ada.texts()[-2:] == ["live", "after"]


async def test_a_line_lost_while_catching_up_goes_on_where_it_was(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        office.cut_all()
        await settle()
        for number in range(250):
            await office.post("general", "id-grace", str(number))
        asked: list[int] = []

        async def break_second_page(guest: Guest, message: codec.ClientMessage) -> bool:
            if not isinstance(message, chat.GetHistory):
                return False
            asked.append(message.after)
            if len(asked) == 2:
                guest.connection.cut()
                return True
            return False

        office.intercept = break_second_page
        await clock.advance(FAR_FUTURE)
        assert ada.texts() == list(map(str, range(250)))
        assert asked == [0, 100, 100, 200]


async def test_a_refused_post_is_told_and_dropped(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        pending = ada.client.post("nowhere", "hello")
        ada.client.post("general", "next")
        await settle()
        failed = [event for event in ada.told if isinstance(event, PostFailed)]
        assert [(event.pending, event.error.code) for event in failed] == [(pending, Code.UNKNOWN_CHANNEL)]
        assert ada.texts() == ["next"]


async def test_a_post_that_comes_too_fast_waits_as_long_as_asked(office: MemoryOffice, clock: VirtualClock) -> None:
    refused_at: list[float] = []

    async def throttle(guest: Guest, message: codec.ClientMessage) -> bool:
        if isinstance(message, chat.Say) and not refused_at:
            refused_at.append(clock())
            raise Refused(Code.TOO_MANY_REQUESTS, "Slower.", retry_after=7.0)
        return False

    office.intercept = throttle
    async with running(make_client(office, clock)) as ada:
        ada.client.post("general", "hello")
        await clock.advance(6.9)
        assert ada.texts() == []
        await clock.advance(0.2)
        assert ada.texts() == ["hello"]


@pytest.mark.parametrize(
    ("text", "code"),
    [(" \n ", Code.EMPTY_MESSAGE), ("x" * 4001, Code.MESSAGE_TOO_LONG), ("\x1b[0m", Code.EMPTY_MESSAGE)],
)
async def test_what_no_server_takes_is_refused_at_once(
    office: MemoryOffice, clock: VirtualClock, text: str, code: Code
) -> None:
    client = make_client(office, clock)
    with pytest.raises(Refused) as caught:
        client.post("general", text)
    assert caught.value.code is code
    await client.close()


async def test_pages_of_history_are_kept_in_front(office: MemoryOffice, clock: VirtualClock) -> None:
    for number in range(30):
        await office.post("general", "id-grace", str(number))
    async with running(make_client(office, clock)) as ada:
        state = ada.client.model.channels["general"]
        page = await ada.client.history("general", limit=10)
        assert [message.text for message in page.messages] == [str(number) for number in range(20, 30)]
        await office.post("general", "id-grace", "30")
        await settle()
        await ada.client.history("general", before=21, limit=10)
        await ada.client.history("general", before=5, limit=2)  # not adjacent: only returned
        assert [message.text for message in state.messages] == [str(number) for number in range(10, 31)]


async def test_a_server_that_went_back_to_a_backup_is_believed(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        for text in ("a", "b", "c"):
            await office.post("general", "id-grace", text)
        await settle()
        del office.messages["general"][1:]
        office.cut_all()
        await clock.advance(FAR_FUTURE)
        await office.post("general", "id-grace", "d")
        await settle()
        assert ada.texts() == ["a", "b", "c", "d"]
        assert [message.text for message in ada.client.model.channels["general"].messages] == ["a", "d"]


async def test_text_of_others_is_cleaned_before_anybody_sees_it(office: MemoryOffice, clock: VirtualClock) -> None:
    evil = office.add_account("eve\x1b]0;pwned\x07\u202e\n")
    async with running(make_client(office, clock)) as ada:
        await office.post("general", office.tokens[evil].id, "red \x1b[31mtext\n  kept\u200b")
        await settle()
        (message,) = ada.client.model.channels["general"].messages
        assert message.text == "red text\n  kept"
        assert message.author_name == "eve"


# ---------------------------------------------------------------- staying connected


async def test_a_lost_connection_is_made_again_with_growing_pauses(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        start = clock()
        for _ in range(4):
            office.transport.fail_next(ServerUnreachable("Nothing listens."))
        office.cut_all()
        await settle()
        assert ada.client.model.state is ConnectionState.OFFLINE
        assert ada.client.model.retry_at == pytest.approx(start + 0.125)
        assert ada.told[-1] == StateChanged(ConnectionState.OFFLINE, "The connection was lost.", 0.125)
        await clock.advance(FAR_FUTURE)
        pauses = [at - start for at in office.transport.dialled[1:]]
        assert pauses == pytest.approx([0.125, 0.375, 0.875, 1.875, 3.875])
        assert ada.client.model.state is ConnectionState.ONLINE
        assert ada.client.model.retry_at is None
        assert ada.told.count(RoomEntered()) == 2
        assert ada.client.step(Direction.EAST) is StepOutcome.MOVED


async def test_a_steady_connection_makes_the_first_pause_short_again(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        for _ in range(3):
            office.cut_all()
            await clock.advance(60.0)
        pauses = [event.retry_in for event in ada.told if isinstance(event, StateChanged) and event.retry_in]
        assert pauses == [0.125, 0.125, 0.125]


async def test_a_connection_that_never_lasts_is_tried_ever_less_often(
    office: MemoryOffice, clock: VirtualClock
) -> None:
    async with running(make_client(office, clock)) as ada:
        for _ in range(3):
            office.cut_all()
            await clock.advance(5.0)
        pauses = [event.retry_in for event in ada.told if isinstance(event, StateChanged) and event.retry_in]
        assert pauses == [0.125, 0.25, 0.5]


async def test_a_closing_server_is_given_the_time_it_asks_for(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        await office.close_all(Code.SERVER_STOPPING, "The server restarts.", retry_after=20.0)
        await settle()
        assert ada.told[-1] == StateChanged(ConnectionState.OFFLINE, "The server restarts.", 20.125)


async def test_a_replaced_client_never_comes_back(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        await office.close_all(Code.REPLACED, "You opened the office elsewhere.")
        await clock.advance(FAR_FUTURE)
        assert isinstance(ada.error, Replaced)
        assert ada.told[-2:] == [
            StateChanged(ConnectionState.GONE, "You opened the office elsewhere."),
            WasReplaced("You opened the office elsewhere."),
        ]
        assert len(office.transport.dialled) == 1


async def test_a_sign_in_that_ended_meanwhile_is_final(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        office.tokens.clear()
        office.cut_all()
        await clock.advance(FAR_FUTURE)
        assert isinstance(ada.error, Refused)
        assert ada.error.code is Code.SESSION_EXPIRED
        assert isinstance(ada.told[-1], SignedOut)
        assert len(office.transport.dialled) == 2


async def test_a_server_that_was_upgraded_meanwhile_is_final(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        office.transport.fail_next(VersionMismatch("This gathertui is too old for the server."))
        office.cut_all()
        await clock.advance(FAR_FUTURE)
        assert isinstance(ada.error, VersionMismatch)
        assert ada.client.model.state is ConnectionState.GONE


async def test_a_full_office_is_tried_again(office: MemoryOffice, clock: VirtualClock) -> None:
    full = [True]

    async def refuse(guest: Guest, message: codec.ClientMessage) -> bool:
        if isinstance(message, presence.Enter) and full:
            full.clear()
            raise Refused(Code.OFFICE_FULL, "The office is full.", retry_after=30.0)
        return False

    async with running(make_client(office, clock)) as ada:
        office.intercept = refuse
        office.cut_all()
        await clock.advance(10.0)
        assert ada.client.model.state is ConnectionState.OFFLINE
        await clock.advance(60.0)
        assert ada.client.model.state is ConnectionState.ONLINE


async def test_a_frame_that_breaks_the_protocol_ends_the_connection(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        await office.guests[0].send_frame(b"\xc1nonsense")
        await clock.advance(FAR_FUTURE)
        assert ada.states() == [
            ConnectionState.CONNECTING,
            ConnectionState.ONLINE,
            ConnectionState.OFFLINE,
            ConnectionState.CONNECTING,
            ConnectionState.ONLINE,
        ]


async def test_a_direction_that_is_none_ends_the_connection(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        await office.guests[0].send(presence.StepRefused(1, 1, 1, 9))
        await settle()
        assert ada.client.model.state is ConnectionState.OFFLINE


async def test_messages_of_a_newer_server_are_ignored(office: MemoryOffice, clock: VirtualClock) -> None:
    async with running(make_client(office, clock)) as ada:
        await office.guests[0].send_frame(b"\x92\xa5dance\x01")
        await settle()
        assert ada.client.model.state is ConnectionState.ONLINE


@pytest.mark.parametrize("moment", ["online", "waiting", "never connected", "connecting"])
async def test_close_ends_run_at_any_moment(office: MemoryOffice, clock: VirtualClock, moment: str) -> None:
    client = make_client(office, clock)
    act: dict[str, Callable[[], None]] = {"online": lambda: None, "waiting": office.cut_all}
    if moment in ("never connected", "connecting"):
        if moment == "never connected":
            office.transport.fail_next(ServerUnreachable("Nothing listens."))
        office.intercept = swallow
        run = asyncio.create_task(client.run())
        await settle()
    else:
        await client.connect()
        run = asyncio.create_task(client.run())
        await settle()
        act[moment]()
        await settle()
    await client.close()
    await asyncio.wait_for(run, 2)
    assert [event async for event in client.events()][-1] == StateChanged(ConnectionState.GONE)


@pytest.mark.parametrize("turns", range(6))
async def test_a_connection_that_comes_up_while_closing_goes_down_too(
    office: MemoryOffice, clock: VirtualClock, turns: int
) -> None:
    office.intercept = swallow
    client = make_client(office, clock)
    run = asyncio.create_task(client.run())
    await settle()
    (guest,) = office.guests
    await guest.send(guest.session.welcome(server="memory", version="1", office="Test office"))
    for _ in range(turns):
        await asyncio.sleep(0)
    await client.close()
    with contextlib.suppress(Refused):  # nobody is signed in: it may have come as far as to notice
        await asyncio.wait_for(run, 2)
    await settle()
    assert office.guests == []
