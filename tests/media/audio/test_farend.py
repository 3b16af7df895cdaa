from __future__ import annotations

import numpy as np
import pytest

from gathertui.media.audio.capture import VoiceCapture
from gathertui.media.audio.farend import FarEnd
from gathertui.media.ports import BLOCK, SAMPLE_RATE, Sound
from gathertui.testing.room import SimulatedRoom
from gathertui.testing.speech import SyntheticSpeech


def counting(count: int, start: int = 1) -> Sound:
    return np.arange(start, start + count, dtype=np.float32)


@pytest.mark.parametrize("rows", [64, 480, 1000, 4096])
def test_what_is_played_comes_out_in_order_whatever_the_loudspeakers_blocks_are(rows: int) -> None:
    far = FarEnd()
    came = []
    for at in range(0, 2000 * 48, rows):
        far.play(counting(rows, at + 1))
        came += [far.block() for _ in range((at + rows) // BLOCK - at // BLOCK)]
    assert np.array_equal(np.concatenate(came), counting(len(came) * BLOCK))


def test_where_nothing_is_played_there_is_silence() -> None:
    far = FarEnd()
    assert not far.block().any()
    far.play(counting(BLOCK - 1))
    assert not far.block().any()


def test_a_new_beginning_forgets_what_waited() -> None:
    far = FarEnd()
    far.play(counting(3000))
    far.restart()
    far.play(counting(BLOCK, 5000))
    assert far.block()[0] == 5000


def test_while_nobody_listens_no_more_than_half_a_second_is_kept() -> None:
    far = FarEnd()
    for at in range(0, 10 * SAMPLE_RATE, BLOCK):
        far.play(counting(BLOCK, at))
    kept = 0
    while far.block().any():
        kept += BLOCK
    assert kept <= SAMPLE_RATE // 2


def test_a_loudspeaker_whose_clock_is_faster_does_not_run_ever_farther_ahead() -> None:
    far = FarEnd()
    played, behind = 1, []
    for _ in range(60_000):
        far.play(counting(BLOCK + 1, played))
        played += BLOCK + 1
        behind.append(played - float(far.block()[-1]))
    assert max(behind[-10_000:]) < 4 * BLOCK


def test_the_echo_goes_also_when_the_loudspeaker_asks_for_three_blocks_at_a_time() -> None:
    far, room, capture = FarEnd(), SimulatedRoom(4), VoiceCapture()
    speech = SyntheticSpeech(14).samples(0, 12 * SAMPLE_RATE)
    heard, cleaned = [], []
    for number in range(len(speech) // BLOCK):
        block = speech[number * BLOCK : (number + 1) * BLOCK]
        if number % 3 == 0:
            far.play(speech[number * BLOCK : (number + 3) * BLOCK])
        heard.append(room.hear(block))
        capture.hear(heard[-1], far.block(), send=False)
        cleaned.append(capture.cleaned)
    settled = len(heard) // 3
    echo, rest = np.concatenate(heard[settled:]), np.concatenate(cleaned[settled:])
    assert 10 * np.log10(np.mean(echo**2) / np.mean(rest**2)) >= 20
