"""One scene from beginning to end: its processes are started, told what to do, and ended."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from load import machine, report
from load.child import Answer, Child
from load.scenes import Scene

_SPARE_FILES = 200
_QUIET_SECONDS = 1.3  # longer than the longest tick
_REST_SECONDS = 20.0


def obstacle(scene: Scene) -> str:
    """Return why a scene can't be had on this machine, or nothing."""
    limit = machine.open_files_limit()
    if scene.people + _SPARE_FILES > limit:
        return f"a process may have {limit} files open here"
    return ""


def play(scene: Scene, *, processes: int = 1, profile: Path | None = None) -> dict[str, object]:
    """Return a scene's figures. Raises `ChildFailed`."""
    limit = int(120 + scene.people / 25 + scene.warm_up + scene.seconds)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        map_file = Path(folder) / "map.toml"
        map_file.write_text(scene.map_source())
        common = [f"--map={map_file}", f"--end-after={limit}"]
        crowds = [stack.enter_context(Child("load.crowd", *share, *common)) for share in _crowds(scene, processes)]
        server = stack.enter_context(Child("load.office", f"--people={scene.people}", *common))  # ends before them
        port = server.read(60)["port"]
        for crowd in crowds:
            crowd.read(20)
        return report.figures(scene, _measure(scene, server, crowds, port, profile))


def _crowds(scene: Scene, processes: int) -> list[list[str]]:
    """Return the arguments of each crowd's process."""
    kind = "view" if scene.has_avatars else "tool"
    view = [str(tiles) for tiles in scene.view]
    shares = []
    for number in range(processes):
        first, end = (scene.people * part // processes for part in (number, number + 1))
        walkers = min(max(scene.walkers - first, 0), end - first)
        # A step is timed by the process that sent it: who observes must be where somebody walks.
        observers = 0 if walkers == 0 else -(-scene.observers // (processes if scene.walkers > 1 else 1))
        numbers = {"first": first, "count": end - first, "walkers": walkers, "observers": observers}
        arguments = [f"--{name}={value}" for name, value in numbers.items()]
        shares.append(["--kind", kind, *arguments, f"--moves={scene.moves}", "--view", *view])
    return shares


def _measure(scene: Scene, server: Child, crowds: list[Child], port: int, profile: Path | None) -> report.Measured:
    started = server.ask("mark")
    entering = _ask_all(crowds, "enter", within=60 + scene.people / 25, port=port)
    entered = server.ask("mark")
    _ask_all(crowds, "walk", within=60)
    time.sleep(scene.warm_up)
    if profile is not None:
        server.ask("profile")
    begun = server.ask("mark")
    _ask_all(crowds, "begin")
    time.sleep(scene.seconds)
    ended = server.ask("mark")
    measured = _ask_all(crowds, "end")
    if profile is not None:
        server.ask("profiled", file=str(profile.resolve()))
    checks = _check(server, crowds) if scene.walkers else []
    return report.Measured(started, entered, begun, ended, entering, measured, checks)


def _check(server: Child, crowds: list[Child]) -> list[Answer]:
    """Stop everybody and, once the server has told all there is to tell, compare what is known with what is."""
    steps = sum(rested["steps"] for rested in _ask_all(crowds, "rest"))
    told = -1
    deadline = time.monotonic() + _REST_SECONDS
    while time.monotonic() < deadline:
        room = server.ask("mark")["room"]
        if room["steps_total"] >= steps and room["ticks_total"] == told:
            break
        told = room["ticks_total"]
        time.sleep(_QUIET_SECONDS)
    places: dict[str, object] = {}
    for answer in _ask_all(crowds, "places"):
        places |= answer["places"]
    return _ask_all(crowds, "check", places=places)


def _ask_all(children: list[Child], do: str, *, within: float = 30.0, **more: object) -> list[Answer]:
    for child in children:
        child.order(do, **more)
    return [child.read(within) for child in children]
