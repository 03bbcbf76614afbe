"""Charts above the list of findings, each of which filters it.

Each counts under all filters but its own, so that the other choices stay visible.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.http import HttpRequest
from numpy.typing import NDArray

from posture.core.outcome import Severity
from posture.drawing import ages as age_grid
from posture.drawing import bars
from posture.drawing.bars import Bar, BarPart
from posture.history.query import FilteredRows
from posture.pages.findings.filters import FindingFilters, practice_title, practices_of_check
from posture.web import ages, parameters
from posture.web.ages import SEVERITIES
from posture.web.pictures import Panel, PanelValue
from posture.web.scoping import here_with, scope_of, url_in_scope
from posture.web.templatetags.words import figure, plural

BARS_MAX = 7
Counts = dict[str, NDArray[np.int64]]
"""Findings by severity, in the order of `SEVERITIES`, of each value of a filter."""


@dataclass(frozen=True, slots=True)
class Key:
    """One line of a picture's key: a severity, "limit" or "unseen", and what it means."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with the noun of what it filters, and its key."""

    panel: Panel
    key: Sequence[Key]


def pictures(request: HttpRequest, filters: FindingFilters) -> list[Picture]:
    """Return the three pictures for the findings as they are filtered."""
    return [_by_age(request, filters), _by_account(request, filters), _by_practice(request, filters)]


def without(narrowed: FilteredRows, names: Collection[str]) -> FilteredRows:
    """Return the rows under all conditions but some."""
    return FilteredRows(
        narrowed.rows,
        {name: mask for name, mask in narrowed.of_cells.items() if name not in names},
        {name: mask for name, mask in narrowed.of_rows.items() if name not in names},
    )


def toggled(request: HttpRequest, name: str, value: str) -> str:
    """Return this page with one value of a filter added, or removed where it is on."""
    chosen = parameters.texts(request, name)
    changed = [one for one in chosen if one != value] if value in chosen else [*chosen, value]
    return _here(request, **{name: changed})


def _here(request: HttpRequest, **query: object) -> str:
    """Return this page with other filters, never the default view."""
    return here_with(request, view=parameters.text(request, "view") or "all", **query)


def _by_age(request: HttpRequest, filters: FindingFilters) -> Picture:
    narrowed = without(filters.narrowed, {"severity", "age"})
    counted = ages.counts(narrowed, scope_of(request).now)
    chosen = set(parameters.texts(request, "severity"))
    on = parameters.texts(request, "age")
    selected = [one for one in SEVERITIES if not chosen or str(int(one)) in chosen]

    def link(severity: Severity, age: ages.Age) -> str:
        if [str(int(severity))] == parameters.texts(request, "severity") and [age.value] == on:
            return _here(request, severity="", age="")
        return _here(request, severity=int(severity), age=age.value)

    rows = [
        replace(row, url=toggled(request, "severity", str(int(severity))))
        for row, severity in zip(ages.grid(counted, link, selected), SEVERITIES, strict=True)
    ]
    unknown = narrowed.rows.having("sight", {"unknown"})
    unjudged = FilteredRows(narrowed.rows, {**narrowed.of_cells, "unjudged": unknown}, narrowed.of_rows)
    title = _age_title(counted, ages.counts(unjudged, scope_of(request).now))
    drawing = age_grid.draw(ages.HEADINGS, rows, title, selected_only=bool(chosen))
    table: list[Sequence[PanelValue]] = [(row.name, *(cell.count for cell in row.cells)) for row in rows]
    key = [Key("limit", "Right of the line: past the time limit")]
    return Picture(Panel(title, "age", "", drawing, ("Severity", *ages.HEADINGS), table, id="by-age"), key)


def _age_title(counted: NDArray[np.int64], unjudged: NDArray[np.int64]) -> str:
    """Return how many of the most severe findings are oldest, as a title.

    Those that could not be judged are left out: they are not known to fail.
    """
    for row, severity in enumerate(SEVERITIES):
        oldest = int(counted[row, -1] - unjudged[row, -1])
        if oldest:
            return f"{plural(oldest, f'{severity.label.lower()} finding')} open for over 90 days"
    return "Nothing is open for over 90 days" if counted.sum() else "Severity by age"


def _by_account(request: HttpRequest, filters: FindingFilters) -> Picture:
    scope = scope_of(request)
    narrowed = without(filters.narrowed, {"within"})
    rows, mask = narrowed.rows, narrowed.mask()
    accounts, place = np.unique(rows.account[mask], return_inverse=True)
    table = np.bincount(
        place.reshape(-1) * len(SEVERITIES) + ages.severities(rows)[mask], minlength=len(accounts) * len(SEVERITIES)
    ).reshape(len(accounts), len(SEVERITIES))
    counts = {scope.by_pk[pk].account_id: table[index] for index, pk in enumerate(accounts.tolist())}
    names = {scope.by_pk[pk].account_id: scope.by_pk[pk].name for pk in accounts.tolist()}
    title = _lead(counts, lambda value: names.get(value, value), "accounts")
    unswept = {one.account_id for one in scope.accounts if not one.is_swept}
    return _bars(
        "by-account", request, ("within", "accounts", title), counts, lambda value: names.get(value, value), unswept
    )


def _by_practice(request: HttpRequest, filters: FindingFilters) -> Picture:
    narrowed = without(filters.narrowed, {"practice"})
    rows = narrowed.rows
    checks = len(rows.words["check"])
    key = rows.codes["check"].astype(np.int64) * len(SEVERITIES) + ages.severities_of_cells(rows)
    counted = np.bincount(key, narrowed.counts(), checks * len(SEVERITIES)).reshape(checks, len(SEVERITIES))
    counts: Counts = {}
    for check_id, found in zip(rows.words["check"], counted, strict=True):
        for practice in practices_of_check(check_id) if found.any() else ():
            counts[practice] = counts.get(practice, np.zeros(len(SEVERITIES), np.int64)) + found.astype(np.int64)
    title = _lead(counts, practice_title, "practices")
    return _bars("by-practice", request, ("practice", "practices", title), counts, practice_title)


def _lead(counts: Counts, words: Callable[[str], str], noun: str) -> str:
    """Return the point of bars: which one has the most."""
    if not counts:
        return noun.capitalize()
    most = max(counts, key=lambda value: int(counts[value].sum()))
    return f"{words(most)} has {plural(int(counts[most].sum()), 'finding')}"


def _bars(
    picture_id: str,
    request: HttpRequest,
    of: tuple[str, str, str],
    counts: Counts,
    words: Callable[[str], str],
    unseen: Collection[str] = (),
) -> Picture:
    """Return bars of the values with most findings; the others are one bar.

    Chosen values always have a bar of their own.
    """
    name, noun, title = of
    chosen = set(parameters.texts(request, name))
    ordered = sorted(counts, key=lambda value: (value not in chosen, -int(counts[value].sum()), value))
    shown = sorted(ordered[:BARS_MAX], key=lambda value: (-int(counts[value].sum()), value))
    rest = ordered[BARS_MAX:]

    def bar(value: str) -> Bar:
        return Bar(
            words(value),
            _parts(counts[value], is_hatched=value in unseen),
            figure(int(counts[value].sum())),
            toggled(request, name, value),
            f"{_title(words(value), counts[value])}{', as last seen' if value in unseen else ''}",
            is_selected=not chosen or value in chosen,
        )

    drawn = [bar(value) for value in shown]
    if rest:
        number = sum(int(counts[value].sum()) for value in rest)
        more = plural(len(rest), f"more {noun.removesuffix('s')},more {noun}")
        drawn.append(Bar(more, [], figure(number), url_in_scope(request, ALL[name])))
    drawing = bars.draw(drawn, title, marks_selected=bool(chosen))
    table: list[Sequence[PanelValue]] = [(words(value), *map(int, counts[value])) for value in [*shown, *rest]]
    columns = (noun.capitalize(), *(one.label for one in SEVERITIES))
    panel = Panel(title, noun, "", drawing, columns, table, id=picture_id)
    return Picture(panel, _key({value: counts[value] for value in shown}, unseen))


def _key(counts: Counts, unseen: Collection[str]) -> list[Key]:
    """Return the severities that some bar has, and the hatching."""
    key = [
        Key(one.label.lower(), one.label.lower())
        for place, one in enumerate(SEVERITIES)
        if any(numbers[place] for numbers in counts.values())
    ]
    return [*key, Key("unseen", "as last seen")] if any(value in unseen for value in counts) else key


ALL: Mapping[str, str] = {"within": "organization:table", "practice": "practices:list"}
"""Where the rest of a picture's bars is."""


def _parts(counted: NDArray[np.int64], *, is_hatched: bool) -> list[BarPart]:
    return [
        BarPart(int(number), one.label.lower(), is_hatched) for one, number in zip(SEVERITIES, counted, strict=True)
    ]


def _title(name: str, counted: NDArray[np.int64]) -> str:
    found = [
        f"{figure(int(number))} {one.label.lower()}" for one, number in zip(SEVERITIES, counted, strict=True) if number
    ]
    return f"{name}: {', '.join(found)}"
