import pytest
from hypothesis import given
from hypothesis import strategies as st

from gathertui_server.auth.throttle import Limit, Throttle, TokenBuckets


def test_a_bucket_gives_its_count_at_once_and_then_says_how_long():
    buckets = TokenBuckets(Limit(count=3, seconds=60.0))
    assert [buckets.take("ada", now=0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert buckets.take("ada", now=0.0) == pytest.approx(20.0)
    assert buckets.take("ada", now=19.0) == pytest.approx(1.0)
    assert buckets.take("ada", now=20.001) == 0.0


def test_keys_do_not_share():
    buckets = TokenBuckets(Limit(count=1, seconds=60.0))
    assert buckets.take("ada", now=0.0) == 0.0
    assert buckets.take("bob", now=0.0) == 0.0


def test_a_clock_set_back_earns_nothing_and_blocks_nobody_for_long():
    buckets = TokenBuckets(Limit(count=1, seconds=60.0))
    assert buckets.take("ada", now=1_000.0) == 0.0
    assert buckets.take("ada", now=0.0) == pytest.approx(60.0)
    assert buckets.take("ada", now=60.001) == 0.0


def test_memory_is_bounded_and_the_longest_unused_goes_first():
    buckets = TokenBuckets(Limit(count=1, seconds=60.0), max_keys=3)
    for key in ("a", "b", "c"):
        assert buckets.take(key, now=0.0) == 0.0
    assert buckets.take("a", now=0.0) > 0
    buckets.take("d", now=0.0)
    assert len(buckets) == 3
    assert buckets.take("a", now=0.0) > 0
    assert buckets.take("b", now=0.0) == 0.0


@given(st.lists(st.floats(min_value=0.0, max_value=30.0), max_size=200))
def test_no_window_gives_more_than_its_share(steps):
    limit = Limit(count=5, seconds=60.0)
    buckets = TokenBuckets(limit)
    now, granted = 0.0, []
    for step in steps:
        now += step
        wait = buckets.take("key", now)
        assert 0.0 <= wait <= limit.seconds / limit.count + 1e-6
        if not wait:
            granted.append(now)
    for first, start in enumerate(granted):
        for last in range(first, len(granted)):
            earned = (granted[last] - start) * limit.count / limit.seconds
            assert last - first + 1 <= limit.count + earned + 1e-6


@given(st.floats(min_value=0.0, max_value=1e9))
def test_waiting_as_told_is_enough(start):
    buckets = TokenBuckets(Limit(count=2, seconds=7.0))
    while not (wait := buckets.take("key", start)):
        pass
    assert buckets.take("key", start + wait + 1e-3) == 0.0


def test_sixty_people_behind_one_address_get_in_and_an_account_is_not_guessed():
    throttle = Throttle()
    assert all(throttle.take(f"person{number}", "192.0.2.1", now=0.0) == 0.0 for number in range(60))
    waits = [throttle.take("ada", f"198.51.100.{number}", now=0.0) for number in range(11)]
    assert waits[:10] == [0.0] * 10
    assert waits[10] == pytest.approx(6.0)


def test_an_address_runs_out_whatever_names_it_tries_and_costs_those_accounts_nothing():
    throttle = Throttle(per_account=Limit(1, 60.0), per_address=Limit(2, 60.0))
    assert throttle.take("a", "192.0.2.1", now=0.0) == 0.0
    assert throttle.take("b", "192.0.2.1", now=0.0) == 0.0
    assert throttle.take("c", "192.0.2.1", now=0.0) > 0
    assert throttle.take("c", "192.0.2.2", now=0.0) == 0.0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("a socket's path", "another", False),
    ],
)
def test_an_ipv6_site_counts_as_one_address(one, other, same):
    throttle = Throttle(per_address=Limit(1, 60.0))
    assert throttle.take("a", one, now=0.0) == 0.0
    assert (throttle.take("b", other, now=0.0) > 0) is same
