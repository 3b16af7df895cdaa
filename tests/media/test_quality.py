"""Connections are called what people find them, and not another thing every moment."""

from __future__ import annotations

import pytest

from gathertui.media.quality import STEADY, Measure, Quality, QualityMeter, judge


@pytest.mark.parametrize(
    ("measure", "quality"),
    [
        (Measure(), Quality.GOOD),
        (Measure(loss=0.02, round_trip=0.2, jitter=0.02), Quality.GOOD),
        (Measure(loss=0.05), Quality.FAIR),
        (Measure(round_trip=0.4), Quality.FAIR),
        (Measure(loss=0.01, jitter=0.05), Quality.FAIR),
        (Measure(loss=0.2), Quality.POOR),
        (Measure(round_trip=1), Quality.POOR),
        (Measure(loss=0.01, jitter=0.2), Quality.POOR),
        (Measure(jitter=0.2), Quality.GOOD),
    ],
)
def test_the_worst_of_all_counts(measure: Measure, quality: Quality) -> None:
    assert judge(measure) is quality


def test_worse_counts_at_once_and_better_when_it_lasts() -> None:
    meter = QualityMeter()
    assert meter.quality is None
    assert meter.observe(Measure(loss=0.2)) is Quality.POOR
    seen = [meter.observe(Measure()) for _ in range(2 * STEADY)]
    assert seen == [Quality.POOR] * (STEADY - 1) + [Quality.FAIR] * STEADY + [Quality.GOOD]
    assert meter.observe(Measure(loss=0.05)) is Quality.FAIR


def test_what_is_better_for_a_moment_changes_nothing() -> None:
    meter = QualityMeter()
    meter.observe(Measure(loss=0.2))
    for _ in range(10):
        for _ in range(STEADY - 1):
            meter.observe(Measure())
        assert meter.observe(Measure(loss=0.2)) is Quality.POOR
