"""A browser and a gathertui client, each through the same real server, see and hear each other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from gathertui.client.media.state import Switch

from .browser import harness
from .browser.harness import Browser
from .browser.meeting import enter, hears_us, see_and_hear_each_other
from .calling import Caller, Office, join, open_office

QUIET_REPORTS = 6
"""So many reports of the page in a row without a packet, and none is on its way."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(module_server_process: Callable, tmp_path_factory: pytest.TempPathFactory, page_port: int) -> Office:
    folder = tmp_path_factory.mktemp("den")
    return open_office(module_server_process, folder, "--allow-origin", f"http://127.0.0.1:{page_port}")


@asynccontextmanager
async def call(browser: Browser, office: Office) -> AsyncIterator[tuple[Caller, int]]:
    """A client and the browser in a call; yields the client and the browser's avatar."""
    async with join(office) as caller:
        avatar = await enter(browser, office)
        await see_and_hear_each_other(caller, browser, avatar)
        yield caller, avatar


async def until_quiet(browser: Browser, packets: str) -> None:
    """Wait until the page gets no packets of a kind any more."""
    counts: list[int] = []
    while len(counts) < QUIET_REPORTS or len(set(counts[-QUIET_REPORTS:])) > 1:
        assert len(counts) < 300, f"{packets} go on coming"
        await browser.reports(1)
        counts.append(browser.call[packets])


@pytest.mark.parametrize("browser_is", ["higher", "lower"])
async def test_they_see_and_hear_each_other(office: Office, browser: Browser, browser_is: str) -> None:
    async with AsyncExitStack() as stack:
        if browser_is == "higher":
            caller = await stack.enter_async_context(join(office))
            avatar = await enter(browser, office)
        else:
            avatar = await enter(browser, office)
            caller = await stack.enter_async_context(join(office))
        assert (avatar > caller.you) is (browser_is == "higher")
        await see_and_hear_each_other(caller, browser, avatar)

        # What they see is what the other's camera saw, and not mirrored.
        (left_red, _, left_blue), (right_red, _, right_blue) = browser.report["sides"]
        assert left_red > left_blue + 60
        assert right_blue > right_red + 60
        red, green, blue = caller.colours[-1]
        assert green > red + 60
        assert green > blue + 60
        assert browser.call["offers"] == 1


async def test_what_is_off_sends_no_packet(office: Office, browser: Browser) -> None:
    async with call(browser, office) as (caller, _avatar):
        caller.client.media.set_microphone(False)
        await until_quiet(browser, "sound_packets")
        pictures = browser.call["picture_packets"]
        await browser.until(lambda: browser.call["picture_packets"] > pictures + 10, "to see us still")

        caller.client.media.set_camera(Switch.OFF)
        await until_quiet(browser, "picture_packets")

        sounds, frames = browser.call["sound_packets"], browser.report["different_frames"]
        caller.turn_on()
        await browser.until(lambda: browser.call["sound_packets"] > sounds and hears_us(browser), "to hear us again")
        await browser.until(lambda: browser.report["different_frames"] > frames + 10, "to see us again")
        assert browser.call["offers"] == 1  # nothing was negotiated for all that


async def test_a_browser_that_turns_off_is_neither_heard_nor_seen(office: Office, browser: Browser) -> None:
    async with call(browser, office) as (caller, avatar):
        await browser.tell("turn", kind="audio", on=False)
        await caller.until(lambda: not caller.peer(avatar).microphone, "to be told that it is muted")
        await caller.until(lambda: caller.speaker.tone()[1] < 0.001, "to hear it no more")
        await browser.tell("turn", kind="audio", on=True)
        await caller.until(lambda: caller.hears(harness.TONE), "to hear it again")

        await browser.tell("turn", kind="video", on=False)
        await caller.until(lambda: caller.peer(avatar).picture is None, "to see it no more")
        seen = len(caller.colours)
        await browser.tell("turn", kind="video", on=True)
        await caller.until(lambda: len(caller.colours) > seen + 10, "to see it again")


async def test_the_browser_leaves(office: Office, browser: Browser) -> None:
    async with call(browser, office) as (caller, avatar):
        await browser.tell("leave")
        await caller.until(lambda: caller.peer(avatar) is None, "to have nobody to talk with")


async def test_the_client_leaves(office: Office, browser: Browser) -> None:
    async with call(browser, office):
        pass
    await browser.until(lambda: not browser.call, "to have nobody to talk with")
