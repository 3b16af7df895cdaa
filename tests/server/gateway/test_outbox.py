"""The outbox against a model: nothing that must arrive is lost or reordered, nothing stays stale."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gathertui_server.gateway.outbox import Outbox


class SlowWriter:
    """A wire that takes `room` frames and is slow from then on, until told otherwise."""

    def __init__(self) -> None:
        self.slow = False
        self.room = 1_000_000
        self.written: list[bytes] = []

    def send(self, frame: bytes) -> None:
        self.written.append(frame)
        self.room -= 1
        self.slow = self.room <= 0


def make(writer: SlowWriter, **options: int) -> tuple[Outbox, list[object]]:
    calls: list[object] = []
    outbox = Outbox(
        writer,
        on_caught_up=lambda cells: calls.append(sorted(cells)),
        on_overflow=lambda: calls.append("overflow"),
        **options,
    )
    return outbox, calls


actions = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(0, 0)),
        st.tuples(st.just("tick"), st.integers(0, 0)),
        st.tuples(st.just("catch up"), st.integers(1, 5)),
        st.tuples(st.just("slow"), st.integers(0, 0)),
    ),
    max_size=60,
)


@given(actions)
def test_everything_arrives_in_order_and_positions_are_made_whole(steps: list[tuple[str, int]]) -> None:
    writer = SlowWriter()
    outbox, calls = make(writer)
    sent: list[bytes] = []
    missed: set[tuple[int, int]] = set()
    for action, amount in steps:
        if action == "send":
            frame = str(len(sent)).encode()
            sent.append(frame)
            outbox.send(frame)
        elif action == "tick":
            behind = writer.slow or len(writer.written) < len(sent)
            cell = (len(sent) % 3, 0)
            assert outbox.takes_tick([cell]) is not behind
            missed |= {cell} if behind else set()
        elif action == "slow":
            writer.slow = True
        else:
            writer.slow, writer.room = False, amount
            outbox.drain()
            if not writer.slow:
                assert calls == ([sorted(missed)] if missed else [])
                missed = set()
                calls.clear()
        assert writer.written == sent[: len(writer.written)]
    writer.slow, writer.room = False, 1_000_000
    outbox.drain()
    assert writer.written == sent
    assert calls == ([sorted(missed)] if missed else [])


def test_a_client_that_never_reads_is_dropped_with_bounded_memory() -> None:
    writer = SlowWriter()
    writer.slow = True
    outbox, calls = make(writer, limit=1000)
    for _ in range(100):
        outbox.send(b"x" * 100)
    assert calls == ["overflow"]
    assert not outbox.takes_tick([(0, 0)])
    writer.slow = False
    outbox.drain()
    assert writer.written == []
