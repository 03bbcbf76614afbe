"""Lighthouse reports are read, and each goal can be met and missed."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from devtools.bench import browser
from devtools.bench.browser_goals import Page, ReportError, Seen, as_json, figures, read_report, values_of

GOOD = Seen(
    performance=100, accessibility=100, paint=600, blocked=0, shift=0, script=20_000, style=9_000, document=60_000,
    total=160_000, server=80, benchmark_index=1000,
)  # fmt: skip
OVERVIEW = Page("overview", "/")


def report(**changes: Any) -> dict[str, Any]:
    """Return a report as Lighthouse writes it, cut to what is read."""
    requests = [
        {"resourceType": "Document", "transferSize": 60_000},
        {"resourceType": "Script", "transferSize": 15_000},
        {"resourceType": "Script", "transferSize": 5_000},
        {"resourceType": "Stylesheet", "transferSize": 9_000},
        {"resourceType": "Font", "transferSize": 46_000},
    ]
    shifted = [{"node": {"selector": "main > section"}, "score": 0.2}]
    return {
        "requestedUrl": "http://localhost/",
        "environment": {"benchmarkIndex": 1000},
        "categories": {
            "performance": {"score": 0.97},
            "accessibility": {
                "score": 0.9, "auditRefs": [{"id": "color-contrast", "weight": 7}, {"id": "tabindex", "weight": 0}],
            },
        },
        "audits": {
            "network-requests": {"details": {"items": requests}},
            "largest-contentful-paint": {"numericValue": 612.5},
            "total-blocking-time": {"numericValue": 12},
            "cumulative-layout-shift": {"numericValue": 0.2},
            "server-response-time": {"numericValue": 90},
            "errors-in-console": {"details": {"items": [{"description": "Refused to load a script"}]}},
            "layout-shifts": {"details": {"items": shifted}},
            "color-contrast": {"score": 0},
            "tabindex": {"score": 0},
        },
        **changes,
    }  # fmt: skip


def test_a_report_is_read() -> None:
    seen = read_report(report())
    assert (seen.performance, seen.accessibility, seen.paint, seen.shift) == (97, 90, 612.5, 0.2)
    assert (seen.script, seen.style, seen.document, seen.total) == (20_000, 9_000, 60_000, 135_000)
    assert seen.console == ["Refused to load a script"]
    assert seen.barriers == ["color-contrast"]
    assert seen.shifts == ["main > section"]


@pytest.mark.parametrize(
    "changes",
    [
        {"runtimeError": {"code": "NO_FCP", "message": "The page did not paint."}},
        {"categories": {"performance": {"score": None}}},
        {"audits": {**report()["audits"], "largest-contentful-paint": {"errorMessage": "NO_LCP"}}},
    ],
)
def test_what_could_not_be_measured_is_no_figure(changes: dict[str, Any]) -> None:
    with pytest.raises(ReportError):
        read_report(report(**changes))


def missed(seen: Seen, page: Page = OVERVIEW) -> list[str]:
    """Return the figures that miss their goal."""
    return [each.name.partition(": ")[2] for each in figures(page, [seen]) if not each.met]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"performance": 94}, "performance"),
        ({"accessibility": 94}, "accessibility"),
        ({"paint": 1500}, "largest paint"),
        ({"shift": 0.01}, "layout shift"),
        ({"script": 150_001}, "script"),
        ({"console": ["Uncaught TypeError"]}, "console errors"),
    ],
)
def test_each_goal_can_be_missed(changes: dict[str, Any], name: str) -> None:
    assert missed(GOOD) == []
    assert missed(replace(GOOD, **changes)) == [name]


def test_a_page_whose_charts_zoom_may_load_their_library() -> None:
    heavy = replace(GOOD, script=420_000)
    assert missed(heavy) == ["script"]
    assert missed(heavy, Page("sweep", "/sweeps/1/", zooms=True)) == []
    assert missed(replace(GOOD, script=551_000), Page("sweep", "/sweeps/1/", zooms=True)) == ["script"]


def test_the_median_round_counts_but_an_error_of_any_round_does() -> None:
    odd = replace(GOOD, paint=4000, console=["Uncaught TypeError"])
    found = {each.name: each for each in figures(OVERVIEW, [GOOD, odd, GOOD])}
    assert found["overview: largest paint"].met
    assert found["overview: console errors"].value == 1


def test_a_report_is_written_and_compared_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = {
        "accounts": 20, "resources": 20_000, "findings": 9_000, "lighthouse": "13", "throttling": "simulated",
        "host": "Python", "host_after": "Python", "pages": [{"page": asdict(OVERVIEW), "rounds": [asdict(GOOD)]}],
    }  # fmt: skip
    written = tmp_path / "before.json"
    assert browser.show(whole, None, written) == 0
    before = values_of(json.loads(written.read_text()))
    assert before == {each["name"]: each["value"] for each in as_json(figures(OVERVIEW, [GOOD]))}
    whole["pages"][0]["rounds"] = [asdict(replace(GOOD, paint=1600))]  # type: ignore[index]
    assert browser.show(whole, before, None) == 1
    line = next(line for line in capsys.readouterr().out.splitlines() if "1600 ms" in line)
    assert "MISSED" in line
    assert "was 600" in line


def test_the_command_line_has_a_million_resources_unless_less_is_asked_for() -> None:
    assert (browser.parse([]).accounts, browser.parse([]).rounds) == (1000, 3)
    small = browser.parse(["--accounts", "20", "--days", "30", "--compare", "before.json"])
    assert (small.accounts, small.days, small.compare) == (20, 30, Path("before.json"))
