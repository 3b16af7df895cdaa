"""`tail` and its reader."""

import asyncio
import io
import os

import pytest

from gathertui.cli.following import follow
from gathertui.client.office import OfficeClient
from gathertui.protocol.base import ConnectionKind
from gathertui.testing.clock import VirtualClock, settle
from gathertui.testing.office import MemoryOffice


@pytest.mark.parametrize("silent", [True, False])
async def test_it_ends_when_its_reader_goes_even_while_nobody_writes(
    monkeypatch: pytest.MonkeyPatch, silent: bool
) -> None:
    clock = VirtualClock()
    reading, writing = os.pipe()
    with io.TextIOWrapper(os.fdopen(writing, "wb")) as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        async with MemoryOffice(clock) as office:
            token = office.add_account("ada")
            client = OfficeClient(
                "localhost", kind=ConnectionKind.TOOL, device="d", token=token, dial=office.dial, clock=clock
            )
            await client.connect()
            await client.listen()
            following = asyncio.create_task(follow(client, "general", as_json=False))
            await office.post("general", "id-ada", "one")
            await settle()
            assert os.read(reading, 1000).endswith(b"ada: one\n")
            os.close(reading)
            if not silent:
                await office.post("general", "id-ada", "two")
            await asyncio.wait_for(following, 5)
