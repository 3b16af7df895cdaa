"""What an office full of people costs its server: one real server process, thousands of clients in others.

Prints one JSON line a scene and number of people:

    moves_per_s                 steps that clients sent, all together
    cpu_percent_of_a_core       the server's, in the kernel too
    waited_percent              of the time the server was ready to run but other processes had the cores: where it is
                                more than a few, latency and rates say more about the machine than about the server
    us_per_delivered_update     the server's CPU for one move told to one other client
    bytes_per_delivered_update  all bytes that clients received, for one move told
    bytes_per_position          the packed places alone, also those told because a cell came into view
    updates_per_s               moves told; that a client reads of its own counts for nothing
    frames_out_per_s            messages that clients received, by their tags in frames_per_s_by_kind
    refused_steps               from the beginning: some where a crowd's steps reached the server in clumps
    tick_ms, ticks_per_s        the server's shortest time from tick to tick at the end; ticks there were
    latency_ms                  from a step's writing to its socket until another client read it, and how many
                                were read. Superseded steps were not told because another followed before the next
                                tick; missed are those that a tick came for, a tenth of a second later, without them
    rss_mb, rss_kb_per_client   the server's memory, and how much each client added
    lost_connections            clients that were cut off; none should be
    entering                    what it takes to let all in, two hundred at a time, as after a restart
    compared_places, wrong_places
                                places that observers knew when all had come to rest, and how many of them were wrong
    generator                   what the clients' processes used, and how late their timers were
    generator_limited           they used more than 85 % of a core or were more than 10 ms late at the 99th percentile:
                                the figures say little about the server. Try --generators 2, or an idle machine

Scenes: `cells`, people spread over a map of 200 by 200 tiles in rooms; `one-view`, all in one hall on everybody's
screen; `quiet`, one person walks and the others watch; `idle`, connections that are signed in and silent.

    python tests/bench/presence.py                                    # what `make bench` runs: some three minutes
    python tests/bench/presence.py --list
    python tests/bench/presence.py --scene cells --people 1000 --moves 5
    python tests/bench/presence.py --scene one-view --people 300 --seconds 5 --profile server.pstats
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from load import scenes, stage
from load.child import ChildFailed

_MOST_MOVES = 10.0  # the server lets nobody walk faster


def _tiles(text: str) -> tuple[int, int]:
    """Return the size that `text` names."""
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError("a size is WIDTHxHEIGHT in tiles, such as 70x40")
    return int(width), int(height)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the server under a crowd; one JSON line a figure.")
    parser.add_argument("--list", action="store_true", help="say what would be measured, and do nothing")
    parser.add_argument("--scene", type=scenes.Kind, choices=list(scenes.Kind), help="measure this scene alone")
    parser.add_argument("--people", type=int, help="how many (with --scene)")
    parser.add_argument("--moves", type=float, default=5.0, help="steps a second of each walker")
    parser.add_argument("--side", type=int, default=200, help="tiles a side of the map of `cells`")
    parser.add_argument("--viewport", type=_tiles, default=(70, 40), help="tiles on a screen, as WIDTHxHEIGHT")
    parser.add_argument("--seconds", type=float, help="how long to measure")
    parser.add_argument("--warm-up", type=float, help="how long to walk before that")
    parser.add_argument("--observers", type=int, help="clients that look closely")
    parser.add_argument("--generators", type=int, default=1, help="processes of clients")
    parser.add_argument("--profile", type=Path, help="write the server's cProfile figures here")
    arguments = parser.parse_args()
    if not 0 < arguments.moves <= _MOST_MOVES:
        parser.error(f"people walk at most {_MOST_MOVES:.0f} steps a second")
    return arguments


def _chosen(arguments: argparse.Namespace) -> list[scenes.Scene]:
    """Return the scenes to play."""
    if arguments.scene is None:
        return [scene for scene in scenes.standard() if arguments.people in (None, scene.people)]
    people = arguments.people or {scenes.Kind.QUIET: 100, scenes.Kind.IDLE: 10_000}.get(arguments.scene, 1_000)
    scene = scenes.make(arguments.scene, people, moves=arguments.moves, side=arguments.side, view=arguments.viewport)
    given = {
        name: getattr(arguments, name)
        for name in ("seconds", "warm_up", "observers")
        if getattr(arguments, name) is not None
    }
    return [dataclasses.replace(scene, **given)]


def _print(line: Mapping[str, object]) -> None:
    print(json.dumps(line), flush=True)


def _play(scene: scenes.Scene, arguments: argparse.Namespace) -> bool:
    """Print the figures of a scene; say whether they could be had, or can't be here."""
    head = {"bench": "presence", "scene": scene.kind.value, "people": scene.people}
    why = stage.obstacle(scene)
    if why:
        _print(head | {"skipped": why})
        return True
    try:
        line = stage.play(scene, processes=arguments.generators, profile=arguments.profile)
    except ChildFailed as error:
        print(f"{scene.kind.value} with {scene.people} people: {error}", file=sys.stderr)
        _print(head | {"failed": str(error)})
        return False
    if arguments.profile is not None:
        line["profiled"] = True
    _print(line)
    if line["generator_limited"]:
        print(
            f"{scene.kind.value} with {scene.people} people: the clients' processes could not keep up, or the machine"
            " had other things to do. The figures say little about the server.",
            file=sys.stderr,
        )
    return True


def main() -> int:
    """Play the scenes asked for."""
    arguments = _arguments()
    chosen = _chosen(arguments)
    if arguments.list:
        for scene in chosen:
            _print(dataclasses.asdict(scene))
        return 0
    try:
        results = [_play(scene, arguments) for scene in chosen]
    except KeyboardInterrupt:
        return 130
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
