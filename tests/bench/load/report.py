"""From counts to figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from load.child import Answer
from load.scenes import Scene

_BUSY = 0.85  # of a core: beyond it a crowd's process waits for itself
_LATE = 0.010  # seconds that a crowd's timers may be late at the 99th percentile


@dataclass(frozen=True, slots=True)
class Measured:
    """All that was read of one scene: the server's marks in the order they were made, and what crowds answered."""

    started: Answer
    entered: Answer
    begun: Answer
    ended: Answer
    entering: Sequence[Answer]
    crowds: Sequence[Answer]
    checks: Sequence[Answer]


def figures(scene: Scene, measured: Measured) -> dict[str, object]:
    """Return the line of a scene."""
    begun, ended, crowds = measured.begun, measured.ended, measured.crowds
    seconds = ended["at"] - begun["at"]
    cpu = ended["cpu"] - begun["cpu"]
    updates, received = _total(crowds, "updates"), _total(crowds, "received")
    positions = updates + _total(crowds, "snapshots")
    frames: Counter[str] = Counter()
    for crowd in crowds:
        frames.update(crowd["frames"])
    ticks = ended["room"]["ticks_total"] - begun["room"]["ticks_total"]
    line: dict[str, object] = {
        "bench": "presence",
        "scene": scene.kind.value,
        "people": scene.people,
        "seconds": round(seconds, 1),
        "moves_per_s": round(_total(crowds, "steps") / seconds, 1),
        "refused_steps": ended["room"]["fast_steps_total"] + ended["room"]["blocked_steps_total"],
        "cpu_percent_of_a_core": round(100 * cpu / seconds, 1),
        "waited_percent": round(100 * (ended["waited"] - begun["waited"]) / seconds, 1),
        "us_per_delivered_update": _each(cpu * 1e6, updates, 2),
        "bytes_per_delivered_update": _each(received, updates, 1),
        "bytes_per_position": _each(_total(crowds, "position_bytes"), positions, 2),
        "updates_per_s": round(updates / seconds),
        "frames_out_per_s": round(sum(frames.values()) / seconds, 1),
        "frames_per_s_by_kind": {tag: round(count / seconds, 1) for tag, count in frames.most_common()},
        "bytes_out_per_s": round(received / seconds),
        "tick_ms": round(ended["room"]["tick_seconds"] * 1000, 1),
        "ticks_per_s": round(ticks / seconds, 1),
        "overloaded": ended["room"]["overloaded"],
        "latency_ms": _latency(crowds),
        "rss_mb": round(ended["rss"] / 1e6, 1),
        "rss_kb_per_client": round((ended["rss"] - measured.started["rss"]) / scene.people / 1e3, 1),
        "lost_connections": _total(crowds, "lost"),
        "entering": _entering(scene, measured),
        "generator": _crowd_figures(crowds),
        "generator_limited": _is_limited(crowds),
    }
    if measured.checks:
        line["compared_places"] = _total(measured.checks, "compared")
        line["wrong_places"] = _total(measured.checks, "wrong")
    return line


def _entering(scene: Scene, measured: Measured) -> dict[str, float]:
    seconds = max(crowd["seconds"] for crowd in measured.entering)
    return {
        "seconds": round(seconds, 2),
        "people_per_s": round(scene.people / seconds, 1),
        "server_cpu_seconds": round(measured.entered["cpu"] - measured.started["cpu"], 2),
    }


def _latency(crowds: Sequence[Answer]) -> dict[str, float] | None:
    """Return how long steps took to be read elsewhere, and how many never were."""
    latencies = sorted(seconds for crowd in crowds for seconds in crowd["latencies"])
    if not latencies:
        return None
    return {
        "p50": round(1000 * percentile(latencies, 0.5), 1),
        "p99": round(1000 * percentile(latencies, 0.99), 1),
        "max": round(1000 * latencies[-1], 1),
        "samples": len(latencies),
        "superseded": _total(crowds, "superseded"),
        "missed": _total(crowds, "missed"),
    }


def _crowd_figures(crowds: Sequence[Answer]) -> dict[str, object]:
    late = sorted(seconds for crowd in crowds for seconds in crowd["late"])
    return {
        "processes": len(crowds),
        "cpu_percent_of_a_core": [round(100 * _share(crowd), 1) for crowd in crowds],
        "late_ms": {"p99": round(1000 * percentile(late, 0.99), 1), "max": round(1000 * late[-1], 1)},
    }


def _is_limited(crowds: Sequence[Answer]) -> bool:
    return any(_share(crowd) > _BUSY or percentile(sorted(crowd["late"]), 0.99) > _LATE for crowd in crowds)


def _share(crowd: Answer) -> float:
    share: float = crowd["cpu"] / crowd["seconds"]
    return share


def _total(answers: Sequence[Answer], key: str) -> int:
    return sum(answer[key] for answer in answers)


def _each(amount: float, count: int, digits: int) -> float | None:
    return round(amount / count, digits) if count else None


def percentile(ordered: Sequence[float], part: float) -> float:
    """Return the value that `part` of the ordered values don't exceed."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
