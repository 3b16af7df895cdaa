"""What a conversation of four costs, all of it real: a server, three clients without a screen, and the office in tmux.

Everybody's microphone and camera are on, with synthetic devices. Prints one line
of JSON a figure:

* `join_to_first_frame`: seconds from the first link until the first picture, of a client that runs, over some joins.
* `enter_to_first_frame`: the same from the moment it enters, with the import of all libraries.
* `picture_latency`: seconds from the camera to the client's hand, of all pictures.
* `client_cpu`: percent of a core, of a client without a screen and of the office in tmux, which draws the others'
  pictures. Synthetic devices included: they take the place of drivers.

Run it as `python tests/bench/conversation.py [SECONDS]`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from gathertui.client.office import OfficeClient
from gathertui.protocol.base import ConnectionKind, Role
from gathertui.testing.talker import Talker

DEN = """
title = "Den"
grid = '''
##########################
#@@                      #
#@@                      #
##########################
'''
[legend]
" " = "floor"
"#" = "wall"
[spawns.door]
marker = "@"
"""
JOINS = 8
TALKERS = 3
TICKS = os.sysconf("SC_CLK_TCK")


def tell(figure: str, **values: Any) -> None:
    """Print a figure."""
    print(json.dumps({"bench": "conversation", "figure": figure, **values}), flush=True)


def cpu_of(process: int) -> float:
    """The processor time that a process has used, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextlib.contextmanager
def office(folder: Path) -> Iterator[tuple[str, str]]:
    """A server whose room is so small that everybody hears everybody; its URL and the owner's code."""
    (folder / "den.toml").write_text(DEN)
    ready, code = folder / "ready.json", folder / "code"
    command = [sys.executable, "-m", "gathertui", "serve", "--port", "0", "--data-dir", str(folder / "data")]
    command += ["--ready-file", str(ready), "--owner-code-file", str(code), "--map", str(folder / "den.toml")]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen([*command, "--stop-with-stdin"], stdin=subprocess.PIPE, stdout=log, stderr=log)
    assert server.stdin is not None
    try:
        while not ready.exists():
            assert server.poll() is None, (folder / "server.log").read_text()
            time.sleep(0.05)
        yield json.loads(ready.read_text())["url"], code.read_text().strip()
    finally:
        server.stdin.close()
        server.wait(30)


async def accounts(url: str, owner_code: str, count: int) -> list[str]:
    """So many accounts' tokens."""
    owner = OfficeClient(url, kind=ConnectionKind.TOOL, device="owner")
    await owner.sign_up("owner", "a long password", owner_code)
    invite = await owner.create_invite(Role.MEMBER, count, 3600)
    tokens = []
    for number in range(count):
        client = OfficeClient(url, kind=ConnectionKind.TOOL, device=f"d{number}")
        await client.sign_up(f"talker{number}", "a long password", invite.code)
        tokens.append(client.token)
        await client.close()
    await owner.close()
    return tokens


@contextlib.asynccontextmanager
async def talker_process(url: str, token: str, hertz: float) -> AsyncIterator[asyncio.subprocess.Process]:
    """A client in a process of its own, with everything on."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gathertui.testing.talker", url, token, str(hertz),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None and process.stdin is not None
    await process.stdout.readline()
    for line in (b"mic on\n", b"camera on\n"):
        process.stdin.write(line)
        await process.stdout.readline()
    try:
        yield process
    finally:
        process.stdin.close()
        await process.wait()


@contextlib.contextmanager
def terminal(folder: Path, url: str, token: str) -> Iterator[int]:
    """The office in tmux, with a terminal attached that somebody reads; its process."""
    socket, pid = folder / "tmux", folder / "pid"
    environment = {
        "COLORTERM": "truecolor", "GATHERTUI_TOKEN": token, "GATHERTUI_SERVER": url,
        "GATHERTUI_CONFIG_DIR": str(folder / "config"), "GATHERTUI_LOG_DIR": str(folder / "logs"),
        "GATHERTUI_MICROPHONE": "synthetic", "GATHERTUI_CAMERA": "synthetic", "GATHERTUI_SPEAKER": "synthetic",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }  # fmt: skip
    variables = " ".join(f"{name}={value}" for name, value in environment.items())
    command = f"echo $$ > {pid}; exec env {variables} {sys.executable} -m gathertui"
    tmux = ["tmux", "-S", str(socket)]
    start = ["new-session", "-d", "-s", "office", "-x", "150", "-y", "45", command]
    subprocess.run([*tmux, "-f", "/dev/null", *start], check=True)
    ours, theirs = pty.openpty()
    show = [*tmux, "attach", "-t", "office"]
    viewer = subprocess.Popen(show, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    reader = subprocess.Popen(["cat"], stdin=ours, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while b"walk" not in subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, check=False).stdout:
            assert time.monotonic() < deadline, "the office did not open"
            time.sleep(0.2)
        for part in ("mic", "camera"):
            subprocess.run(
                [sys.executable, "-m", "gathertui", part, "on"],
                check=True,
                env={**os.environ, **environment},
                stdout=subprocess.DEVNULL,
            )
        yield int(pid.read_text())
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
        for process in (reader, viewer):
            process.kill()
            process.wait()
        os.close(ours)


async def join_again_and_again(url: str, tokens: list[str]) -> None:
    """Measure how long it takes until the first picture."""
    async with talker_process(url, tokens[0], 330.0):
        since = time.monotonic()
        talker = Talker(url, tokens[1], 440.0)
        await talker.come()
        await talker.until(lambda: talker.ages)
        tell("enter_to_first_frame", seconds=round(time.monotonic() - since, 3))
        took = []
        for _ in range(JOINS):
            await talker.obey("walk east 12")
            await talker.until(lambda: not talker.media.peers)
            talker.ages.clear()
            walking = asyncio.create_task(talker.obey("walk west 12"))
            await talker.until(lambda: talker.client.model.conversation)
            since = time.monotonic()
            await talker.until(lambda: talker.ages)
            took.append(time.monotonic() - since)
            await walking
        tell("join_to_first_frame", median=round(statistics.median(took), 3), most=round(max(took), 3), joins=JOINS)
        await talker.leave()


async def talk(url: str, tokens: list[str], folder: Path, seconds: float) -> None:
    """Four in a conversation: what it costs, and how late the pictures are."""
    talker = Talker(url, tokens[0], 300.0)
    async with contextlib.AsyncExitStack() as stack:
        others = [
            await stack.enter_async_context(talker_process(url, token, 350.0 + 50 * number))
            for number, token in enumerate(tokens[1:TALKERS])
        ]
        await talker.come()
        await talker.obey("mic on")
        await talker.obey("camera on")
        screen = 0
        if shutil.which("tmux"):
            screen = await asyncio.to_thread(stack.enter_context, terminal(folder, url, tokens[TALKERS]))
        people = TALKERS + bool(screen)
        await talker.until(lambda: sum(peer.picture is not None for peer in talker.media.peers.values()) == people - 1)
        await asyncio.sleep(3)
        talker.ages.clear()
        measured = {"headless": others[0].pid} | ({"tmux": screen} if screen else {})
        before = {name: cpu_of(process) for name, process in measured.items()}
        since = time.monotonic()
        await asyncio.sleep(seconds)
        passed = time.monotonic() - since
        for name, process in measured.items():
            percent = (cpu_of(process) - before[name]) / passed * 100
            tell("client_cpu", client=name, people=people, percent=round(percent, 1))
        ages = sorted(talker.ages)
        tell(
            "picture_latency", people=people, pictures=len(ages),
            p50=round(ages[len(ages) // 2], 4), p95=round(ages[len(ages) * 95 // 100], 4),
        )  # fmt: skip
        await talker.leave()


async def main(seconds: float) -> None:
    """Run it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with office(folder) as (url, owner_code):
            tokens = await accounts(url, owner_code, TALKERS + 1)
            await join_again_and_again(url, tokens)
            await talk(url, tokens, folder, seconds)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0))
