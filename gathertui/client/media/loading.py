"""Loads the real machinery of sound and picture, which takes up to a second: call it in a thread."""

from __future__ import annotations

from functools import partial

from gathertui.client.media.machinery import MakeMachinery


def load_machinery() -> MakeMachinery:
    """Import what it takes. Raises ImportError, OSError."""
    from gathertui.client.media.parts import Parts

    return Parts


def load_for_music() -> MakeMachinery:
    """As `load_machinery`, for a microphone whose sound is not a voice in a room: it is sent as it is."""
    from gathertui.client.media.parts import Parts

    return partial(Parts, natural=False)
