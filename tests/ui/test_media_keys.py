"""Your own sound and picture by keys and by name, and what the screen says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gathertui.client.events import MediaMuted, MediaProblem
from gathertui.client.media.state import CAMERA, MICROPHONE, Switch
from gathertui.media.devices import DeviceList
from gathertui.media.ports import Device
from gathertui.protocol.media import CARRIED
from gathertui.testing.camera import SyntheticCamera
from gathertui.testing.clock import RunningClock
from gathertui.testing.media import ScriptedMedia
from gathertui.testing.office import MemoryOffice
from gathertui.ui.keys import command_named
from gathertui.ui.screens.office import OfficeScreen
from gathertui.ui.screens.preview import PreviewScreen
from gathertui.ui.widgets.picture import PictureView
from tests.ui.test_media_tiles import in_company

if TYPE_CHECKING:
    from tests.ui.conftest import OnTerminal, Visit, Visits

FACE = SyntheticCamera(2, 160, 120)
HOSTILE = "Cam [b]bold[/b]\x1b[2J\x07 Pro"
DEVICES = DeviceList(
    (Device("m-built-in", "Built-in", True), Device("m-usb", "USB microphone")),
    (Device("s-built-in", "Built-in", True),),
    (Device("c-1", HOSTILE, True),),
)


def top(visit: Visit) -> str:
    return visit.shown().splitlines()[0]


def context(visit: Visit) -> str:
    return visit.shown().splitlines()[-2]


async def choose(visit: Visit, command: str) -> None:
    """Do a command by its name, as the palette does."""
    visit.screen.perform(command_named(command))
    await visit.pilot.pause()


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_microphone_and_deafen_are_a_key_each_and_always_shown(visits: Visits, size: tuple[int, int]) -> None:
    async with in_company(visits, 1, size=size) as (visit, company):
        assert "∅ muted" in top(visit)
        await visit.press("m")
        await visit.until(lambda: "● mic on" in top(visit) and "muted" not in top(visit))
        await visit.press("s")
        await visit.until(lambda: "× deaf" in top(visit) and "● mic on" in top(visit))
        company.media.set_own(camera=Switch.ON)
        await visit.until(lambda: "● cam" in top(visit) and "× deaf" in top(visit) and "● mic on" in top(visit))
        await visit.press("m", "s")
        await visit.until(lambda: "∅ muted" in top(visit) and "deaf" not in top(visit))
        company.media.set_own(camera=Switch.OFF)
        asked = [name for name, *_ in company.media.asked if name.startswith("set_")]
        assert asked == ["set_microphone", "set_deafened", "set_microphone", "set_deafened"]


async def test_what_another_hand_turned_on_shows_too(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        company.media.set_microphone(True)
        await visit.until(lambda: "● mic on" in top(visit))
        company.media.mute_all("The microphone is off: nobody is here.")
        await visit.until(lambda: "∅ muted" in top(visit) and "nobody is here" in context(visit))


async def test_the_first_m_without_a_microphone_says_what_is_missing(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        company.media.set_own(problems={MICROPHONE: "There is no microphone. Plug one in."})
        company.media.set_microphone = lambda on: None  # type: ignore[method-assign]
        await visit.press("m")
        await visit.until(lambda: "There is no microphone. Plug one in." in context(visit))
        assert "∅ no mic" in top(visit)


async def test_a_view_without_sound_says_so(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        assert "∅ text only" in top(visit)
        for key in ("m", "v", "s"):
            await visit.press(key)
            await visit.until(lambda: "no sound and no picture" in context(visit))
            assert isinstance(visit.app.screen, OfficeScreen)


async def test_sound_in_another_window_is_said_and_m_takes_it_here(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        company.media.set_own(carried=False)
        import msgspec

        from gathertui.protocol.presence import Roster

        office = company.office
        office.avatars["id-ada"] = msgspec.structs.replace(office.avatars["id-ada"], media=CARRIED)
        await office._tell_room(Roster([], [office.avatars["id-ada"]]))
        await visit.until(lambda: "sound is in another window" in top(visit))
        await visit.press("m")
        await visit.until(lambda: "● mic on" in top(visit))


@pytest.mark.parametrize("text", ["It broke.", "[b]It[/b] \x1b[31mbroke"])
async def test_a_problem_is_one_line_as_it_is(visits: Visits, text: str) -> None:
    async with in_company(visits, 1) as (visit, company):
        company.media._tell(MediaProblem(text))
        plain = text.replace("\x1b[31m", "")
        await visit.until(lambda: plain in context(visit))
        company.media._tell(MediaMuted("You are away."))
        await visit.until(lambda: "You are away." in context(visit))


async def test_a_problem_that_is_longer_than_the_line_can_be_read_all_the_same(on_terminal: OnTerminal) -> None:
    async with MemoryOffice(RunningClock()) as office:
        media = ScriptedMedia()
        async with on_terminal(office, office.add_account("ada"), size=(40, 12), media=media.join) as terminal:
            media._tell(MediaProblem("There is no microphone on this machine. Plug one in to be [b]heard[/b]."))
            await terminal.until(
                lambda: bool(terminal.read()) and "[b]heard[/b]." in "\n".join(terminal.screen.display)
            )
            assert "There is no" in terminal.screen.display[10]


# ---------------------------------------------------------------- the camera


@pytest.mark.parametrize("size", [(40, 12), (120, 40)])
async def test_the_camera_shows_you_first_and_goes_live_with_enter(visits: Visits, size: tuple[int, int]) -> None:
    async with in_company(visits, 1, size=size) as (visit, company):
        company.media.device_list = DEVICES
        await visit.press("v")
        assert isinstance(visit.app.screen, PreviewScreen)
        company.media.show(None, FACE.frame(0.0))
        view = visit.app.screen.query_one(PictureView)
        await visit.until(lambda: view.moving_cells > 0 and view.size.height >= 4)
        await visit.until(lambda: "Cam [b]bold[/b] Pro" in visit.shown())
        assert "\x1b" not in visit.shown() and "Enter go live" in visit.shown()
        assert ("set_camera", Switch.ON) not in company.media.asked
        await visit.press("enter")
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))
        assert [asked for asked in company.media.asked if asked[0] == "set_camera"] == [
            ("set_camera", Switch.PREVIEW),
            ("set_camera", Switch.ON),
        ]
        await visit.press("v")
        await visit.until(lambda: company.media.own.camera is Switch.OFF)
        assert isinstance(visit.app.screen, OfficeScreen)


@pytest.mark.parametrize("key", ["escape", "q", "v"])
async def test_a_preview_that_is_left_sends_nothing(visits: Visits, key: str) -> None:
    async with in_company(visits, 1) as (visit, company):
        await visit.press("v")
        assert isinstance(visit.app.screen, PreviewScreen)
        await visit.press(key)
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))
        assert company.media.own.camera is Switch.OFF
        assert ("set_camera", Switch.ON) not in company.media.asked


async def test_a_camera_that_went_off_during_the_preview_does_not_go_live(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        await visit.press("v")
        company.media.mute_all("You are away.")
        await visit.press("enter")
        await visit.until(lambda: isinstance(visit.app.screen, OfficeScreen))
        assert company.media.own.camera is Switch.OFF
        assert ("set_camera", Switch.ON) not in company.media.asked


async def test_a_preview_without_a_camera_says_what_is_missing_and_shows_the_avatar(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        company.media.set_camera = lambda switch: company.media.fail(CAMERA, "No camera was found.")  # type: ignore[method-assign]
        await visit.press("v")
        await visit.until(lambda: "No camera was found." in visit.shown())
        view = visit.app.screen.query_one(PictureView)
        assert view.moving_cells == 0 and "ad" in visit.shown()


# ---------------------------------------------------------------- choosing


async def test_a_device_is_chosen_by_name(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        company.media.device_list = DEVICES
        await choose(visit, "choose-microphone")
        await visit.until(lambda: "Microphone: USB microphone" in visit.shown())
        for letter in "usb":
            await visit.pilot.press(letter)
        await visit.pilot.press("enter")
        await visit.until(lambda: company.media.chosen.get("microphone") == "m-usb")
        await visit.until(lambda: "Microphone: USB microphone." in context(visit))
        await choose(visit, "choose-microphone")
        await visit.until(lambda: "in use" in visit.shown())
        line = next(line for line in visit.shown().splitlines() if "in use" in line)
        assert "USB microphone" in line


async def test_what_devices_call_themselves_is_shown_plain(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        company.media.device_list = DEVICES
        await choose(visit, "choose-camera")
        await visit.until(lambda: "Camera: Cam [b]bold[/b] Pro" in visit.shown())
        assert "\x1b" not in visit.shown() and "\x07" not in visit.shown()


async def test_no_device_of_a_kind_is_said(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        company.media.device_list = DeviceList((), (), (), ("There is no loudspeaker on this machine.",))
        await choose(visit, "choose-speaker")
        await visit.until(lambda: "There is no loudspeaker on this machine." in context(visit))


async def test_do_not_disturb_is_a_command_and_says_what_it_does(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        await choose(visit, "do-not-disturb")
        await visit.until(lambda: "Do not disturb: no sounds" in context(visit))
        assert company.media.do_not_disturb
        await choose(visit, "do-not-disturb")
        await visit.until(lambda: "heard again" in context(visit))
        assert not company.media.do_not_disturb


async def test_where_there_is_no_sound_there_is_none_to_silence(visits: Visits) -> None:
    async with visits.open(token=visits.office.add_account("ada")) as visit:
        await choose(visit, "do-not-disturb")
        await visit.until(lambda: "no sound and no picture" in context(visit))


async def test_a_sound_is_silenced_and_comes_back(visits: Visits) -> None:
    async with in_company(visits, 1) as (visit, company):
        await choose(visit, "sounds")
        await visit.until(lambda: "A knock" in visit.shown())
        for letter in "knock":
            await visit.pilot.press(letter)
        await visit.pilot.press("enter")
        await visit.until(lambda: company.media.cues_silenced == frozenset({"knock"}))
        await choose(visit, "sounds")
        await visit.until(lambda: "silent" in visit.shown())
        for letter in "knock":
            await visit.pilot.press(letter)
        await visit.pilot.press("enter")
        await visit.until(lambda: company.media.cues_silenced == frozenset())
