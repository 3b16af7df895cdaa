"""What a client sees of the gateway, over real websockets."""

from __future__ import annotations

import asyncio
import contextlib

import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gathertui.errors import Code
from gathertui.protocol import auth, chat, codec, media, presence
from gathertui.protocol.base import Closing, ConnectionKind, Failure, Role
from gathertui.protocol.handshake import Hello, Welcome
from gathertui.protocol.positions import Position, unpack_cells
from gathertui.protocol.session import REPLIES
from gathertui_server.gateway import frames
from gathertui_server.gateway.dispatch import HANDLERS

EAST, WEST = 1, 3


def positions(tick: presence.Tick) -> list[Position]:
    return [position for block in unpack_cells(tick.cells) for position in block.here]


def test_every_client_message_has_a_handler() -> None:
    assert set(HANDLERS) == set(codec.ClientMessage.__args__)


async def test_hello_is_answered_with_the_office(office) -> None:
    peer = await office.dial()
    welcome = await peer.hello()
    assert isinstance(welcome, Welcome)
    assert (welcome.office, welcome.account, welcome.minor) == ("Test", None, 0)


async def test_only_the_auth_family_is_accepted_before_sign_in(office) -> None:
    peer = await office.dial()
    await peer.hello()
    requests = {
        presence.Enter: presence.Enter,
        presence.ListPeople: presence.ListPeople,
        media.CarryMedia: media.CarryMedia,
        media.GetIceServers: media.GetIceServers,
        chat.Listen: chat.Listen,
        chat.Say: lambda rid: chat.Say(rid, "general", "hi", "1"),
        chat.GetHistory: lambda rid: chat.GetHistory(rid, "general"),
        auth.LogOut: auth.LogOut,
        auth.CreateInvite: lambda rid: auth.CreateInvite(rid, Role.MEMBER, 1, 60),
    }
    assert {*requests, auth.SignUp, auth.LogIn} == set(REPLIES)
    for make in requests.values():
        answer = await peer.ask(make)
        assert isinstance(answer, Failure)
        assert answer.code is Code.NOT_SIGNED_IN


async def test_a_kept_token_signs_in_with_the_hello(office) -> None:
    ada = await office.member("ada")
    again = await office.dial()
    welcome = await again.hello(token=ada.token)
    assert welcome.account == ada.account
    stranger = await office.dial()
    welcome = await stranger.hello(token="x" * 43)
    assert welcome.account is None
    assert welcome.refused is not None
    assert welcome.refused.code is Code.SESSION_EXPIRED


async def test_a_token_is_worthless_after_log_out(office) -> None:
    ada = await office.member("ada")
    await ada.enter()
    assert isinstance(await ada.ask(auth.LogOut), auth.LoggedOut)
    again = await office.dial()
    assert (await again.hello(token=ada.token)).account is None
    bob = await office.member("bob")
    assert [avatar.account.name for avatar in (await bob.enter()).avatars] == ["bob"]


async def test_a_wrong_password_is_refused(office) -> None:
    await office.member("ada")
    peer = await office.dial()
    await peer.hello()
    failure = await peer.ask(lambda rid: auth.LogIn(rid, "ada", "not her password"))
    assert isinstance(failure, Failure)
    assert failure.code is Code.WRONG_PASSWORD
    assert isinstance(await peer.ask(lambda rid: auth.LogIn(rid, "ada", "a long password")), auth.SignedIn)


async def test_two_people_see_each_other_come_walk_and_go(office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    mine = await ada.enter()
    assert [avatar.id for avatar in mine.avatars] == [mine.you]
    his = await bob.enter()
    assert {avatar.account.name for avatar in his.avatars} == {"ada", "bob"}
    assert (await ada.news_of("bob")).id == his.you

    start = next(avatar for avatar in his.avatars if avatar.id == his.you)
    await bob.send(presence.Step(1, EAST))
    seen = await ada.expect(presence.Tick)
    assert positions(seen) == [(his.you, start.x + 1, start.y, EAST)]
    assert seen.ack == 0
    assert (await bob.expect(presence.Tick)).ack == 1

    await bob.send(presence.Goodbye())
    while his.you not in (await ada.expect(presence.Roster)).left:
        pass


async def test_a_lost_connection_leaves_the_avatar_away(office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await ada.enter()
    await bob.enter()
    await ada.news_of("bob")
    bob.socket.transport.abort()
    assert (await ada.news_of("bob")).away
    back = await office.dial()
    await back.hello(token=bob.token)
    await back.enter()
    assert not (await ada.news_of("bob")).away


async def test_a_step_into_a_wall_is_refused_with_the_true_place(office) -> None:
    ada = await office.member("ada")
    entered = await ada.enter()
    at = entered.avatars[0]
    seq = 0
    for _ in range(100):
        seq += 1
        await ada.send(presence.Step(seq, WEST))
        message = await ada.expect((presence.Tick, presence.StepRefused))  # type: ignore[arg-type]
        if isinstance(message, presence.StepRefused):
            break
        (position,) = positions(message)
        assert position.x == at.x - seq
    else:
        pytest.fail("there was no wall")
    assert (message.seq, message.x, message.y) == (seq, at.x - seq + 1, at.y)


async def test_the_same_device_takes_over_and_nobody_sees_it(office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await bob.enter()
    first = await ada.enter()
    await bob.news_of("ada")
    second = await office.dial()
    await second.hello(token=ada.token)
    again = await second.enter()
    assert again.you == first.you
    assert (await ada.expect(Closing)).code is Code.REPLACED
    with pytest.raises(ConnectionClosed):
        await ada.socket.recv()
    # Had she been away for a moment, it would have come before her next step.
    await second.send(presence.Step(1, EAST))
    await bob.expect(presence.Tick)
    assert not any(isinstance(message, presence.Roster) for message in bob.unread)


async def test_another_device_steers_the_same_avatar(office) -> None:
    ada = await office.member("ada")
    first = await ada.enter()
    phone = await office.dial()
    await phone.hello(device="phone", token=ada.token)
    assert (await phone.enter()).you == first.you
    await phone.send(presence.Step(1, EAST))
    tick = await ada.expect(presence.Tick)
    assert tick.ack == 0
    assert [position.avatar for position in positions(tick)] == [first.you]


async def test_a_tool_has_no_avatar(office) -> None:
    tool = await office.member("script", kind=ConnectionKind.TOOL)
    failure = await tool.ask(presence.Enter)
    assert isinstance(failure, Failure)
    assert failure.code is Code.NOT_ALLOWED_NOW
    people = await tool.ask(presence.ListPeople)
    assert isinstance(people, presence.People)
    assert people.people == []


async def test_people_are_listed_with_their_area(office) -> None:
    ada = await office.member("ada")
    await ada.enter()
    tool = await office.member("script", kind=ConnectionKind.TOOL)
    people = await tool.ask(presence.ListPeople)
    assert isinstance(people, presence.People)
    assert [(person.account.name, person.area) for person in people.people] == [("ada", "Entrance")]


async def test_chat_reaches_listeners_and_history(office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    listening = await bob.ask(chat.Listen)
    assert isinstance(listening, chat.Listening)
    assert {channel.name for channel in listening.channels} >= {"general"}
    said = await ada.ask(lambda rid: chat.Say(rid, "#general", "hello \x1b[31mthere\x07", "a-1"))
    assert isinstance(said, chat.Said)
    assert said.message.text == "hello there"
    assert (await bob.expect(chat.Posted)).message == said.message
    history = await bob.ask(lambda rid: chat.GetHistory(rid, "general"))
    assert isinstance(history, chat.History)
    assert history.messages == [said.message]
    assert not history.more


async def test_the_same_message_twice_is_stored_once(office) -> None:
    ada = await office.member("ada")
    first = await ada.ask(lambda rid: chat.Say(rid, "general", "once", "a-1"))
    second = await ada.ask(lambda rid: chat.Say(rid, "general", "once", "a-1"))
    assert isinstance(first, chat.Said)
    assert isinstance(second, chat.Said)
    assert first.message == second.message


async def test_history_pages_both_ways(office) -> None:
    ada = await office.member("ada")
    for number in range(1, 8):
        await ada.ask(lambda rid, number=number: chat.Say(rid, "general", str(number), f"a-{number}"))

    async def page(**where: int) -> tuple[list[int], bool]:
        history = await ada.ask(lambda rid: chat.GetHistory(rid, "general", limit=3, **where))
        assert isinstance(history, chat.History)
        return [message.seq for message in history.messages], history.more

    assert await page() == ([5, 6, 7], True)
    assert await page(before=5) == ([2, 3, 4], True)
    assert await page(before=2) == ([1], False)
    assert await page(after=2, oldest_first=True) == ([3, 4, 5], True)
    assert await page(after=5, oldest_first=True) == ([6, 7], False)


@pytest.mark.parametrize(
    ("channel", "text", "code"),
    [
        ("nowhere", "hi", Code.UNKNOWN_CHANNEL),
        ("general", " \n ", Code.EMPTY_MESSAGE),
        ("general", "\u200b\x1b[0m", Code.EMPTY_MESSAGE),
        ("general", "x" * 4001, Code.MESSAGE_TOO_LONG),
    ],
)
async def test_messages_that_are_refused(office, channel: str, text: str, code: Code) -> None:
    ada = await office.member("ada")
    failure = await ada.ask(lambda rid: chat.Say(rid, channel, text, "a-1"))
    assert isinstance(failure, Failure)
    assert failure.code is code
    assert failure.message


async def test_an_unknown_message_fails_by_its_number_and_the_connection_lives(office) -> None:
    ada = await office.member("ada")
    await ada.socket.send(b"\x92\xa6teapot\x2a")
    failure = await ada.expect(Failure)
    assert (failure.rid, failure.code) == (42, Code.UNKNOWN_MESSAGE)
    assert isinstance(await ada.ask(presence.ListPeople), presence.People)


async def test_a_client_that_sends_rubbish_is_closed(office) -> None:
    peer = await office.dial()
    await peer.hello()
    for _ in range(10):
        await peer.socket.send(b"\xc1")
        assert (await peer.expect(Failure)).code is Code.BAD_FRAME
    assert (await peer.expect(Closing)).code is Code.BAD_FRAME


async def test_a_version_that_is_not_spoken_is_told_what_to_do(office) -> None:
    peer = await office.dial()
    await peer.send(Hello("test", "9", 7, 9, "laptop", ConnectionKind.VIEW))
    closing = await peer.expect(Closing)
    assert closing.code is Code.VERSION
    assert "upgrade" in closing.message


async def test_a_browser_of_a_foreign_origin_is_refused(office) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await office.dial(origin="https://evil.example")
    assert refused.value.response.status_code == 403
    peer = await office.dial(origin="https://ok.example")
    assert await peer.hello()


async def test_text_frames_are_no_client_of_ours(office) -> None:
    peer = await office.dial()
    await peer.socket.send("hello")
    with pytest.raises(ConnectionClosed) as closed:
        await peer.socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1003


async def test_a_frame_over_the_limit_ends_the_connection(office) -> None:
    peer = await office.dial()
    await peer.socket.send(b"x" * (64 * 1024 + 1))
    with pytest.raises(ConnectionClosed) as closed:
        await peer.socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


async def test_a_client_without_our_subprotocol_is_refused(office) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(office.url):
            pass


async def test_leaving_the_gateway_tells_every_client(office) -> None:
    ada = await office.member("ada")
    await ada.enter()
    stopping = asyncio.create_task(office.gateway.__aexit__(None, None, None))
    closing = await ada.expect(Closing)
    assert closing.code is Code.SERVER_STOPPING
    assert closing.retry_after > 0
    await stopping


async def test_a_view_is_told_of_the_cells_it_looks_at(office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await ada.enter()
    start = next(avatar for avatar in (await bob.enter()).avatars if avatar.account.name == "bob")
    await ada.news_of("bob")
    await ada.send(presence.Look(0, 0, 1, 1))  # a corner of the map, far from the entrance
    await ada.ask(presence.ListPeople)  # answered after the look has taken effect
    await bob.send(presence.Step(1, EAST))
    await bob.expect(presence.Tick)
    column, row = start.x // 16, start.y // 16
    await ada.send(presence.Look(column, row, column + 1, row + 1))
    # Nothing came of the step until she looked there again, and then the cell came whole.
    while not (cells := (await ada.expect(presence.Tick)).cells):
        pass
    (block,) = unpack_cells(cells)
    assert block.whole
    assert (start.id, start.x + 1, start.y, EAST) in block.here


@pytest.mark.parametrize("cells", [(0, 0, 9, 8), (0, 0, 0, 1), (-1, 0, 1, 1)])
async def test_a_view_may_not_look_at_everything(office, cells: tuple[int, int, int, int]) -> None:
    ada = await office.member("ada")
    await ada.enter()
    await ada.send(presence.Look(*cells))
    assert (await ada.expect(Failure)).code is Code.BAD_REQUEST


@pytest.mark.parametrize("seq", [0, -1, 2**32, 2**40, 2**64 - 1])
async def test_a_step_with_an_absurd_number_harms_nobody(office, seq: int) -> None:
    mallory, ada, bob = [await office.member(name) for name in ("mallory", "ada", "bob")]
    await mallory.enter()
    await bob.enter()
    await ada.enter()
    await mallory.socket.send(msgspec.msgpack.encode(["step", seq, EAST]))
    assert (await mallory.expect(Failure)).code is Code.BAD_FRAME
    await mallory.send(presence.Step(2**32 - 1, EAST))  # the highest there is
    await mallory.expect(presence.Tick)
    await bob.send(presence.Step(1, EAST))
    while not any(position.facing == EAST for position in positions(await ada.expect(presence.Tick))):
        pass


async def test_who_asks_too_often_is_told_when_to_come_back(office) -> None:
    ada = await office.member("ada")
    for _ in range(200):
        answer = await ada.ask(presence.ListPeople)
        if isinstance(answer, Failure):
            break
    assert isinstance(answer, Failure)
    assert answer.code is Code.TOO_MANY_REQUESTS
    assert answer.retry_after > 0
    assert isinstance(await ada.ask(lambda rid: chat.Say(rid, "general", "hi", "1")), chat.Said)


async def test_coming_and_going_does_not_use_up_the_office(office) -> None:
    ada = await office.member("ada")
    first = await ada.enter()
    await ada.send(presence.Goodbye())
    assert (await ada.enter()).you == first.you


async def test_only_the_first_of_two_sign_ins_sent_together_counts(office) -> None:
    await office.member("ada")
    await office.member("bob")
    peer = await office.dial()
    await peer.hello()
    await peer.send(auth.LogIn(1, "ada", "a long password"))
    await peer.send(auth.LogIn(2, "bob", "a long password"))
    assert (await peer.expect(auth.SignedIn)).account.name == "ada"
    assert (await peer.expect(Failure)).code is Code.NOT_ALLOWED_NOW


async def test_an_account_that_logged_out_leaves_no_claim_on_the_device(office) -> None:
    ada = await office.member("ada")
    await ada.enter()
    await ada.ask(auth.LogOut)
    invite = await office.invite()
    assert isinstance(await ada.ask(lambda rid: auth.SignUp(rid, "bob", "a long password", invite)), auth.SignedIn)
    await ada.enter()
    again = await office.dial()
    await again.hello(device="laptop")
    assert isinstance(await again.ask(lambda rid: auth.LogIn(rid, "ada", "a long password")), auth.SignedIn)
    await again.enter()
    # Bob's view, on the connection that was Ada's, is still there.
    assert isinstance(await ada.ask(presence.ListPeople), presence.People)


async def test_who_keeps_walking_faster_than_anybody_can_is_disconnected(office) -> None:
    ada, bob = await office.member("ada"), await office.member("bob")
    await ada.enter()
    await bob.enter()
    seq, closing = 0, None
    while closing is None:
        seq += 1
        with contextlib.suppress(ConnectionClosed):  # why, is yet to be read
            await ada.send(presence.Step(seq, 0))
        answer = await ada.receive()
        while not (
            isinstance(answer, presence.StepRefused | Failure | Closing)
            or (isinstance(answer, presence.Tick) and answer.ack >= seq)
        ):
            answer = await ada.receive()
        if isinstance(answer, Failure):  # the limit of steps that are looked at
            assert answer.code is Code.TOO_MANY_REQUESTS and answer.retry_after > 0
        elif isinstance(answer, Closing):
            closing = answer
    assert closing.code is Code.TOO_FAST
    assert closing.retry_after > 0
    await bob.expect_away("ada")
    assert office.gateway.statistics().closings_total[Code.TOO_FAST] == 1


async def test_a_flood_of_whatever_kind_ends_the_connection(office) -> None:
    bob = await office.member("bob")
    for rubbish in (frames.BINARY, frames.PING):
        peer = await office.dial()
        await peer.hello()
        raw = bytes((rubbish, 0x80, 0, 0, 0, 0)) * 5000
        peer.socket.transport.write(raw)
        closing = await peer.expect(Closing)
        assert closing.code in (Code.TOO_MANY_REQUESTS, Code.BAD_FRAME)
        assert rubbish != frames.PING or closing.code is Code.TOO_MANY_REQUESTS
    assert isinstance(await bob.ask(presence.ListPeople), presence.People)
