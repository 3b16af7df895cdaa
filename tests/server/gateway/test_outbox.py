"""The outbox against a model: nothing that must arrive is lost or reordered, nothing stays stale, nothing grows."""

from __future__ import annotations

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from gathertui.protocol import chat, codec, limits
from gathertui_server.gateway.outbox import MAX_WAITING_BYTES, Outbox

Cell = tuple[int, int]
LIMIT = 200


class Pipe:
    """A wire to a reader that takes what it likes, when it likes: slow beyond `HIGH` frames, until it is empty."""

    HIGH = 3

    def __init__(self) -> None:
        self.slow = False
        self.frames: deque[bytes] = deque()

    def send(self, frame: bytes) -> None:
        assert not self.slow or frame.startswith(b"cell"), "only the cells of one answer may pass the mark"
        self.frames.append(frame)
        self.slow = self.slow or len(self.frames) > self.HIGH


class Client:
    """A client in an office of cells that change: what it was sent, what it has read, what is true."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.pipe = Pipe()
        self.outbox = Outbox(self.pipe, self, limit=limit)
        self.truth: dict[Cell, int] = {}
        self.seen: dict[Cell, int] = {}
        self.sent: list[bytes] = []
        self.read_frames: list[bytes] = []
        self.overflows = 0

    # What the outbox tells its owner.

    def caught_up(self, missed: set[Cell]) -> None:
        assert not self.overflows
        assert missed
        assert self.outbox.waiting == 0
        if self.outbox.takes_tick(missed):
            for cell in sorted(missed):
                self.pipe.send(b"cell %d %d" % (cell[0], self.truth[cell]))

    def overflowed(self) -> None:
        self.overflows += 1

    # What happens.

    def say(self, size: int) -> None:
        frame = b"say %d " % len(self.sent) + b"x" * size
        self.sent.append(frame)
        self.outbox.send(frame)

    def move(self, cell: Cell) -> None:
        self.truth[cell] = self.truth.get(cell, 0) + 1
        if self.outbox.takes_tick([cell]):
            self.pipe.send(b"cell %d %d" % (cell[0], self.truth[cell]))

    def read(self, count: int) -> None:
        for _ in range(min(count, len(self.pipe.frames))):
            frame = self.pipe.frames.popleft()
            if frame.startswith(b"cell"):
                _, cell, value = frame.split()
                self.seen[int(cell), 0] = int(value)
            else:
                self.read_frames.append(frame)
        if self.pipe.slow and not self.pipe.frames:
            self.pipe.slow = False
            self.outbox.drain()

    def stall(self) -> None:
        self.pipe.slow = True


actions = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(0, 40)),
        st.tuples(st.just("move"), st.tuples(st.integers(0, 2), st.just(0))),
        st.tuples(st.just("read"), st.integers(1, 10)),
        st.tuples(st.just("stall")),
    ),
    max_size=80,
)


@settings(deadline=None)
@given(actions)
def test_a_reader_of_any_pace_ends_with_the_truth_or_is_dropped(steps: list[tuple[str, ...]]) -> None:
    client = Client()
    for name, *arguments in steps:
        written = [*client.read_frames, *client.pipe.frames]
        getattr(client, name)(*arguments)
        assert client.outbox.waiting <= LIMIT
        in_pipe = [frame for frame in client.pipe.frames if frame.startswith(b"say")]
        waiting = client.sent[len(client.read_frames) + len(in_pipe) :]
        assert client.outbox.waiting == (0 if client.overflows else sum(map(len, waiting)))
        assert client.read_frames == client.sent[: len(client.read_frames)]
        assert client.overflows in (0, 1)
        if client.overflows and name != "read":
            assert [*client.read_frames, *client.pipe.frames] == written
    while client.pipe.frames or client.pipe.slow:
        client.read(100)
    if not client.overflows:
        assert client.read_frames == client.sent
        assert client.seen == client.truth
        assert client.outbox.waiting == 0


@given(st.integers(1, 2000), st.lists(st.integers(1, 300), min_size=1))
def test_it_overflows_once_and_just_beyond_its_limit(limit: int, sizes: list[int]) -> None:
    client = Client(limit)
    client.stall()
    for count, size in enumerate(sizes, 1):
        client.outbox.send(b"x" * size)
        fits = sum(sizes[:count]) <= limit
        assert client.outbox.waiting == (sum(sizes[:count]) if fits else 0)
        assert client.overflows == (0 if fits else 1)
        if not fits:
            break
    client.outbox.send(b"more" * limit)
    assert client.overflows == 1
    assert not client.outbox.takes_tick([(0, 0)])
    client.read(0)
    assert not client.pipe.frames


def test_a_page_of_the_longest_messages_may_wait() -> None:
    name, text = "\U0001f40c" * limits.MAX_NAME, "\U0001f40c" * limits.MAX_MESSAGE
    longest = chat.ChatMessage("c" * limits.MAX_CHANNEL, 2**53, "a" * 64, name, text, 2**53, "i" * limits.MAX_CLIENT_ID)
    page = codec.encode(chat.History(1, [longest] * limits.MAX_HISTORY_PAGE, True))
    client = Client(MAX_WAITING_BYTES)
    client.stall()
    client.outbox.send(page)
    assert not client.overflows
