"""An office in memory, and views that come into it."""

from collections.abc import AsyncIterator

import pytest

from gathertui.testing.clock import VirtualClock
from gathertui.testing.office import MemoryOffice
from tests.client.media.views import Come, View


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
async def office(clock: VirtualClock) -> AsyncIterator[MemoryOffice]:
    async with MemoryOffice(clock) as office:
        yield office


@pytest.fixture
async def come(office: MemoryOffice, clock: VirtualClock) -> AsyncIterator[Come]:
    """Return `come(name, device)`: somebody enters, with a view that leaves when the test ends."""
    views: list[View] = []
    tokens: dict[str, str] = {}

    async def come(name: str = "ada", device: str = "desk", **environment: str) -> View:
        token = tokens.setdefault(name, office.add_account(name)) if name not in tokens else tokens[name]
        views.append(View(office, clock, token, device, environment))
        await views[-1].come()
        return views[-1]

    yield come
    for view in views:
        await view.leave()
