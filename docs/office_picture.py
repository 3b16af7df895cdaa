"""Draws docs/office.svg anew: the running demo office, as its screen exports itself.

.venv/bin/python docs/office_picture.py
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

    from gathertui.client.office import OfficeClient

COLUMNS, ROWS = 132, 40
SETTLE_SECONDS = 25.0
"""Long enough for the bots to be all over the office."""

ANSWER_SECONDS = 6.0

COMPANY_LOOKS = 300
"""How often to look, five times a second, whether it shows a conversation."""

os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"
os.environ |= {"GATHERTUI_CAMERA": "synthetic", "GATHERTUI_MICROPHONE": "synthetic", "GATHERTUI_SPEAKER": "none"}


def shows_company(app: App[int]) -> bool:
    """Whether the screen shows two moving pictures, and that somebody speaks."""
    from gathertui.ui.widgets.picture import PictureView

    pictures = [view for view in app.screen.query(PictureView) if view.moving_cells]
    return len(pictures) > 1 and any("♪" in strip.text for strip in app.screen._compositor.render_strips())


async def walk_up_to_the_one_with_a_camera(client: OfficeClient) -> None:
    """Stand two tiles from the bot that hums and shows a picture, on the side from which you come."""
    from gathertui.cli.demo_cast import HUMMER
    from gathertui.client.walking import walk_to
    from gathertui.world.geometry import Point

    model = client.model
    other = next(avatar for avatar in model.avatars.values() if avatar.account.name == HUMMER)
    for distance in (2, 1, 3):
        if model.tilemap.is_open(Point(other.x + distance, other.y)):
            await walk_to(client, Point(other.x + distance, other.y))
            return


async def draw(server: str) -> str:
    """Be in the office for a while and return its screen as SVG."""
    from gathertui.cli.livemedia import live_media
    from gathertui.client.media.state import Switch
    from gathertui.client.profile import Profile
    from gathertui.ui.app import OfficeApp
    from gathertui.ui.entrance import Entrance, make_view
    from gathertui.ui.screens.office import OfficeScreen
    from gathertui.ui.settings import Settings

    profile = Profile()
    make_client = functools.partial(make_view, media=live_media())
    app = OfficeApp(Entrance(profile, server, make_client=make_client), Settings(profile.folder))
    async with app.run_test(size=(COLUMNS, ROWS)) as pilot:
        await asyncio.sleep(SETTLE_SECONDS)
        for words in ("Morning everybody!", "Coffee in the kitchen at ten?"):
            await pilot.press("i")
            await pilot.press(*("space" if letter == " " else letter for letter in words))
            await pilot.press("enter", "escape")
            await asyncio.sleep(ANSWER_SECONDS)
        office = app.screen
        assert isinstance(office, OfficeScreen)
        await walk_up_to_the_one_with_a_camera(office.client)
        office.client.media.set_microphone(True)
        office.client.media.set_camera(Switch.ON)
        await asyncio.sleep(ANSWER_SECONDS)
        for _ in range(COMPANY_LOOKS):
            if shows_company(app):
                break
            await asyncio.sleep(0.2)
        return app.export_screenshot(title="gathertui", simplify=False)


def without_addresses(svg: str) -> str:
    """The picture without the fonts of another site: it shows in whatever monospaced font there is."""
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)
    return re.sub(r"\n\s*\n+", "\n", svg)


def main() -> None:
    """Open the demo office in a folder of its own, and draw it."""
    from gathertui.cli.demo_office import fill_office, run_server

    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        folder = Path(scratch)
        os.environ["GATHERTUI_CONFIG_DIR"] = str(folder / "config")
        os.environ["USER"] = os.environ["LOGNAME"] = "ada"
        log = stack.enter_context((folder / "demo.log").open("wb"))
        server, owner_code = stack.enter_context(run_server(folder, log.fileno()))
        os.environ["GATHERTUI_TOKEN"] = fill_office(stack, folder, server, owner_code, log.fileno())
        svg = asyncio.run(draw(server))
    Path(__file__).with_name("office.svg").write_text(without_addresses(svg), encoding="utf-8")


if __name__ == "__main__":
    main()
