"""The names of Textual that are not promised to anybody and that drawing past it needs.

Where one is missing, in a version that was not foreseen, canvases are drawn as strips.
"""

from __future__ import annotations

import inspect
from typing import Any, Final

from textual import _compositor
from textual.app import App
from textual.driver import Driver
from textual.strip import Strip

_IN_APP: Final = (
    "_batch_count",
    "_closed",
    "_driver",
    "_handle_exception",
    "_previous_cursor_position",
    "_running",
    "_sync_available",
)
_IN_COMPOSITOR: Final = ("_dirty_regions", "_full_map", "full_map", "size", "visible_widgets")
_IN_STRIP: Final = ("_cell_count", "_cell_length", "_link_ids", "_render_cache", "_segments")
_PARAMETERS: Final = (
    (App, "_display", ("screen", "renderable")),
    (_compositor, "ChopsUpdate", ("chops", "spans", "chop_ends")),
    (_compositor, "LayoutUpdate", ("strips", "region")),
    (Strip, "render", ("console",)),
    (Strip, "divide", ("cuts",)),
    (Strip, "crop", ("start", "end")),
)


def missing_names(app: App[Any]) -> list[str]:
    """Which of the names are not there. `app` has a screen."""
    missing = [f"App.{name}" for name in _IN_APP if not hasattr(app, name)]
    compositor = getattr(app.screen, "_compositor", None)
    missing += [f"Compositor.{name}" for name in _IN_COMPOSITOR if not hasattr(compositor, name)]
    missing += [f"Strip.{name}" for name in _IN_STRIP if name not in dir(Strip)]
    for owner, name, parameters in _PARAMETERS:
        found = getattr(owner, name, None)
        # In their order: it is called by position as well.
        if found is None or tuple(inspect.signature(found).parameters)[-len(parameters) :] != parameters:
            missing.append(f"{owner.__name__}.{name}")
    thread = getattr(app._driver, "_writer_thread", None)
    if thread is not None and not hasattr(thread, "_queue"):
        missing.append("WriterThread._queue")
    if not hasattr(getattr(_compositor, "CompositorUpdate", None), "render_segments"):
        missing.append("CompositorUpdate.render_segments")
    return missing


def queued_writes(driver: Driver | None) -> int:
    """How many writes wait for the thread that does them; 0 where there is none.

    The names are checked on a running driver: its thread comes and goes.
    """
    thread = getattr(driver, "_writer_thread", None)
    queue = getattr(thread, "_queue", None)
    return 0 if queue is None else int(queue.qsize())
