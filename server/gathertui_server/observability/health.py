"""Whether the server is well, for whoever balances load or restarts what hangs."""

from __future__ import annotations

from http import HTTPStatus

from gathertui_server.observability.endpoint import Page


def health_page(*, accepting: bool) -> Page:
    """Return 200 where clients are welcome, 503 where they aren't: while it starts and while it stops."""
    if accepting:
        return Page(HTTPStatus.OK, b"ok\n")
    return Page(HTTPStatus.SERVICE_UNAVAILABLE, b"not accepting connections\n")
