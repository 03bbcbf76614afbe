"""Every detection's own examples, and logs of real techniques."""

from __future__ import annotations

import pytest

from posture.activity.detection import Detection, all_detections
from posture.activity.signals import detect
from tests.activity.example_events import events_of

DETECTIONS = list(all_detections().values())


@pytest.mark.parametrize("detection", DETECTIONS, ids=lambda one: one.id)
def test_examples_fire_or_are_quiet(detection: Detection) -> None:
    assert detection.fires
    assert detection.quiet
    for example in detection.fires:
        report = detect(events_of(example), [detection])
        assert report.signals, example
        assert not report.unjudged
    for example in detection.quiet:
        report = detect(events_of(example), [detection])
        assert not report.signals, example
        assert not report.unjudged, report.unjudged


@pytest.mark.parametrize("detection", DETECTIONS, ids=lambda one: one.id)
def test_techniques_and_titles_are_well_formed(detection: Detection) -> None:
    assert detection.attack
    assert all(one.startswith("T1") for one in detection.attack)
    assert not detection.title.endswith(".")
