"""A view's sound and picture against an office in memory, with machinery that only notes what it is told."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from gathertui.client.events import PeerMediaChanged
from gathertui.client.media.machinery import Hooks
from gathertui.client.media.memory import MediaMemory
from gathertui.client.media.peers import Line, Voice
from gathertui.client.media.state import Phase, Quality, Switch
from gathertui.errors import Code, DeviceError, Refused
from gathertui.protocol import media, presence
from gathertui.testing.clock import VirtualClock, settle
from gathertui.testing.machinery import NotedMachinery
from gathertui.testing.office import MemoryOffice
from gathertui.world.geometry import Direction, Point
from tests.client.media.views import Come, View, link, media_of

STILL_SECONDS = 2.0
"""After which a picture that stands still is shown no more."""

PICTURE = np.zeros((12, 16, 3), np.uint8)
CARRIED = media.CARRIED


async def test_who_enters_carries_with_everything_off(office: MemoryOffice, come: Come) -> None:
    ada = await come()
    own = ada.media.own
    assert (own.microphone, own.camera, own.deafened) == (Switch.OFF, Switch.OFF, False)
    assert media_of(office, "ada") == CARRIED
    assert not ada.machinery.voice.live
    assert ada.machinery.video.camera is None


async def test_switches_act_here_and_are_told_to_the_server(office: MemoryOffice, come: Come) -> None:
    ada = await come()
    ada.media.set_microphone(True)
    ada.media.set_deafened(True)
    assert ada.machinery.voice.live and ada.machinery.voice.deafened
    await settle()
    assert media_of(office, "ada") == CARRIED | media.MICROPHONE | media.DEAF
    ada.media.set_microphone(False)
    assert not ada.machinery.voice.live
    await settle()
    assert media_of(office, "ada") == CARRIED | media.DEAF
    assert ada.machinery.played == ["mic_on", "mic_off"]


async def test_what_was_turned_on_before_it_is_carried_is_told_once_it_is(
    office: MemoryOffice, clock: VirtualClock
) -> None:
    view = View(office, clock, office.add_account("ada"), "desk", {})
    view.media.set_microphone(True)
    await view.come()
    await settle()
    assert media_of(office, "ada") == CARRIED | media.MICROPHONE
    assert view.machinery.voice.live
    claims = [message for message in office.guests[0].received if isinstance(message, media.CarryMedia)]
    assert len(claims) == 1
    await view.leave()


async def test_every_confirmation_is_answered_with_what_is_on(office: MemoryOffice, come: Come) -> None:
    ada = await come("ada")
    ada.media.set_microphone(True)
    await settle()
    office.avatars["id-ada"] = msgspec.structs.replace(office.avatars["id-ada"], media=CARRIED)
    await office.guests[0].send(media.MediaTaken())
    await settle()
    ada.media.set_microphone(True)
    await settle()
    assert media_of(office, "ada") == CARRIED | media.MICROPHONE


async def test_a_camera_is_seen_by_its_owner_first(office: MemoryOffice, come: Come) -> None:
    ada = await come()
    ada.media.set_camera(Switch.PREVIEW)
    video = ada.machinery.video
    assert video.camera is not None and not video.live
    ada.machinery.hooks.own_picture_came(PICTURE)
    assert ada.media.own_picture is PICTURE
    assert ada.shown == [None]
    await settle()
    assert media_of(office, "ada") == CARRIED
    ada.media.set_camera(Switch.ON)
    assert video.live
    await settle()
    assert media_of(office, "ada") == CARRIED | media.CAMERA
    ada.media.set_camera(Switch.OFF)
    assert video.camera is None and ada.media.own_picture is None
    ada.machinery.hooks.own_picture_came(PICTURE)
    assert ada.media.own_picture is None, "a picture that was on its way is not shown any more"


async def test_the_newest_view_carries_and_turning_something_on_takes_it_back(office: MemoryOffice, come: Come) -> None:
    desk = await come("ada", "desk")
    desk.media.set_microphone(True)
    laptop = await come("ada", "laptop")
    await settle()
    assert laptop.media.own.carried and not desk.media.own.carried
    assert desk.media.own.microphone is Switch.OFF and not desk.machinery.voice.live
    assert media_of(office, "ada") == CARRIED
    assert len(desk.muted()) == 1
    desk.media.set_microphone(True)
    assert not desk.machinery.voice.live, "nothing is sent before the server says that this view carries"
    await settle()
    assert desk.media.own.carried and not laptop.media.own.carried
    assert desk.machinery.voice.live
    assert media_of(office, "ada") == CARRIED | media.MICROPHONE


async def test_calls_follow_the_conversation(office: MemoryOffice, come: Come) -> None:
    ada, bob = await come("ada"), await come("bob")
    them = await link(office, "ada", "bob")
    assert ada.calls.peers == {them}
    assert ada.media.peers[them].phase is Phase.CONNECTING
    ada.calls.lines[them] = Line(Phase.CONNECTED, quality=Quality.GOOD)
    ada.machinery.hooks.line_changed(them)
    assert (ada.media.peers[them].phase, ada.media.peers[them].quality) == (Phase.CONNECTED, Quality.GOOD)
    bob.media.set_microphone(True)
    await settle()
    assert ada.media.peers[them].microphone
    await office.converse("id-ada", [])
    await settle()
    assert ada.calls.peers == set() and ada.media.peers == {}
    assert ada.machinery.voice.places == {}
    assert ada.machinery.played == ["arrival", "near", "gone"]
    assert PeerMediaChanged(them) in ada.told


async def test_a_view_that_lost_its_media_has_no_calls(office: MemoryOffice, come: Come) -> None:
    desk = await come("ada", "desk")
    await come("bob")
    them = await link(office, "ada", "bob")
    await come("ada", "laptop")
    await settle()
    assert desk.calls.peers == set()
    assert desk.machinery.voice.places == {}
    assert desk.media.peers[them].phase is Phase.WAITING and desk.media.peers[them].why


async def test_signals_reach_the_calls(office: MemoryOffice, come: Come) -> None:
    ada, bob = await come("ada"), await come("bob")
    them = await link(office, "ada", "bob")
    ada.machinery.hooks.signal(them, 7, media.Ask())
    await settle()
    me = office.avatars["id-ada"].id
    assert bob.calls.heard == [media.Signalled(me, 7, media.Ask())]


async def test_voices_come_from_where_people_stand(office: MemoryOffice, come: Come) -> None:
    ada = await come("ada")
    await come("bob")
    await office.move("id-bob", Point(2, 1), Direction.SOUTH)
    them = await link(office, "ada", "bob")
    gain, pan = ada.machinery.voice.places[them]
    assert gain == 1.0 and pan > 0.0
    await office.move("id-bob", Point(6, 1), Direction.SOUTH)
    await settle()
    far, _ = ada.machinery.voice.places[them]
    assert far < 0.5
    for _ in range(3):
        ada.client.step(Direction.EAST)
        await ada.clock.advance(0.2)
    near, _ = ada.machinery.voice.places[them]
    assert near == 1.0, "one's own steps bring them nearer, too"


async def test_who_may_not_be_received_has_no_place(office: MemoryOffice, come: Come) -> None:
    ada = await come("ada")
    await come("bob")
    them = office.avatars["id-bob"].id
    one_way = presence.Links([], [presence.Link(them, presence.SEND, 1, "stage")], b"", 0)
    await office.guests[0].send(one_way)
    await settle()
    assert ada.calls.peers == {them}
    assert ada.machinery.voice.places == {}


async def test_levels_of_the_others_and_ones_own(office: MemoryOffice, come: Come) -> None:
    ada = await come("ada")
    await come("bob")
    them = await link(office, "ada", "bob")
    ada.machinery.voices[them] = Voice(0.4, speaking=True)
    ada.machinery.hooks.voice_changed(them)
    assert (ada.media.peers[them].level, ada.media.peers[them].speaking) == (0.4, True)
    ada.media.set_microphone(True)
    ada.machinery.hooks.level_changed(0.7, True)
    assert (ada.media.own.level, ada.media.own.speaking) == (0.7, True)
    ada.media.set_microphone(False)
    ada.machinery.hooks.level_changed(0.6, True)
    assert (ada.media.own.level, ada.media.own.speaking) == (0.0, False)


def told_the_server(office: MemoryOffice) -> list[int]:
    """What the first view has told of its media, oldest first."""
    return [message.media for message in office.guests[0].received if isinstance(message, media.SetMedia)]


async def test_the_server_is_told_who_speaks_and_nobody_else(
    office: MemoryOffice, come: Come, clock: VirtualClock
) -> None:
    ada = await come("ada")
    ada.media.set_microphone(True)
    for tenth in range(30):
        ada.machinery.hooks.level_changed(0.5 + tenth % 2 / 10, True)
        await clock.advance(0.1)
    assert told_the_server(office)[-2:] == [media.MICROPHONE, media.MICROPHONE | media.SPEAKING]
    assert media_of(office, "ada") == CARRIED | media.MICROPHONE
    ada.machinery.hooks.level_changed(0.0, False)
    await clock.advance(4.9)
    assert told_the_server(office)[-1] == media.MICROPHONE | media.SPEAKING
    await clock.advance(0.2)
    assert told_the_server(office)[-3:] == [media.MICROPHONE, media.MICROPHONE | media.SPEAKING, media.MICROPHONE]


async def test_who_is_muted_does_not_speak(office: MemoryOffice, come: Come, clock: VirtualClock) -> None:
    ada = await come("ada")
    before = len(told_the_server(office))
    ada.media.set_microphone(True)
    ada.machinery.hooks.level_changed(0.5, True)
    await clock.advance(2.0)
    ada.media.set_microphone(False)
    ada.machinery.hooks.level_changed(0.5, True)
    await clock.advance(2.0)
    ada.media.set_microphone(True)
    await clock.advance(2.0)
    voice = media.MICROPHONE | media.SPEAKING
    assert told_the_server(office)[before:] == [media.MICROPHONE, voice, 0, media.MICROPHONE]


async def test_who_speaks_while_the_connection_is_lost_speaks_when_it_is_back(
    office: MemoryOffice, come: Come, clock: VirtualClock
) -> None:
    ada = await come("ada")
    ada.media.set_microphone(True)
    ada.machinery.hooks.level_changed(0.5, True)
    await clock.advance(2.0)
    office.guests[0].connection.cut()
    await settle()
    await clock.advance(1.5)
    voice = media.MICROPHONE | media.SPEAKING
    assert told_the_server(office)[-1] == voice


async def test_a_picture_is_shown_until_it_stands_still(office: MemoryOffice, come: Come, clock: VirtualClock) -> None:
    ada, bob = await come("ada"), await come("bob")
    them = await link(office, "ada", "bob")
    ada.machinery.hooks.picture_came(them, PICTURE)
    assert ada.media.peers[them].picture is None, "their camera is off"
    bob.media.set_camera(Switch.ON)
    await settle()
    ada.machinery.hooks.picture_came(them, PICTURE)
    assert ada.media.peers[them].picture is PICTURE
    await clock.advance(STILL_SECONDS - 0.5)
    ada.machinery.hooks.picture_came(them, PICTURE)
    await clock.advance(STILL_SECONDS - 0.5)
    assert ada.media.peers[them].picture is PICTURE
    await clock.advance(0.8)
    assert ada.media.peers[them].picture is None
    assert ada.shown[-1] == them
    ada.machinery.hooks.picture_came(them, PICTURE)
    bob.media.set_camera(Switch.OFF)
    await settle()
    assert ada.media.peers[them].picture is None


async def test_wishes_are_kept_for_new_calls(office: MemoryOffice, come: Come) -> None:
    ada = await come("ada")
    await come("bob")
    them = await link(office, "ada", "bob")
    ada.media.want(them, media.LARGE_PICTURES)
    ada.media.want(99, media.LARGE_PICTURES)
    assert ada.calls.wants == {them: media.LARGE_PICTURES}


async def test_a_lost_connection_stops_sending_and_calls_wait(
    office: MemoryOffice, come: Come, clock: VirtualClock
) -> None:
    ada = await come("ada")
    await come("bob")
    them = await link(office, "ada", "bob")
    ada.media.set_microphone(True)
    office.guests[0].connection.cut()
    await settle()
    assert ada.calls.paused and not ada.machinery.voice.live
    assert ada.calls.peers == {them}, "they may be back in a moment"
    await clock.advance(1.5)  # the next attempt
    assert not ada.calls.paused and ada.machinery.voice.live
    assert ada.media.own.microphone is Switch.ON
    assert media_of(office, "ada") == CARRIED | media.MICROPHONE
    assert ada.calls.peers == {them}, "the server has not said yet that it is over"
    await office.converse("id-ada", ["id-bob"])
    await settle()
    assert ada.calls.peers == {them}


async def test_coming_back_to_nobody_ends_the_calls(office: MemoryOffice, come: Come, clock: VirtualClock) -> None:
    ada = await come("ada")
    await come("bob")
    them = await link(office, "ada", "bob")
    office.guests[0].connection.cut()
    await settle()
    assert ada.calls.peers == {them}
    await clock.advance(1.0)
    assert ada.media.own.carried and ada.calls.peers == {them}
    await clock.advance(2.0)
    assert ada.calls.peers == set()


@pytest.mark.parametrize(("seconds", "wanted"), [(50.0, Switch.ON), (70.0, Switch.OFF)])
async def test_more_than_a_minute_out_of_reach_means_muted(
    office: MemoryOffice, come: Come, clock: VirtualClock, seconds: float, wanted: Switch
) -> None:
    ada = await come("ada")
    ada.media.set_microphone(True)
    await office.close_all(Code.SERVER_STOPPING, "It is being repaired.", retry_after=seconds)
    await settle()
    await clock.advance(seconds + 8.0)
    assert ada.media.own.carried
    assert ada.media.own.microphone is wanted
    assert ada.machinery.voice.live is (wanted is Switch.ON)
    assert len(ada.muted()) == (wanted is Switch.OFF)


async def test_who_is_signed_out_lets_go_of_everything(office: MemoryOffice, come: Come) -> None:
    ada = await come("ada")
    ada.media.set_microphone(True)
    ada.media.set_camera(Switch.ON)
    await office.close_all(Code.NOT_SIGNED_IN, "You were signed out.")
    with pytest.raises(Refused):
        await ada.tasks[0]
    assert ada.machinery.is_closed and ada.calls.is_closed


async def test_a_peer_that_speaks_while_nothing_is_carried_here_is_not_heard(office: MemoryOffice, come: Come) -> None:
    desk = await come("ada", "desk")
    await come("bob")
    them = await link(office, "ada", "bob")
    await office.guests[0].send(media.MediaTaken())
    await office.guests[0].send(media.Signalled(them, 7, media.Ask()))
    await settle()
    assert desk.calls.heard == []


async def test_quiet_is_when_the_devices_are_closed(come: Come) -> None:
    ada = await come("ada")
    ada.machinery.is_quiet.clear()
    waiting = asyncio.create_task(ada.media.wait_quiet())
    await settle()
    assert not waiting.done()
    ada.machinery.is_quiet.set()
    await settle()
    assert waiting.done()


async def test_away_means_muted(office: MemoryOffice, come: Come) -> None:
    ada = await come("ada")
    ada.media.set_microphone(True)
    ada.media.set_camera(Switch.PREVIEW)
    me = office.avatars["id-ada"]
    await office.guests[0].send(presence.Roster([], [msgspec.structs.replace(me, away=True)]))
    await settle()
    assert (ada.media.own.microphone, ada.media.own.camera) == (Switch.OFF, Switch.OFF)
    assert ada.machinery.video.camera is None
    assert len(ada.muted()) == 1


async def test_mute_all_says_why_where_something_was_on(come: Come) -> None:
    ada = await come("ada")
    ada.media.mute_all("You are gone.")
    await settle()
    assert ada.muted() == []
    ada.media.set_microphone(True)
    ada.media.mute_all("You are gone.")
    await settle()
    assert ada.muted() == ["You are gone."]
    assert not ada.machinery.voice.live


async def test_a_device_that_fails_goes_off_and_says_so(office: MemoryOffice, come: Come) -> None:
    ada = await come("ada")
    ada.media.set_microphone(True)
    ada.media.set_camera(Switch.ON)
    ada.machinery.hooks.device_failed("microphone", "No microphone is plugged in.")
    ada.machinery.hooks.device_failed("camera", "The camera is in use.")
    await settle()
    assert (ada.media.own.microphone, ada.media.own.camera) == (Switch.OFF, Switch.OFF)
    assert ada.media.own.problems == {
        "microphone": "No microphone is plugged in.",
        "camera": "The camera is in use.",
    }
    assert ada.problems() == ["No microphone is plugged in.", "The camera is in use."]
    assert media_of(office, "ada") == CARRIED
    ada.machinery.hooks.device_failed("microphone", "")
    assert "microphone" not in ada.media.own.problems


async def test_where_another_microphone_stands_in_it_stays_on(office: MemoryOffice, come: Come) -> None:
    ada = await come("ada")
    ada.media.choose("microphone", "headset")
    ada.media.set_microphone(True)
    ada.machinery.hooks.device_failed("microphone", "The headset is not there: the laptop hears you instead.")
    await settle()
    assert ada.media.own.microphone is Switch.ON and ada.machinery.voice.live
    assert ada.media.own.problems == {}
    assert len(ada.problems()) == 1


async def test_without_a_loudspeaker_one_is_deaf(office: MemoryOffice, come: Come) -> None:
    ada = await come("ada")
    ada.machinery.hooks.device_failed("speaker", "There is no loudspeaker.")
    await settle()
    assert media_of(office, "ada") == CARRIED | media.DEAF


async def test_no_device_can_be_chosen_too(office: MemoryOffice, come: Come) -> None:
    ada = await come("ada", GATHERTUI_CAMERA="none", GATHERTUI_SPEAKER="none")
    async with asyncio.timeout(60):
        while media_of(office, "ada") != CARRIED | media.DEAF:
            await asyncio.sleep(0.01)
    ada.media.set_camera(Switch.ON)
    await settle()
    assert ada.media.own.camera is Switch.OFF
    assert len(ada.problems()) == 1
    ada.media.choose("camera", "other")
    ada.media.set_camera(Switch.ON)
    assert ada.machinery.video.live


async def test_another_camera_takes_over_while_it_is_on(come: Come) -> None:
    ada = await come("ada")
    ada.media.set_camera(Switch.ON)
    before = ada.machinery.video.camera
    ada.media.choose("camera", "other")
    assert ada.media.chosen == {"camera": "other"}
    assert ada.machinery.video.camera is not before and ada.machinery.video.live


async def test_cues_are_rare_and_can_be_silenced(office: MemoryOffice, come: Come, clock: VirtualClock) -> None:
    ada = await come("ada")
    await come("bob")
    assert ada.machinery.played == ["arrival"]
    for _ in range(3):
        await link(office, "ada", "bob")
        await office.converse("id-ada", [])
        await settle()
    assert ada.machinery.played == ["arrival", "near", "gone"]
    ada.media.silence_cue("near", True)
    assert ada.media.cues_silenced == frozenset({"near"})
    await clock.advance(2.0)
    await link(office, "ada", "bob")
    assert ada.machinery.played == ["arrival", "near", "gone"]


async def test_do_not_disturb_leaves_no_sound_but_the_microphones(office: MemoryOffice, come: Come) -> None:
    ada = await come("ada")
    ada.media.do_not_disturb = True
    await come("bob")
    await link(office, "ada", "bob")
    await office.converse("id-ada", [])
    await settle()
    ada.media.knocked()
    assert ada.machinery.played == []
    ada.media.set_microphone(True)
    ada.media.set_microphone(False)
    assert ada.machinery.played == ["mic_on", "mic_off"]
    ada.media.do_not_disturb = False
    ada.media.knocked()
    assert ada.machinery.played[-1] == "knock", "what was silent has not used up the turn of the next"


async def test_what_may_be_heard_in_do_not_disturb_is_kept_in_the_file(
    office: MemoryOffice, clock: VirtualClock, tmp_path: Path
) -> None:
    (tmp_path / "media.json").write_text('{"heard_in_do_not_disturb": "knock nonsense"}')
    memory = MediaMemory(tmp_path)
    memory.silence("near", True)
    assert MediaMemory(tmp_path).undisturbing == frozenset({"knock"}), "it outlives that something else is kept"
    view = View(office, clock, office.add_account("ada"), "desk", {}, memory)
    await view.come()
    view.media.do_not_disturb = True
    view.media.knocked()
    office.add_account("bob")
    assert view.machinery.played == ["knock"]
    await view.leave()


async def test_missing_libraries_leave_an_office_without_sound(office: MemoryOffice, clock: VirtualClock) -> None:
    def load() -> Callable[[Hooks], NotedMachinery]:
        raise ImportError("No module named 'aiortc'")

    view = View(office, clock, office.add_account("ada"), "desk", {})
    view.media._load = load
    await view.client.connect()
    await view.client.enter()
    view.tasks = [asyncio.create_task(view.client.run()), asyncio.create_task(view._read())]
    async with asyncio.timeout(5):
        while "media" not in view.media.own.problems:
            await asyncio.sleep(0.001)
    assert "aiortc" in view.media.own.problems["media"]
    view.media.set_microphone(True)
    await settle()
    assert view.media.own.microphone is Switch.OFF
    assert media_of(office, "ada") == 0, "nobody is called who can't answer"
    assert len(view.problems()) == 2
    await view.leave()


async def test_leaving_lets_go_of_everything(office: MemoryOffice, come: Come) -> None:
    ada = await come("ada")
    ada.media.set_camera(Switch.ON)
    await ada.client.close()
    assert ada.machinery.is_closed and ada.calls.is_closed


def test_choices_are_kept_between_runs(tmp_path: Path) -> None:
    memory = MediaMemory(tmp_path / "person")
    memory.choose("camera", "front")
    memory.choose("speaker", "loud")
    memory.choose("speaker", "")
    memory.silence("near", True)
    again = MediaMemory(tmp_path / "person")
    assert again.chosen == {"camera": "front"}
    assert again.silenced == frozenset({"near"})
    file = tmp_path / "person" / "media.json"
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("broken")
    assert MediaMemory(tmp_path / "person").chosen == {}


def test_what_can_not_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = MediaMemory(tmp_path / "file")
    with pytest.raises(DeviceError):
        memory.choose("camera", "front")
    assert memory.chosen == {"camera": "front"}
