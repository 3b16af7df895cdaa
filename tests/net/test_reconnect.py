import math

from hypothesis import given
from hypothesis import strategies as st

from gathertui.net.reconnect import FIRST_CEILING, LAST_CEILING, MAX_RETRY_AFTER, Backoff

chances = st.floats(min_value=0.0, max_value=1.0, exclude_max=True)


def test_ceilings_double_from_a_quarter_second_to_fifteen() -> None:
    backoff = Backoff(lambda: 1.0)
    delays = [backoff.next_delay() for _ in range(9)]
    assert delays == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]


def test_reset_starts_small_again() -> None:
    backoff = Backoff(lambda: 1.0)
    for _ in range(5):
        backoff.next_delay()
    backoff.reset()
    assert backoff.next_delay() == FIRST_CEILING


@given(st.lists(chances, min_size=1, max_size=20), st.floats(allow_nan=True, allow_infinity=True))
def test_a_delay_is_never_shorter_than_asked_nor_longer_than_asked_and_the_ceiling(
    rolls: list[float], retry_after: float
) -> None:
    remaining = iter(rolls)
    backoff = Backoff(lambda: next(remaining))
    asked = min(retry_after, MAX_RETRY_AFTER) if retry_after > 0 else 0.0
    for _ in rolls:
        delay = backoff.next_delay(retry_after)
        assert math.isfinite(delay)
        assert asked <= delay <= asked + LAST_CEILING


def test_the_jitter_is_full() -> None:
    backoff = Backoff(lambda: 0.0)
    assert [backoff.next_delay() for _ in range(4)] == [0.0] * 4
