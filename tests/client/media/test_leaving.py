"""Whoever leaves is out of sight and hearing at once, and out of the program soon, whatever hangs."""

import asyncio
import contextlib
from collections.abc import Iterator

from gathertui.client.media.state import Switch
from gathertui.testing.clock import VirtualClock, settle
from tests.client.media.views import Come, View


@contextlib.contextmanager
def calls_that_do_not_end(view: View) -> Iterator[None]:
    """Have them end only after the block."""
    calls = view.calls
    calls.may_close.clear()
    try:
        yield
    finally:
        calls.may_close.set()


async def test_devices_are_closed_although_calls_do_not_end(come: Come) -> None:
    ada = await come("ada")
    ada.media.set_camera(Switch.ON)
    with calls_that_do_not_end(ada):
        closing = asyncio.create_task(ada.media.close())
        await asyncio.sleep(0)
        assert ada.machinery.is_stopped, "first of all"
        await settle()
        assert not closing.done()
    await closing
    assert ada.machinery.is_closed


async def test_devices_are_closed_although_calls_do_not_end_when_the_work_is_cancelled(come: Come) -> None:
    ada = await come("ada")
    with calls_that_do_not_end(ada):
        for task in asyncio.all_tasks():
            if task.get_name() == "gathertui media":
                task.cancel()
        await settle()
        assert ada.machinery.is_stopped and not ada.calls.is_closed
        ada.media.set_camera(Switch.ON)
        assert ada.machinery.video.camera is None, "nothing is opened again"


async def test_all_who_close_share_one_deadline(come: Come, clock: VirtualClock) -> None:
    ada = await come("ada")
    with calls_that_do_not_end(ada):
        leaving = asyncio.create_task(ada.client.close())
        await settle()
        assert not leaving.done()
        await clock.advance(8.0)
        assert leaving.done()
        assert ada.tasks[0].done(), "what kept the connection waits no second time"
