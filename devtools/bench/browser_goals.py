"""What a Lighthouse report says of one page, and the goals that it is held to.

Pure.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from devtools.bench.figures import Figure

SCORE = 95
"""Points of 100, of performance and of accessibility."""
LARGEST_PAINT_MS = 1500
LAYOUT_SHIFT = 0.01
SCRIPT_KB = 150
ZOOMING_SCRIPT_KB = 550
"""Kilobytes of script, compressed, on pages whose charts zoom: the library that draws them weighs 400."""
SHIFTS_NAMED = 2

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is measured.

    Its name in the table, its path, and whether a chart on it zooms.
    """

    name: str
    path: str
    zooms: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What one run of Lighthouse found on a page.

    Times in milliseconds, sizes in bytes as sent.
    """

    performance: float
    accessibility: float
    paint: float
    blocked: float
    shift: float
    script: int
    style: int
    document: int
    total: int
    server: float
    benchmark_index: float
    console: Sequence[str] = ()
    barriers: Sequence[str] = ()
    """Accessibility audits that fail."""
    shifts: Sequence[str] = ()
    """What moved, the largest shift first."""


class ReportError(Exception):
    """Lighthouse could not measure the page; the message says why."""


def read_report(report: Json) -> Seen:
    """Return what a report says.

    Raise `ReportError` if the page did not load or a figure is missing.
    """
    problem = report.get("runtimeError")
    if problem:
        raise ReportError(f"{report.get('requestedUrl')}: {problem.get('message') or problem.get('code')}")
    audits = report["audits"]
    requests = audits["network-requests"]["details"]["items"]
    return Seen(
        performance=_score(report, "performance"),
        accessibility=_score(report, "accessibility"),
        paint=_number(audits, "largest-contentful-paint"),
        blocked=_number(audits, "total-blocking-time"),
        shift=_number(audits, "cumulative-layout-shift"),
        script=_bytes(requests, "Script"),
        style=_bytes(requests, "Stylesheet"),
        document=_bytes(requests, "Document"),
        total=sum(int(each.get("transferSize", 0)) for each in requests),
        server=_number(audits, "server-response-time"),
        benchmark_index=float(report["environment"]["benchmarkIndex"]),
        console=[str(each.get("description", "")) for each in _items(audits, "errors-in-console")],
        barriers=_failed(report, "accessibility"),
        shifts=[_selector(each) for each in _items(audits, "layout-shifts")][:SHIFTS_NAMED],
    )


def _score(report: Json, category: str) -> float:
    score = report["categories"][category]["score"]
    if score is None:
        raise ReportError(f"{report.get('requestedUrl')}: Lighthouse gives no score for {category}.")
    return round(100 * float(score), 1)


def _number(audits: Json, name: str) -> float:
    value = audits[name].get("numericValue")
    if value is None:
        raise ReportError(f"Lighthouse could not measure {name}: {audits[name].get('errorMessage', 'no value')}")
    return float(value)


def _bytes(requests: Iterable[Json], kind: str) -> int:
    return sum(int(each.get("transferSize", 0)) for each in requests if each.get("resourceType") == kind)


def _items(audits: Json, name: str) -> Sequence[Json]:
    found: Sequence[Json] = (audits[name].get("details") or {}).get("items", [])
    return found


def _failed(report: Json, category: str) -> list[str]:
    names = [each["id"] for each in report["categories"][category]["auditRefs"] if each.get("weight")]
    return [name for name in names if report["audits"][name].get("score") == 0]


def _selector(item: Json) -> str:
    return str((item.get("node") or {}).get("selector", "unknown element"))


def figures(page: Page, rounds: Sequence[Seen], before: Json | None = None) -> list[Figure]:
    """Return the figures of a page as medians over its rounds.

    `before` holds those of an earlier report by name.
    """
    script_kb = ZOOMING_SCRIPT_KB if page.zooms else SCRIPT_KB
    barriers = sorted({name for each in rounds for name in each.barriers})
    shifts = list(dict.fromkeys(name for each in rounds for name in each.shifts if each.shift >= LAYOUT_SHIFT))
    console = sorted({line for each in rounds for line in each.console})
    server, index = _median(rounds, "server"), _median(rounds, "benchmark_index")
    found = [
        _at_least(page, "performance", _median(rounds, "performance"), SCORE,
                  f"blocked for {_median(rounds, 'blocked'):.0f} ms"),
        _at_least(page, "accessibility", _median(rounds, "accessibility"), SCORE, ", ".join(barriers)),
        _below(page, "largest paint", _median(rounds, "paint"), LARGEST_PAINT_MS, "ms",
               f"the server answers after {server:.0f} ms; benchmark index {index:.0f}"),
        _below(page, "layout shift", _median(rounds, "shift"), LAYOUT_SHIFT, "", ", ".join(shifts)),
        _at_most(page, "script", _median(rounds, "script") / 1000, script_kb, "KB",
                 f"style {_median(rounds, 'style') / 1000:.0f}, page {_median(rounds, 'document') / 1000:.0f}, "
                 f"all {_median(rounds, 'total') / 1000:.0f} KB"),
        _at_most(page, "console errors", len(console), 0, "", "; ".join(console)),
    ]  # fmt: skip
    return [_compared_with(each, before) for each in found] if before else found


def _median(rounds: Sequence[Seen], name: str) -> float:
    return float(statistics.median(getattr(each, name) for each in rounds))


def _at_least(page: Page, name: str, value: float, least: float, note: str = "") -> Figure:
    return Figure(f"{page.name}: {name}", value, f"{value:.0f}", f">= {least:.0f}", value >= least, note)


def _at_most(page: Page, name: str, value: float, most: float, unit: str, note: str) -> Figure:
    shown, goal = f"{value:.0f} {unit}".strip(), f"<= {most:.0f} {unit}".strip()
    return Figure(f"{page.name}: {name}", value, shown, goal, value <= most, note)


def _below(page: Page, name: str, value: float, limit: float, unit: str, note: str) -> Figure:
    shown = f"{value:.0f} {unit}" if unit else f"{value:.3f}"
    return Figure(f"{page.name}: {name}", value, shown, f"< {limit:g} {unit}".strip(), value < limit, note)


def _compared_with(figure: Figure, before: Json) -> Figure:
    was = before.get(figure.name)
    if was is None:
        return figure
    note = f"was {float(was):.4g}{'; ' + figure.note if figure.note else ''}"
    return Figure(figure.name, figure.value, figure.shown, figure.goal, figure.met, note)


def values_of(report: Json) -> dict[str, float]:
    """Return the figures of a written report by name, to compare with."""
    return {str(each["name"]): float(each["value"]) for each in report["figures"]}


def as_json(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """Return figures for a report."""
    return [asdict(each) for each in figures]
