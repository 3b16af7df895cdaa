"""The embedded database for tests that start, kill and restart it."""

import importlib.util
import os

import pytest


@pytest.fixture(autouse=True)
def embedded_database_installed():
    if importlib.util.find_spec("secantus") is None:
        missing = "the embedded database isn't installed: install gathertui[embedded]"
        if os.environ.get("GATHERTUI_REQUIRE_ALL") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
