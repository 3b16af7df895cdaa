"""What a tile says of the person in it, and what the office says of anybody's sound and picture, in words and marks."""

from __future__ import annotations

import math
from enum import Enum
from typing import NamedTuple

from gathertui.client.media.state import OwnMedia, PeerMedia, Phase, Quality, Switch
from gathertui.protocol.media import CARRIED, DEAF, MICROPHONE
from gathertui.protocol.presence import Avatar

METER_STEPS = 6
"""How many levels a meter tells apart, besides silence."""


NO_MICROPHONE = "no mic"
"""What is said of you instead of "muted" where there is nothing to mute."""


class Voice(Enum):
    """What there is to say about somebody's voice, the most pressing first."""

    TEXT = "text"
    """They hear nobody: what is said to them has to be written."""
    SPEAKING = "speaking"
    MUTED = "muted"
    QUIET = "quiet"
    """They could be heard, and say nothing."""


class TileSign(NamedTuple):
    """The person in a tile. `words` are about the connection, `why` is a sentence about it, `level` goes to 6."""

    name: str
    initials: str
    colour: int
    words: str = ""
    why: str = ""
    voice: Voice | None = None
    """None: nothing is known."""
    level: int = 0
    quality: Quality = Quality.UNKNOWN
    chosen: bool = False
    mute: str = "muted"
    """The word for a voice that is `MUTED`."""


def sign_of_peer(avatar: Avatar, peer: PeerMedia, *, online: bool = True) -> TileSign:
    """Return what the tile of somebody of your conversation says. `online`: whether the office is there."""
    words = ""
    if not online:
        words = "paused"
    elif peer.phase in (Phase.CONNECTING, Phase.NO_PATH):
        words = peer.phase.value
    elif hears_nobody(avatar) or peer.deaf:
        words = "can't hear"
    connected = online and peer.phase is Phase.CONNECTED
    return TileSign(
        avatar.account.name,
        avatar.glyphs,
        avatar.account.colour,
        words,
        peer.why if peer.phase is Phase.NO_PATH else "",
        voice_of(avatar, speaking=online and peer.speaking),
        meter_step(peer.level) if connected and peer.microphone else 0,
        peer.quality if connected else Quality.UNKNOWN,
    )


def sign_of_yourself(me: Avatar, own: OwnMedia, *, online: bool = True) -> TileSign:
    """Return what your own tile says. `online`: whether the office is there."""
    words = "preview" if own.camera is Switch.PREVIEW else "" if online else "paused"
    voice = Voice.MUTED
    if own.microphone is Switch.ON:
        voice = Voice.SPEAKING if own.speaking else Voice.QUIET
    sign = TileSign("you", me.glyphs, me.account.colour, words, voice=voice, level=meter_step(own.level))
    return sign._replace(mute=NO_MICROPHONE) if own.problems.get("microphone") else sign


def hears_nobody(avatar: Avatar) -> bool:
    """Whether nothing brings them what is said: no view of theirs carries sound, or they are deaf by choice."""
    return not avatar.media & CARRIED or bool(avatar.media & DEAF)


def voice_of(avatar: Avatar, *, speaking: bool) -> Voice:
    """Return what there is to say about the voice of somebody else."""
    if speaking:
        return Voice.SPEAKING
    if hears_nobody(avatar):
        return Voice.TEXT
    return Voice.QUIET if avatar.media & MICROPHONE else Voice.MUTED


def meter_step(level: float) -> int:
    """Return how much of a meter is lit by a level of 0 to 1."""
    return max(0, min(METER_STEPS, math.ceil(level * METER_STEPS - 0.25)))


class Tone(Enum):
    """What a word of the top bar means."""

    LIVE = "live"
    QUIET = "quiet"
    PAUSED = "paused"
    """It is on, and goes nowhere for now."""
    WARNING = "warning"


class OwnWord(NamedTuple):
    """A part of how your own sound and picture are. `short` is for narrow terminals."""

    text: str
    short: str
    tone: Tone
    level: int | None = None
    """How much of a meter beside it is lit, where it has one."""


def own_words(own: OwnMedia, media: int, *, online: bool = True) -> list[OwnWord]:
    """Return how your sound and picture are.

    `media` is your avatar's: what another view of yours may carry. `online`: whether the
    office is there.
    """
    if own.problems.get("media"):
        return [OwnWord("text only", "text only", Tone.QUIET)]
    if not own.carried and media & CARRIED:
        return [OwnWord("sound is in another window", "sound elsewhere", Tone.WARNING)]
    if own.microphone is Switch.ON:
        words = [OwnWord("mic paused", "mic paused", Tone.PAUSED)]
        if online:
            words = [OwnWord("mic on", "mic on", Tone.LIVE, meter_step(own.level))]
    elif own.problems.get("microphone"):
        words = [OwnWord(NO_MICROPHONE, NO_MICROPHONE, Tone.QUIET)]
    else:
        words = [OwnWord("muted", "muted", Tone.QUIET)]
    if own.camera is Switch.ON:
        live = OwnWord("camera on", "cam on", Tone.LIVE)
        words.append(live if online else OwnWord("camera paused", "cam paused", Tone.PAUSED))
    elif own.camera is Switch.PREVIEW:
        words.append(OwnWord("camera: only you", "cam: you", Tone.WARNING))
    if own.deafened:
        words.append(OwnWord("deaf", "deaf", Tone.WARNING))
    return words
