"""How findings are narrowed. What was set aside is left out until it is asked for by its state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict

from accounts.models import User
from posture.checks import all_checks, title_of
from posture.core.check import Check
from posture.core.outcome import TIME_LIMITS
from posture.frameworks import all_frameworks
from posture.history import query
from posture.history.query import EncodedRows, FilteredRows, Mask, Triage
from posture.pages.findings.names import severity_label, triage_label, type_title
from posture.pages.findings.queries import flapping
from posture.web import ages, parameters
from posture.web.column_filters import CellFacet, CellFilterSet, Counted, WithinFacet
from posture.web.filters import FilterChip, Search
from posture.web.scoping import cache_for_page, here_with, scope_of

SIGHTS = {
    "fail": ("Fails", Q(status="fail"), ("fail", "stale")),
    "unknown": ("Unknown: could not be read", Q(status="unknown"), ("unknown",)),
    "stale": ("Fails, not seen since", Q(status="fail", stale_since__isnull=False), ("stale",)),
}
"""Ways to stand: in words, in SQL, and as words of a cell."""


class SightFacet(CellFacet):
    """Findings that fail, that could not be told, and those of the first that have not been seen since."""

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep what stands in one of the chosen ways."""
        if not value:
            return qs
        chosen = Q(pk__in=[])
        for one in value:
            chosen |= SIGHTS[one][1] if one in SIGHTS else Q(pk__in=[])
        return qs.filter(chosen)

    def of_cells(self, rows: EncodedRows, value: Sequence[str]) -> Mask | None:
        """Tell of each cell whether it stands in one of the chosen ways."""
        chosen = {word for one in value if one in SIGHTS for word in SIGHTS[one][2]}
        return rows.having(self.dimension, chosen) if value else None

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return each way with its number of findings, those that there are."""
        counts = narrowed.by(self.dimension, name)
        numbers = [(one, words, sum(counts.get(each, 0) for each in ways)) for one, (words, _, ways) in SIGHTS.items()]
        return [each for each in numbers if each[2]]


class ReturnFacet(CellFacet):
    """Findings that failed before, and those among them that come and go."""

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep what came back, or what does so again and again."""
        if not value:
            return qs
        if "returned" in value:
            return qs.filter(reopened__gt=0)
        scope = scope_of(self.parent.request)
        if "flapping" in value:
            return qs.filter(
                finding_id__in=query.find_flapping(scope, query.narrow_to_possibly_flapping(qs.order_by(), scope.now))
            )
        return qs.none()

    def of_cells(self, rows: EncodedRows, value: Sequence[str]) -> Mask | None:
        """Tell of each cell whether it came back."""
        if not value or ("flapping" in value and "returned" not in value):
            return None
        return rows.having(self.dimension, RETURNED if "returned" in value else ())

    def of_rows(self, rows: EncodedRows, value: Sequence[str]) -> Mask | None:
        """Tell of each row whether it does so again and again."""
        if "flapping" not in value or "returned" in value:
            return None
        return np.isin(rows.number, sorted(flapping(scope_of(self.parent.request))))

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return both with their numbers of findings, those that there are."""
        by_times = narrowed.by(self.dimension, name)
        counts = {"returned": sum(by_times.get(each, 0) for each in RETURNED)}
        counts["flapping"] = self._flapping(narrowed, name) if by_times.get("2") else 0
        return [(one, words, counts[one]) for one, words in RETURNS.items() if counts[one]]

    def _flapping(self, narrowed: FilteredRows, name: str) -> int:
        known = flapping(scope_of(self.parent.request))
        if not known:
            return 0
        may = narrowed.left(name, narrowed.rows.having(self.dimension, {"2"}))
        return int(np.isin(may.number, sorted(known)).sum())


RETURNS = {"returned": "Failed before", "flapping": "Flapping"}
RETURNED = ("1", "2")


class TriageFacet(CellFacet):
    """Findings by what was decided; without a choice, all that still ask for something."""

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep the chosen states, or else all but the accepted and the false."""
        return qs.filter(triage__in=value) if value else qs.exclude(triage__in=Triage.SET_ASIDE)

    def of_cells(self, rows: EncodedRows, value: Sequence[str]) -> Mask | None:
        """Tell of each cell whether it is in one of the chosen states, or else not set aside."""
        return rows.having(self.dimension, set(value)) if value else ~rows.having(self.dimension, Triage.SET_ASIDE)


class ChecksFacet(CellFacet):
    """Findings by something that their checks have, such as the practice they serve."""

    def __init__(self, *, values: Callable[[Check], Sequence[str]], **options: Any) -> None:
        super().__init__(dimension="check", **options)
        self.values = values

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep the findings of checks that have one of the values."""
        return qs.filter(check_id__in=self._checks(value)) if value else qs

    def of_cells(self, rows: EncodedRows, value: Sequence[str]) -> Mask | None:
        """Tell of each cell whether its check has one of the values."""
        return rows.having(self.dimension, self._checks(value)) if value else None

    def _checks(self, value: Sequence[str]) -> set[str]:
        chosen = set(value)
        return {one.id for one in all_checks().values() if chosen & set(self.values(one))}

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return each value with its number of findings, most first."""
        found: dict[str, int] = {}
        for check_id, number in narrowed.by(self.dimension, name).items():
            check = all_checks().get(check_id)
            for value in self.values(check) if check else ():
                found[value] = found.get(value, 0) + number
        return [(value, self.words(value), found[value]) for value in sorted(found, key=lambda one: -found[one])]


class AssigneeFacet(CellFacet):
    """Findings by the login of the person whom they were given to."""

    def of_cells(self, rows: EncodedRows, value: Sequence[str]) -> Mask | None:
        """Tell of each cell whether it was given to one of the persons."""
        if not value:
            return None
        names = logins(rows)
        return rows.having(self.dimension, {word for word in rows.words[self.dimension] if names[word] in value})

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return each person with the number of their findings."""
        names, counts = logins(narrowed.rows), Counter[str]()
        for word, number in narrowed.by(self.dimension, name).items():
            counts[names[word]] += number
        return self.most(counts)


def logins(rows: EncodedRows) -> dict[str, str]:
    """Return the login of each person whom a finding was given to, by primary key as a word; "" is nobody."""
    words = rows.words["assignee"]
    known = dict(User.objects.filter(pk__in=[int(word) for word in words if word]).values_list("pk", "username"))
    return {word: known.get(int(word), "") if word else "" for word in words}


class SweepingFacet(CellFacet):
    """Findings of accounts that sweeps ask, and of those that none asks any more."""

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep the findings of accounts in one of the chosen states."""
        return qs.filter(account_id__in=self._accounts(value)) if value else qs

    def of_cells(self, rows: EncodedRows, value: Sequence[str]) -> Mask | None:
        """Leave it to the rows."""
        return None

    def of_rows(self, rows: EncodedRows, value: Sequence[str]) -> Mask | None:
        """Return for each row whether its account is in one of the chosen states."""
        return rows.of_accounts(self._accounts(value)) if value else None

    def _accounts(self, value: Sequence[str]) -> list[int]:
        accounts = scope_of(self.parent.request).accounts
        return [one.pk for one in accounts if ("swept" if one.is_swept else "unswept") in value]

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return both states with their numbers of findings, those that there are."""
        by_pk, counts = scope_of(self.parent.request).by_pk, Counter[str]()
        for pk, number in narrowed.by_account(name).items():
            counts["swept" if by_pk[pk].is_swept else "unswept"] += number
        return [(one, words, counts[one]) for one, words in SWEEPING.items() if counts[one]]


SWEEPING = {"swept": "Swept", "unswept": "Not swept any more"}


class ClassificationFacet(CellFacet):
    """Findings by how the data of their resource is classified; most resources hold none."""

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep the findings on resources of one of the levels."""
        if not value:
            return qs
        known = query.resources(scope_of(self.parent.request)).filter(classification__in=value)
        return qs.filter(resource_id__in=known.values("resource_id"))

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return each level with its number of findings."""
        return [each for each in super().counted_in(narrowed, name) if each[0]]


class AgeFacet(CellFacet):
    """Findings by how long they have been open, or that are past the time limit of their severity."""

    def filter(self, qs: QuerySet[Any], value: Sequence[str] | None) -> QuerySet[Any]:
        """Keep the findings of the chosen ages."""
        if not value:
            return qs
        now = scope_of(self.parent.request).now
        chosen = Q(pk__in=[])
        for one in value:
            chosen |= _late(now) if one == LATE else _of_age(one, now)
        return qs.filter(chosen)

    def of_cells(self, rows: EncodedRows, value: Sequence[str]) -> Mask | None:
        """Leave it to the rows."""
        return None

    def of_rows(self, rows: EncodedRows, value: Sequence[str]) -> Mask | None:
        """Return for each row whether it is of one of the chosen ages."""
        if not value:
            return None
        now = scope_of(self.parent.request).now
        found = ages.of_age(rows, [ages.BY_VALUE[one] for one in value if one in ages.BY_VALUE], now)
        return found | ages.late(rows, now) if LATE in value else found

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return each age with its number of findings, and how many are late."""
        now, mask = scope_of(self.parent.request).now, narrowed.mask(name)
        late = int((ages.late(narrowed.rows, now) & mask).sum())
        numbers = [int((ages.of_age(narrowed.rows, [age], now) & mask).sum()) for age in ages.AGES]
        found = [(age.value, age.words, number) for age, number in zip(ages.AGES, numbers, strict=True) if number]
        return [*found, *([(LATE, AGE_WORDS[LATE], late)] if late else [])]


LATE = "late"
AGE_WORDS = {**{age.value: age.words for age in ages.AGES}, LATE: "Past the time limit"}


def age_words(value: str) -> str:
    """Return what an age is called; what is none, as it is."""
    return AGE_WORDS.get(value, str(value))


def _of_age(value: str, now: datetime) -> Q:
    age = ages.BY_VALUE.get(value)
    if age is None:
        return Q(pk__in=[])
    since, until = ages.bounds(age, now)
    found = Q(opened_at__gt=since) if since else Q()
    return found & Q(opened_at__lte=until) if until else found


def _late(now: datetime) -> Q:
    found = Q(pk__in=[])
    for severity, limit in TIME_LIMITS.items():
        found |= Q(severity=int(severity), opened_at__lte=now - limit)
    return found


def practices_of(check: Check) -> list[str]:
    """Return the practices that a check serves."""
    return [one.removeprefix("practices:") for one in check.controls if one.startswith("practices:")]


def practices_of_check(check_id: str) -> list[str]:
    """Return the practices that a check serves; none for one that is gone."""
    check = all_checks().get(check_id)
    return practices_of(check) if check else []


def practice_title(practice_id: str) -> str:
    """Return a practice's title; what is none, as it is."""
    titles = {control.id: control.title for control in all_frameworks()["practices"].controls}
    return titles.get(practice_id, practice_id)


def of_check(request: HttpRequest, check_id: str) -> FindingFilters:
    """Return the filters that leave all open findings of a check, those that were set aside among them."""
    asked = QueryDict(mutable=True)
    asked["check"] = check_id
    asked.setlist("triage", list(Triage.State.values))
    return FindingFilters(asked, queryset=query.findings(scope_of(request)), request=request)


def checks_named(value: str) -> list[str]:
    """Return the checks that have each word of a search in their title or in their problem."""
    words = value.lower().split()
    named = ((one.id, (one.title.lower(), one.problem.lower())) for one in all_checks().values())
    return [check_id for check_id, texts in named if any(all(word in text for word in words) for text in texts)]


class FindingSearch(Search):
    """Words in the resource's name or ARN or in the reason; or all of them in the title and problem of the check."""

    is_partial = False
    """Whether there are more findings that have the words than were found; told once `numbers` was asked."""

    def numbers(self, qs: QuerySet[Any], value: str, number: str) -> Iterable[int]:
        """Return the findings in which each word is found, by indexes where they lead to them.

        Others may be among them, which are not open: they are none of the rows.
        """
        rows = self.parent.rows()
        of_checks = rows.number[rows.having("check", checks_named(value))[rows.cell]]
        return np.union1d(of_checks, np.fromiter(self._in_text(qs, value, number), np.int64))

    def _in_text(self, qs: QuerySet[Any], value: str, number: str) -> Iterable[int]:
        if not query.is_fully_indexed(value):
            return self._looked_through(qs, value, number)
        spoken = query.search_findings(scope_of(self.parent.request), value)
        self.is_partial = spoken.is_partial
        if not spoken.rest:
            return spoken.numbers
        return self._looked_through(qs.filter(finding_id__among=spoken.numbers), " ".join(spoken.rest), number)

    def _looked_through(self, qs: QuerySet[Any], value: str, number: str) -> Iterable[int]:
        return qs.filter(super().condition(value)).values_list(number, flat=True).iterator()

    def condition(self, value: str) -> Q:
        """Return the condition that each word is found, or that the check has all of them."""
        return super().condition(value) | Q(check_id__in=checks_named(value))


class FindingFilters(CellFilterSet):
    """The facets of findings; `account` belongs to the scope, so the facet of accounts is `within`."""

    number = "finding_id"

    q = FindingSearch(fields=("resource_name", "resource_arn", "reason"))
    severity = CellFacet(label="Severity", dimension="severity", words=severity_label, numeric=True)
    status = SightFacet(
        label="Status", dimension="sight", words=lambda value: SIGHTS[value][0] if value in SIGHTS else str(value)
    )
    age = AgeFacet(
        label="Age", dimension="", field_name="opened_at", words=lambda value: AGE_WORDS.get(value, str(value))
    )
    history = ReturnFacet(label="History", dimension="reopened", words=lambda value: RETURNS.get(value, str(value)))
    check = CellFacet(label="Check", dimension="check", field_name="check_id", words=title_of)
    type = CellFacet(label="Resource type", dimension="type", field_name="resource_type", words=type_title)
    practice = ChecksFacet(label="Practice", values=practices_of, words=practice_title)
    within = WithinFacet(label="Account", dimension="", field_name="account__account_id")
    sweeping = SweepingFacet(
        label="Account state",
        dimension="",
        field_name="account_id",
        words=lambda value: SWEEPING.get(value, str(value)),
    )
    region = CellFacet(label="Region", dimension="region")
    triage = TriageFacet(label="Decision", dimension="triage", words=triage_label)
    assignee = AssigneeFacet(
        label="Assigned to", dimension="assignee", field_name="assignee_name", words=lambda name: name or "Nobody"
    )
    data = ClassificationFacet(label="Data", dimension="classification", words=str)

    def _chips(self, name: str, words: Mapping[tuple[str, str], str]) -> list[FilterChip]:
        # Without its last filter the list must not give way to the person's default view.
        stay = parameters.text(self.request, "view") or "all"
        chips, values = super()._chips(name, words), parameters.texts(self.request, name)
        return [
            replace(chip, url=here_with(self.request, view=stay, **{name: [each for each in values if each != value]}))
            for value, chip in zip(values, chips, strict=True)
        ]

    @property
    def is_partial(self) -> bool:
        """Tell whether there are more findings that have the words than one search finds."""
        if not query.is_fully_indexed(self.text):
            return False
        return cache_for_page(self.request, "partial", lambda: bool(self.narrowed) and self.filters["q"].is_partial)

    @property
    def most(self) -> int:
        """Return how many findings one search finds of a word that more have."""
        return query.get_word_match_limit()

    def rows(self) -> EncodedRows:
        """Return the findings of the scope."""
        return query.load_open_findings(scope_of(self.request))
