"""Draws docs/office.svg anew: the running demo office, as its screen exports itself.

.venv/bin/python docs/office_picture.py
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

COLUMNS, ROWS = 132, 40
SETTLE_SECONDS = 25.0
"""Long enough for the bots to be all over the office."""

ANSWER_SECONDS = 6.0

COMPANY_LOOKS = 600
"""How often to look, five times a second, whether somebody has come by: the picture is to show a conversation."""

os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"


def shows_company(app: App[int]) -> bool:
    """Whether the screen names somebody whom you talk with."""
    return any("Talking with" in strip.text for strip in app.screen._compositor.render_strips())


async def draw(server: str) -> str:
    """Be in the office for a while and return its screen as SVG."""
    from gathertui.client.profile import Profile
    from gathertui.ui.app import OfficeApp
    from gathertui.ui.entrance import Entrance
    from gathertui.ui.settings import Settings

    profile = Profile()
    app = OfficeApp(Entrance(profile, server), Settings(profile.folder))
    async with app.run_test(size=(COLUMNS, ROWS)) as pilot:
        await asyncio.sleep(SETTLE_SECONDS)
        for words in ("Morning everybody!", "Coffee in the kitchen at ten?"):
            await pilot.press("i")
            await pilot.press(*("space" if letter == " " else letter for letter in words))
            await pilot.press("enter", "escape")
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
