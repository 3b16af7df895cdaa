"""Two views and more in one process, over loopback: they see and hear each other, and nothing stays when they go."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import cast

import aioice.stun
import pytest

from gathertui.errors import Code, Refused
from gathertui.media import ice
from gathertui.media import mesh as mesh_module
from gathertui.media.feeds import PacketFeed
from gathertui.media.ice import IceConfig
from gathertui.media.mesh import Demand, Mesh, MeshSink, PeerPhase, PeerTerms, Quality
from gathertui.protocol.media import (
    LARGE_PICTURES,
    MEDIUM_PICTURES,
    NO_PICTURES,
    SMALL_PICTURES,
    Answer,
    Ask,
    IceServer,
    Offer,
    SignalBody,
    Signalled,
    Want,
)
from gathertui.protocol.presence import RECEIVE, SEND
from gathertui.testing.conference import BOTH_WAYS, Attendee, Conference


class Clock:
    """The machine's time, which a test can put forward."""

    ahead = 0.0
    stopped_at: float | None = None

    def __call__(self) -> float:
        return (time.monotonic() if self.stopped_at is None else self.stopped_at) + self.ahead

    def stop(self) -> None:
        """Have no time pass but what a test puts forward."""
        self.stopped_at = time.monotonic()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def conference(clock: Clock) -> AsyncIterator[Conference]:
    async with Conference(clock=clock) as conference:
        yield conference


@pytest.fixture
async def two(conference: Conference) -> tuple[Attendee, Attendee]:
    """Ada and Bob, connected."""
    ada, bob = conference.join("Ada"), conference.join("Bob")
    conference.link(ada, bob)
    await conference.connected(ada, bob)
    return ada, bob


async def test_a_mesh_closes_whatever_its_sink_says_meanwhile(
    conference: Conference, two: tuple[Attendee, Attendee], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = two
    monkeypatch.setattr(ada, "peer_changed", lambda avatar: ada.mesh.set_peers(ada.links))
    async with asyncio.timeout(10):
        await ada.mesh.close()
    assert ada.mesh.state(bob.avatar) is None


async def test_who_is_alone_waits_without_looking(conference: Conference) -> None:
    looks: list[float] = []

    async def sleep(seconds: float) -> None:
        looks.append(seconds)
        await asyncio.sleep(0)

    ada = conference.join("Ada")
    mesh = Mesh(1, signal=lost_to, ice=no_servers, audio=ada.voice, video={}, sink=ada, name_of=str, sleep=sleep)
    running = asyncio.create_task(mesh.run())
    for _ in range(20):
        await asyncio.sleep(0)
    assert looks == []
    mesh.set_peers({2: PeerTerms(SEND | RECEIVE, carried=False)})
    for _ in range(20):
        await asyncio.sleep(0)
    assert looks
    mesh.set_peers({})
    for _ in range(20):
        await asyncio.sleep(0)
    looks.clear()
    for _ in range(20):
        await asyncio.sleep(0)
    assert looks == []
    await mesh.close()
    await running


def lost_to(avatar: int, call: int, body: SignalBody) -> None:
    """Nobody is there to hear it."""


async def no_servers() -> IceConfig:
    return IceConfig()


def lost(to: int, message: Signalled) -> None:
    """What becomes of a signal in a bad network."""


def unchanged(to: int, message: Signalled) -> Signalled:
    """And in a good one."""
    return message


def misleading(to: int, message: Signalled) -> Signalled:
    """And where no way that it tells of leads anywhere: to a port where nobody is."""
    body = message.body
    if not isinstance(body, Offer | Answer):
        return message
    sdp = re.sub(rb"(a=candidate:\S+ \d+ udp \d+ \S+) \d+", rb"\1 9", body.sdp)
    return Signalled(message.avatar, message.call, type(body)(sdp))


Two = tuple[Attendee, Attendee]


async def test_two_who_are_linked_hear_and_see_each_other(conference: Conference, two: Two) -> None:
    ada, bob = two
    ada.speak(440)
    bob.speak(880)
    ada.show()
    bob.show()
    await conference.until(lambda: ada.pictures_of(bob) >= 5 and bob.pictures_of(ada) >= 5)
    await conference.until(lambda: ada.seconds_of(bob) > 0.5 and bob.seconds_of(ada) > 0.5)
    assert bob.pitch_of(ada) == pytest.approx(440, abs=5)
    assert ada.pitch_of(bob) == pytest.approx(880, abs=5)
    assert ada.pictures[bob.avatar].shape == (120, 160, 3)
    assert ada.latencies, "the time in the pictures can be read"
    offers = [body for _, _, body in (*ada.signals, *bob.signals) if isinstance(body, Offer | Answer)]
    assert len(offers) == 2, "one offer, one answer"


async def test_of_two_offers_that_cross_one_call_comes_that_both_see_and_hear(conference: Conference) -> None:
    ada, bob = conference.join("Ada"), conference.join("Bob")
    held: list[tuple[int, Signalled]] = []

    def hold(to: int, message: Signalled) -> None:
        if isinstance(message.body, Offer):
            held.append((to, message))

    conference.underway = hold
    conference.link(ada, bob)
    bob.mesh.signalled(Signalled(ada.avatar, 77, Ask()))  # as one would that can't offer
    await conference.until(lambda: {to for to, _ in held} == {ada.avatar, bob.avatar})
    conference.underway = unchanged
    for to, message in held:
        conference.deliver(to, message)
    await conference.connected(ada, bob)
    offered = {to: message.call for to, message in held}
    answers = [(one.name, call) for one in (ada, bob) for _, call, body in one.signals if isinstance(body, Answer)]
    assert answers == [("Bob", offered[bob.avatar])], "the lower id's offer counts"
    for one in (ada, bob):
        one.speak(440)
        one.show()
    await conference.until(lambda: ada.pictures_of(bob) > 3 and bob.pictures_of(ada) > 3)
    await conference.until(lambda: ada.seconds_of(bob) > 0.3 and bob.seconds_of(ada) > 0.3)
    await conference.until(lambda: [peer.is_closed for peer in bob.peers] == [True, False])
    assert [peer.is_closed for peer in ada.peers] == [False], "what was dropped for it is closed"


async def test_what_goes_wrong_within_is_a_plain_sentence_and_the_log_has_the_rest(
    conference: Conference, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ada, bob = conference.join("Ada"), conference.join("Bob")

    async def fail() -> IceConfig:
        raise KeyError("\x1b[31mraw")

    monkeypatch.setattr(ada.mesh, "ice", fail)
    ada.link(bob.avatar, BOTH_WAYS)
    await conference.until(lambda: ada.phase_of(bob) is PeerPhase.NO_PATH)
    state = ada.mesh.state(bob.avatar)
    assert state is not None
    assert state.why == "The connection to Bob failed in a way that it should not."
    assert "KeyError" in capsys.readouterr().err


async def test_who_asks_for_an_offer_looks_for_ways_meanwhile(conference: Conference) -> None:
    ada, bob = conference.join("Ada"), conference.join("Bob")
    held: list[tuple[int, Signalled]] = []
    conference.underway = lambda to, message: held.append((to, message))
    conference.link(ada, bob)
    await conference.until(lambda: bool(bob.peers) and bob.peers[0].gathered.candidates > 0)
    assert not any(isinstance(body, Answer) for _, _, body in bob.signals)
    conference.underway = unchanged
    await conference.until(lambda: any(isinstance(message.body, Offer) for _, message in held))
    for to, message in held:
        conference.deliver(to, message)
    await conference.connected(ada, bob)
    assert len(bob.peers) == 1, "and the offer gets these"


async def test_who_asks_and_is_not_wanted_any_more_leaves_nothing_behind(conference: Conference) -> None:
    bob, ada = conference.join("Bob", avatar=2), conference.join("Ada", avatar=1)
    conference.underway = lost
    bob.link(ada.avatar, BOTH_WAYS)
    await conference.until(lambda: bool(bob.peers))
    bob.link(ada.avatar, None)
    await conference.until(lambda: bob.peers[0].is_closed)


async def test_not_one_packet_of_sound_or_pictures_leaves_who_is_muted(conference: Conference, two: Two) -> None:
    ada, bob = two
    bob.speak(440)
    await conference.until(lambda: ada.seconds_of(bob) > 0.5)
    assert bob.network.sent["audio"] > 0
    assert bob.network.sent["video"] == ada.network.sent["audio"] == ada.network.sent["video"] == 0
    camera = bob.show()
    await conference.until(lambda: ada.pictures_of(bob) > 0)
    camera.cancel()
    await asyncio.sleep(0.1)
    before = bob.network.sent["video"]
    heard = ada.seconds_of(bob)
    await conference.until(lambda: ada.seconds_of(bob) > heard + 0.5)
    assert bob.network.sent["video"] == before


async def test_only_what_the_link_allows_flows(conference: Conference, two: Two) -> None:
    ada, bob = two
    for one in two:
        one.speak(440)
        one.show()
    ada.link(bob.avatar, PeerTerms(SEND, carried=True))
    bob.link(ada.avatar, PeerTerms(RECEIVE, carried=True))
    await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    sent, seen, heard = dict(bob.network.sent), ada.pictures_of(bob), ada.seconds_of(bob)
    before = bob.pictures_of(ada), bob.seconds_of(ada)
    await conference.until(lambda: bob.pictures_of(ada) > before[0] + 3 and bob.seconds_of(ada) > before[1] + 0.3)
    assert (bob.network.sent["audio"], bob.network.sent["video"]) == (sent.get("audio", 0), sent.get("video", 0))
    assert (ada.pictures_of(bob), ada.seconds_of(bob)) == (seen, heard)
    assert bob.mesh.demands == {}


async def test_what_comes_against_the_terms_is_dropped(conference: Conference, two: Two) -> None:
    ada, bob = two
    bob.speak(440)
    bob.show()
    await conference.until(lambda: ada.pictures_of(bob) > 0)
    ada.link(bob.avatar, PeerTerms(SEND, carried=True))
    await asyncio.sleep(0.05)  # what a decoder has in hand
    seen, heard = ada.pictures_of(bob), ada.seconds_of(bob)
    sent = dict(bob.network.sent)
    await conference.until(lambda: bob.network.sent["audio"] > sent["audio"] + 20)
    await conference.until(lambda: bob.network.sent["video"] > sent["video"] + 3)
    assert (ada.pictures_of(bob), ada.seconds_of(bob)) == (seen, heard)
    ada.link(bob.avatar, BOTH_WAYS)
    await conference.until(lambda: ada.pictures_of(bob) > seen + 3 and ada.seconds_of(bob) > heard + 0.2)


async def test_pictures_change_their_size_and_pause_without_a_word(conference: Conference, two: Two) -> None:
    ada, bob = two
    bob.show(SMALL_PICTURES)
    await conference.until(lambda: ada.pictures_of(bob) > 0)
    signals = len(ada.signals) + len(bob.signals)
    bob.show(MEDIUM_PICTURES)
    await conference.until(lambda: ada.pictures[bob.avatar].shape == (240, 320, 3))
    bob.mesh.set_rung(ada.avatar, 0)
    await asyncio.sleep(0.1)
    sent = bob.network.sent["video"]
    await asyncio.sleep(0.3)
    assert bob.network.sent["video"] == sent
    bob.mesh.set_rung(ada.avatar, SMALL_PICTURES)
    await conference.until(lambda: ada.pictures[bob.avatar].shape == (120, 160, 3))
    assert len(ada.signals) + len(bob.signals) == signals


async def test_what_one_wants_to_see_is_a_demand_at_the_other(conference: Conference, two: Two) -> None:
    ada, bob = two
    assert bob.mesh.demands == {ada.avatar: Demand(SMALL_PICTURES, None)}
    ada.mesh.want(bob.avatar, LARGE_PICTURES)
    await conference.until(lambda: bob.mesh.demands[ada.avatar].wants == LARGE_PICTURES)
    ada.mesh.want(bob.avatar, LARGE_PICTURES)
    assert [body for _, _, body in ada.signals if isinstance(body, Want)] == [Want(LARGE_PICTURES)], (
        "told when it changes"
    )
    conference.link(ada, bob, None)
    assert bob.mesh.demands == {}


async def test_a_wish_from_before_the_call_is_told_when_it_stands(conference: Conference) -> None:
    ada, bob = conference.join("Ada"), conference.join("Bob")
    ada.mesh.want(bob.avatar, NO_PICTURES)
    conference.link(ada, bob)
    await conference.until(lambda: ada.avatar in bob.mesh.demands)
    await conference.until(lambda: bob.mesh.demands[ada.avatar].wants == NO_PICTURES)


async def test_when_the_link_goes_both_ends_are_closed_within_a_second(conference: Conference, two: Two) -> None:
    ada, bob = two
    for one in two:
        one.speak(440)
        one.show()
    await conference.until(lambda: ada.pictures_of(bob) > 0 and bob.pictures_of(ada) > 0)
    began = time.monotonic()
    conference.link(ada, bob, None)
    assert ada.mesh.state(bob.avatar) is bob.mesh.state(ada.avatar) is None
    peers = ada.peers[-1], bob.peers[-1]
    await conference.until(lambda: all(peer.is_closed for peer in peers))
    assert time.monotonic() - began < 1


async def test_an_end_that_goes_without_a_word_is_noticed_within_a_second(conference: Conference, two: Two) -> None:
    ada, bob = two
    began = time.monotonic()
    conference.underway = lost
    await conference.leave(bob)
    await conference.until(lambda: ada.phase_of(bob) is not PeerPhase.CONNECTED)
    assert time.monotonic() - began < 1


async def test_another_view_that_takes_over_is_connected_with_anew(conference: Conference, two: Two) -> None:
    ada, bob = two
    conference.underway = lost
    for gone in (bob, ada):
        stays = ada if gone is bob else bob
        conference.underway = lost
        await conference.leave(gone)
        conference.underway = unchanged
        new = conference.join(gone.name, avatar=gone.avatar)
        new.link(stays.avatar, BOTH_WAYS)
        await conference.connected(new, stays)
        new.speak(440)
        await conference.until(lambda new=new, stays=stays: stays.seconds_of(new) > 0.1)
        ada, bob = (ada, new) if gone is bob else (new, bob)


async def test_a_way_that_leads_nowhere_any_more_is_noticed_and_replaced(
    conference: Conference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ice, "CHECK_EVERY", 0.02)
    monkeypatch.setattr(aioice.stun, "RETRY_RTO", 0.1)
    ada, bob = conference.join("Ada"), conference.join("Bob")
    conference.link(ada, bob)
    await conference.connected(ada, bob)
    await asyncio.sleep(0.3)
    assert len(ada.peers) == 1, "while it leads there nothing happens"
    for way in ada.peers[0].transport._connection._protocols:
        way.send_stun = lambda message, address: None
    await conference.until(lambda: ada.phase_of(bob) is not PeerPhase.CONNECTED)
    await conference.connected(ada, bob)
    assert len(ada.peers) == 2


async def test_control_that_is_lost_stops_sending_at_once_and_ends_calls_after_a_while(
    conference: Conference, two: Two, clock: Clock
) -> None:
    ada, bob = two
    bob.speak(440)
    bob.show()
    await conference.until(lambda: ada.pictures_of(bob) > 0 and ada.seconds_of(bob) > 0.1)
    bob.mesh.pause()
    await asyncio.sleep(0.02)
    sent = bob.network.sent["audio"] + bob.network.sent["video"]
    await asyncio.sleep(0.3)
    assert bob.network.sent["audio"] + bob.network.sent["video"] == sent
    assert bob.phase_of(ada) is PeerPhase.CONNECTED
    bob.mesh.resume()
    await asyncio.sleep(0.3)
    assert bob.network.sent["audio"] + bob.network.sent["video"] == sent, "the link may have gone meanwhile"
    bob.link(ada.avatar, BOTH_WAYS)
    heard = ada.seconds_of(bob)
    await conference.until(lambda: ada.seconds_of(bob) > heard + 0.1)
    assert len(bob.peers) == 1, "the same call goes on"
    clock.stop()
    bob.mesh.pause()
    clock.ahead += 4.9
    await asyncio.sleep(0.6)
    assert bob.phase_of(ada) is PeerPhase.CONNECTED
    clock.ahead += 0.2
    await conference.until(lambda: bob.phase_of(ada) is PeerPhase.WAITING)
    bob.mesh.resume()
    await conference.connected(ada, bob)
    assert len(bob.peers) == 2


async def test_a_call_outlives_the_others_media_by_a_little(conference: Conference, two: Two, clock: Clock) -> None:
    ada, bob = two
    gone = PeerTerms(SEND | RECEIVE, carried=False)
    clock.stop()
    ada.link(bob.avatar, gone)
    ada.link(bob.avatar, BOTH_WAYS)
    clock.ahead += 5.0
    await asyncio.sleep(0.3)
    assert ada.phase_of(bob) is PeerPhase.CONNECTED, "it was back in time"
    ada.link(bob.avatar, gone)
    clock.ahead += 4.9
    await asyncio.sleep(0.6)
    assert ada.phase_of(bob) is PeerPhase.CONNECTED
    clock.ahead += 0.2
    await conference.until(lambda: ada.phase_of(bob) is PeerPhase.WAITING)
    ada.link(bob.avatar, BOTH_WAYS)
    await conference.connected(ada, bob)


async def test_nobody_is_called_whose_media_nobody_carries(conference: Conference) -> None:
    ada, bob = conference.join("Ada"), conference.join("Bob")
    ada.link(bob.avatar, PeerTerms(SEND | RECEIVE, carried=False))
    await asyncio.sleep(0.05)
    assert ada.phase_of(bob) is PeerPhase.WAITING
    assert ada.signals == []


async def test_a_link_that_one_end_hears_of_later_is_no_obstacle(conference: Conference) -> None:
    ada, bob = conference.join("Ada"), conference.join("Bob")
    ada.link(bob.avatar, BOTH_WAYS)
    await conference.until(lambda: any(isinstance(body, Offer) for _, _, body in ada.signals))
    await asyncio.sleep(0.1)
    assert bob.mesh.state(ada.avatar) is None
    bob.link(ada.avatar, BOTH_WAYS)
    await conference.connected(ada, bob)
    assert len(bob.peers) == len(ada.peers) == 1


async def test_strangers_get_no_answer_and_are_forgotten(conference: Conference, clock: Clock) -> None:
    ada = conference.join("Ada")
    for stranger in range(100, 200):
        ada.mesh.signalled(Signalled(stranger, 1, Ask()))
    ada.mesh.signalled(Signalled(ada.avatar, 1, Ask()))
    clock.ahead += 5.0
    await asyncio.sleep(0.3)
    assert (ada.signals, ada.peers, ada.changes) == ([], [], [])
    bob = conference.join("Bob")
    conference.link(ada, bob)
    await conference.connected(ada, bob)


async def test_without_an_answer_it_says_so_after_a_while_and_tries_again(conference: Conference, clock: Clock) -> None:
    ada, bob = conference.join("Ada"), conference.join("Bob")
    conference.underway = lost
    conference.link(ada, bob)
    await conference.until(lambda: any(isinstance(body, Offer) for _, _, body in ada.signals))
    assert ada.phase_of(bob) is PeerPhase.CONNECTING
    clock.stop()
    clock.ahead += 10.0
    await conference.until(lambda: ada.phase_of(bob) is bob.phase_of(ada) is PeerPhase.NO_PATH)
    state = ada.mesh.state(bob.avatar)
    assert state is not None
    assert state.why == "No answer from Bob."
    conference.underway = unchanged
    clock.ahead += 10.0
    await conference.connected(ada, bob)


async def test_where_no_packet_gets_through_it_says_why(conference: Conference, clock: Clock) -> None:
    ada, bob = conference.join("Ada"), conference.join("Bob")
    conference.underway = misleading
    conference.link(ada, bob)
    await conference.until(lambda: any(isinstance(body, Answer) for _, _, body in bob.signals))
    await asyncio.sleep(0.1)
    clock.ahead += 10.0
    await conference.until(lambda: ada.phase_of(bob) is PeerPhase.NO_PATH)
    state = ada.mesh.state(bob.avatar)
    assert state is not None
    assert "Bob" in state.why
    assert "no TURN server" in state.why


@pytest.mark.parametrize(
    ("servers", "why"),
    [
        ((), "The office lets sound and picture go by a TURN server only, and has none."),
        ((IceServer(["turn:[", "turn:127.0.0.1:1?transport=tcp"], "", ""),), "can't be reached from here."),
    ],
)
async def test_without_any_way_both_ends_say_why_at_once_and_no_address_leaves(
    conference: Conference, servers: tuple[IceServer, ...], why: str
) -> None:
    conference.ice = IceConfig(servers, relay_only=True, loopback=True)
    ada, bob = conference.join("Ada"), conference.join("Bob")
    began = time.monotonic()
    conference.link(ada, bob)
    for one, other in ((ada, bob), (bob, ada)):
        await conference.until(lambda one=one, other=other: one.phase_of(other) is PeerPhase.NO_PATH)
        state = one.mesh.state(other.avatar)
        assert state is not None
        assert state.why.endswith(why)
    assert time.monotonic() - began < 5
    told = [body.sdp for _, _, body in (*ada.signals, *bob.signals) if isinstance(body, Offer | Answer)]
    assert told
    assert not any(b"a=candidate" in sdp for sdp in told)


async def test_an_office_that_does_not_say_by_which_servers_is_tried_again(
    conference: Conference, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = conference.join("Ada"), conference.join("Bob")

    async def refuse() -> IceConfig:
        raise Refused(Code.TIMEOUT, "The office does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(ada.mesh, "ice", refuse)
        ada.link(bob.avatar, BOTH_WAYS)
        await conference.until(lambda: ada.phase_of(bob) is PeerPhase.NO_PATH)
    state = ada.mesh.state(bob.avatar)
    assert state is not None
    assert "The office does not answer." in state.why
    clock.ahead += 10.0
    bob.link(ada.avatar, BOTH_WAYS)
    await conference.connected(ada, bob)


@pytest.mark.parametrize(
    "sdp",
    [
        b"",
        b"\xff\xfe",
        b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n",
        b"v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:banana\r\n",
        b"v=0\r\n" + b"m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n" * 40,
        b"v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\na=sctp-port:5000\r\n",
    ],
)
async def test_an_offer_that_makes_no_sense_harms_nobody(conference: Conference, clock: Clock, sdp: bytes) -> None:
    ada, bob = conference.join("Ada"), conference.join("Bob")
    bob.mesh.signalled(Signalled(ada.avatar, 5, Offer(sdp)))
    bob.link(ada.avatar, BOTH_WAYS)
    await conference.until(lambda: bob.phase_of(ada) is PeerPhase.NO_PATH)
    state = bob.mesh.state(ada.avatar)
    assert state is not None
    assert state.why == "Ada's program and ours don't understand each other."
    ada.link(bob.avatar, BOTH_WAYS)
    await conference.connected(ada, bob)


async def test_sound_and_pictures_go_on_with_five_packets_in_a_hundred_lost(conference: Conference, two: Two) -> None:
    for one in two:
        one.network.loss = 0.05
        one.network.delay = 0.02
        one.speak(440)
        one.show()
    ada, bob = two
    await conference.until(lambda: bob.network.lost["audio"] >= 3 and bob.network.lost["video"] >= 2)
    seen, heard, began = ada.pictures_of(bob), ada.seconds_of(bob), time.monotonic()
    await conference.until(lambda: ada.pictures_of(bob) >= seen + 24)
    assert ada.pitch_of(bob) == pytest.approx(440, abs=5)
    assert ada.seconds_of(bob) - heard > 0.9 * (time.monotonic() - began) - 0.1, "what is lost is bridged"


@pytest.mark.slow
async def test_a_bad_connection_shows_at_both_ends_and_recovers(conference: Conference, two: Two) -> None:
    ada, bob = two
    bob.network.loss = 0.25
    bob.speak(440)
    await conference.until(lambda: bob.mesh.demands[ada.avatar].quality is Quality.POOR)
    for one, other in (two, (bob, ada)):
        await conference.until(
            lambda one=one, other=other: (
                (state := one.mesh.state(other.avatar)) is not None and state.quality is Quality.POOR
            )
        )
    bob.network.loss = 0
    await conference.until(lambda: bob.mesh.demands[ada.avatar].quality is Quality.FAIR)


async def test_four_hear_and_see_each_other(conference: Conference) -> None:
    people = [conference.join(name) for name in ("Ada", "Bob", "Cleo", "Dan")]
    for index, one in enumerate(people):
        for other in people[:index]:
            conference.link(one, other)
    await conference.connected(*people)
    for index, one in enumerate(people):
        one.speak(300 + 100 * index)
        one.show()
    pairs = [(one, other) for one in people for other in people if one is not other]
    await conference.until(lambda: all(one.pictures_of(o) > 2 and one.seconds_of(o) > 0.5 for one, o in pairs))
    for one, other in pairs:
        assert one.pitch_of(other) == pytest.approx(300 + 100 * people.index(other), abs=5)


def left_over() -> tuple[int, int, int]:
    gc.collect()
    return len(asyncio.all_tasks()), threading.active_count(), len(os.listdir("/proc/self/fd"))  # noqa: PTH208


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts what /proc tells")
@pytest.mark.parametrize("times", [8, pytest.param(200, marks=pytest.mark.slow)])
async def test_joining_and_leaving_leaves_nothing_behind(conference: Conference, times: int) -> None:
    ada = conference.join("Ada")
    ada.speak(440)
    ada.show()
    before = None
    for number in range(times):
        bob = conference.join("Bob", avatar=2)
        conference.link(ada, bob)
        ada.mesh.set_rung(bob.avatar, SMALL_PICTURES)
        if number % 4:  # some leave while they are still connecting
            await conference.connected(ada, bob)
        if number % 2:
            await conference.until(lambda bob=bob: bob.pictures_of(ada) > 0)
            ada.link(bob.avatar, None)
        await conference.leave(bob)
        ada.link(bob.avatar, None)
        peers = list(ada.peers)
        ada.peers.clear()
        await conference.until(lambda peers=peers: all(peer.is_closed for peer in peers))
        await asyncio.sleep(0.05)
        if number == 2:
            before = left_over()
    assert left_over() == before


async def test_sending_ends_with_the_link_and_not_only_with_the_connection(conference: Conference, two: Two) -> None:
    ada, bob = two
    voice = ada.speak(440)
    await conference.until(lambda: bob.seconds_of(ada) > 0.1)
    voice.cancel()
    await asyncio.gather(voice, return_exceptions=True)
    peer = ada.peers[-1]
    held = asyncio.Event()
    close = peer.close

    async def later() -> None:
        await held.wait()
        await close()

    peer.close = later  # type: ignore[method-assign]
    ada.link(bob.avatar, None)
    assert ada.voice.subscribers == 0
    sent = ada.network.sent["audio"]
    for number in range(5):
        ada.voice.put(b"\xf8\xff\xfe", 960 * number)
        await asyncio.sleep(0.01)
    assert ada.network.sent["audio"] == sent
    held.set()


async def test_nothing_is_heard_of_whom_we_left_however_long_that_takes(conference: Conference, two: Two) -> None:
    ada, bob = two
    peer, held = ada.peers[-1], asyncio.Event()
    bob.speak(440)
    bob.show()
    await conference.until(lambda: ada.pictures_of(bob) > 0 and ada.seconds_of(bob) > 0)
    close = peer.close

    async def later() -> None:
        await held.wait()
        await close()

    peer.close = later  # type: ignore[method-assign]
    conference.underway = lost
    ada.link(bob.avatar, None)
    heard, seen, sent = ada.seconds_of(bob), ada.pictures_of(bob), bob.network.sent["audio"]
    await conference.until(lambda: bob.network.sent["audio"] > sent + 10)
    assert (ada.seconds_of(bob), ada.pictures_of(bob)) == (heard, seen)
    held.set()


async def test_who_enters_a_crowd_asks_once_by_which_servers_to_connect(clock: Clock) -> None:
    asked: list[float] = []

    async def ice() -> IceConfig:
        asked.append(clock())
        await asyncio.sleep(0)
        return IceConfig()

    mesh = idle_mesh(ice, clock)
    await asyncio.gather(*(mesh.ice() for _ in range(20)))
    assert len(asked) == 1
    clock.ahead += 3.0
    await mesh.ice()
    assert len(asked) == 2, "what it hands out expires"


async def test_an_office_that_is_asked_too_often_is_asked_again_when_it_says(clock: Clock) -> None:
    answers: list[Refused | IceConfig] = [
        Refused(Code.TOO_MANY_REQUESTS, "Slowly.", retry_after=2.5),
        Refused(Code.TOO_MANY_REQUESTS, "Slowly!", retry_after=1.5),
        IceConfig(relay_only=True),
    ]
    slept: list[float] = []

    async def ice() -> IceConfig:
        answer = answers.pop(0)
        if isinstance(answer, Refused):
            raise answer
        return answer

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    mesh = idle_mesh(ice, clock, sleep)
    configs = await asyncio.gather(mesh.ice(), mesh.ice())
    assert [config.relay_only for config in configs] == [True, True]
    assert slept == [2.5, 1.5]


def idle_mesh(
    ice: Callable[[], Awaitable[IceConfig]],
    clock: Clock,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Mesh:
    """One that nobody runs, and that is told of nobody."""
    return Mesh(
        1,
        signal=lost_to,
        ice=ice,
        audio=PacketFeed("audio"),
        video={},
        sink=cast(MeshSink, None),
        name_of=str,
        clock=clock,
        sleep=sleep,
    )


async def test_while_the_office_does_not_say_by_which_servers_there_is_no_blame_on_the_other(
    conference: Conference, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = conference.join("Ada"), conference.join("Bob")

    async def never() -> IceConfig:
        raise Refused(Code.TOO_MANY_REQUESTS, "Slowly.", retry_after=60)

    monkeypatch.setattr(ada, "ice", None)
    monkeypatch.setattr(ada.mesh, "_ice", never)
    ada.link(bob.avatar, BOTH_WAYS)
    await asyncio.sleep(0.05)
    assert ada.phase_of(bob) is PeerPhase.CONNECTING
    clock.ahead += 10.0
    await conference.until(lambda: ada.phase_of(bob) is PeerPhase.NO_PATH)
    state = ada.mesh.state(bob.avatar)
    assert state is not None
    assert state.why == "The office has not said yet how to reach Bob."


async def test_a_mesh_gives_up_calls_that_do_not_end(
    conference: Conference, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mesh_module, "CLOSING", 0.2)
    ada, _ = two
    peer, cancelled = ada.peers[-1], asyncio.Event()
    close = peer.close

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    peer.close = never  # type: ignore[method-assign]
    async with asyncio.timeout(5):
        await ada.mesh.close()
    assert cancelled.is_set()
    await close()


async def test_nobody_is_called_again_whose_media_is_not_carried_any_more(conference: Conference, clock: Clock) -> None:
    ada, bob = conference.join("Ada"), conference.join("Bob")
    conference.underway = lost
    ada.link(bob.avatar, BOTH_WAYS)
    await conference.until(lambda: bool(ada.peers))
    clock.ahead += 10.0
    await conference.until(lambda: ada.phase_of(bob) is PeerPhase.NO_PATH)
    clock.ahead += 9.0
    ada.link(bob.avatar, PeerTerms(SEND | RECEIVE, carried=False))
    said = len(ada.signals)
    clock.ahead += 2.0
    await conference.until(lambda: ada.phase_of(bob) is PeerPhase.WAITING)
    clock.ahead += 60.0
    await asyncio.sleep(0.6)
    assert (len(ada.peers), len(ada.signals)) == (1, said)
    conference.underway = unchanged
    conference.link(ada, bob)
    await conference.connected(ada, bob)
