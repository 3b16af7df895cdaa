"""A client and the browser in one room."""

from __future__ import annotations

from ..calling import TONE, Caller, Office
from .harness import TONE as BROWSERS_TONE
from .harness import Browser


async def enter(browser: Browser, office: Office) -> int:
    """Have the page come in, and return its avatar's id."""
    await browser.tell("join", url=office.url, token=await office.token())
    await browser.until(lambda: browser.report["you"], "to be in the office")
    avatar: int = browser.report["you"]
    return avatar


def hears_us(browser: Browser) -> bool:
    """Whether what comes out at the page is the tone of our microphones."""
    return abs(browser.report["tone"] - TONE) < 15 and browser.report["tone_level"] > -60


async def see_and_hear_each_other(caller: Caller, browser: Browser, avatar: int) -> None:
    """Wait until sound and moving pictures go both ways; `avatar` is the browser's."""
    await browser.until(lambda: browser.call.get("connection") == "connected", "to be connected")
    await browser.until(lambda: hears_us(browser), "to hear our tone")
    await browser.until(lambda: browser.report["different_frames"] > 10, "to see a moving picture")
    await caller.until(lambda: caller.hears(BROWSERS_TONE), "to hear the browser's tone")
    await caller.until(lambda: len(caller.colours) > 10, "to see the browser's moving picture")
    assert caller.peer(avatar).phase == "connected"
