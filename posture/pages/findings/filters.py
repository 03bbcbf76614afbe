"""Filters of findings.

Findings that were set aside are left out unless their state is chosen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict

from accounts.models import User
from posture.checks import all_checks, title_of
from posture.core.check import Check
from posture.frameworks import all_frameworks
from posture.history import query
from posture.history.query import EncodedRows, FilteredRows, Triage
from posture.pages.findings.names import severity_label, triage_label, type_title
from posture.pages.findings.queries import flapping
from posture.web import ages, parameters
from posture.web.column_filters import CellFacet, CellFilterSet, Counted, WithinFacet
from posture.web.conditions import (
    AnyOf,
    Dimension,
    HasNumber,
    HasWord,
    OfAccounts,
    RowCondition,
    case_dimension,
    number_dimension,
    text_dimension,
)
from posture.web.filters import FilterChip, Search
from posture.web.scoping import cache_for_page, here_with, scope_of

SEVERITY = number_dimension("severity", "severity")
STATUS = case_dimension("sight", {
    ("fail", "stale"): Q(status="fail"),
    ("fail",): Q(status="fail", stale_since__isnull=True),
    ("stale",): Q(status="fail", stale_since__isnull=False),
    ("unknown",): Q(status="unknown"),
})  # fmt: skip
TIMES_REOPENED = case_dimension("reopened", {
    ("1", "2"): Q(reopened__gt=0), ("0",): Q(reopened=0), ("1",): Q(reopened=1), ("2",): Q(reopened__gt=1),
})  # fmt: skip
CHECK = text_dimension("check", "check_id")
TYPE = text_dimension("type", "resource_type")
REGION = text_dimension("region", "region")
DECISION = text_dimension("triage", "triage")
ASSIGNEE = Dimension(
    "assignee",
    lambda words: (
        Q(assignee_id__in=[int(one) for one in words if one]) | (Q(assignee_id__isnull=True) if "" in words else Q())
    ),
)

STATUSES = {
    "fail": ("Fails", ("fail", "stale")),
    "unknown": ("Unknown: could not be read", ("unknown",)),
    "stale": ("Fails, not seen since", ("stale",)),
}
"""What a finding's status is called, and its words in `STATUS`."""


class StatusFacet(CellFacet):
    """Findings by status: failing, unknown, or failing and not seen since."""

    def condition(self, value: Sequence[str]) -> RowCondition | None:
        """Return the condition on findings; None where all are meant."""
        words = {word for one in value if one in STATUSES for word in STATUSES[one][1]}
        return HasWord(self.dimension, words) if value else None

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return each status with its number of findings, those that there are."""
        counts = narrowed.by(self.dimension.name, name)
        numbers = [(one, words, sum(counts.get(each, 0) for each in mine)) for one, (words, mine) in STATUSES.items()]
        return [each for each in numbers if each[2]]


class ReturnFacet(CellFacet):
    """Findings that failed before, and those among them that come and go."""

    def condition(self, value: Sequence[str]) -> RowCondition | None:
        """Return the condition on findings; None where all are meant."""
        if "flapping" in value and "returned" not in value:
            return HasNumber("finding_id", flapping(scope_of(self.parent.request)))
        return HasWord(self.dimension, RETURNED if "returned" in value else ()) if value else None

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return both with their numbers of findings, those that there are."""
        by_times = narrowed.by(self.dimension.name, name)
        counts = {"returned": sum(by_times.get(each, 0) for each in RETURNED)}
        counts["flapping"] = self._flapping(narrowed, name) if by_times.get("2") else 0
        return [(one, words, counts[one]) for one, words in RETURNS.items() if counts[one]]

    def _flapping(self, narrowed: FilteredRows, name: str) -> int:
        known = flapping(scope_of(self.parent.request))
        if not known:
            return 0
        may = narrowed.left(name, narrowed.rows.having(self.dimension.name, {"2"}))
        return int(np.isin(may.number, sorted(known)).sum())


RETURNS = {"returned": "Failed before", "flapping": "Flapping"}
RETURNED = ("1", "2")


class TriageFacet(CellFacet):
    """Findings by decision; without a choice, all that still need action."""

    def condition(self, value: Sequence[str]) -> RowCondition | None:
        """Return the condition on findings."""
        return HasWord(self.dimension, value) if value else HasWord(self.dimension, Triage.SET_ASIDE, negated=True)


class ChecksFacet(CellFacet):
    """Findings by something that their checks have, such as the practice they serve."""

    def __init__(self, *, values: Callable[[Check], Sequence[str]], **options: Any) -> None:
        super().__init__(dimension=CHECK, **options)
        self.values = values

    def condition(self, value: Sequence[str]) -> RowCondition | None:
        """Return the condition on findings; None where all are meant."""
        checks = {one.id for one in all_checks().values() if not set(value).isdisjoint(self.values(one))}
        return HasWord(self.dimension, checks) if value else None

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return each value with its number of findings, most first."""
        found: dict[str, int] = {}
        for check_id, number in narrowed.by(self.dimension.name, name).items():
            check = all_checks().get(check_id)
            for value in self.values(check) if check else ():
                found[value] = found.get(value, 0) + number
        return [(value, self.words(value), found[value]) for value in sorted(found, key=lambda one: -found[one])]


class AssigneeFacet(CellFacet):
    """Findings by the login of the person whom they were given to."""

    def condition(self, value: Sequence[str]) -> RowCondition | None:
        """Return the condition on findings; None where all are meant."""
        if not value:
            return None
        pks = User.objects.filter(username__in=value).values_list("pk", flat=True)
        return HasWord(self.dimension, {*map(str, pks), *({""} & set(value))})

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return each person with the number of their findings."""
        names, counts = logins(narrowed.rows), Counter[str]()
        for word, number in narrowed.by(self.dimension.name, name).items():
            counts[names[word]] += number
        return self.most(counts)


def logins(rows: EncodedRows) -> dict[str, str]:
    """Return the login of each assignee by primary key as a string; "" is nobody."""
    words = rows.words["assignee"]
    known = dict(User.objects.filter(pk__in=[int(word) for word in words if word]).values_list("pk", "username"))
    return {word: known.get(int(word), "") if word else "" for word in words}


class SweepingFacet(CellFacet):
    """Findings of accounts that sweeps ask, and of those that none asks any more."""

    def condition(self, value: Sequence[str]) -> RowCondition | None:
        """Return the condition on findings; None where all are meant."""
        accounts = scope_of(self.parent.request).accounts if value else ()
        chosen = [one.pk for one in accounts if ("swept" if one.is_swept else "unswept") in value]
        return OfAccounts(chosen) if value else None

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return both states with their numbers of findings, those that there are."""
        by_pk, counts = scope_of(self.parent.request).by_pk, Counter[str]()
        for pk, number in narrowed.by_account(name).items():
            counts["swept" if by_pk[pk].is_swept else "unswept"] += number
        return [(one, words, counts[one]) for one, words in SWEEPING.items() if counts[one]]


SWEEPING = {"swept": "Swept", "unswept": "Not swept any more"}


class FindingClassificationFacet(CellFacet):
    """Findings by the data classification of their resource; most have none."""

    @property
    def dimension(self) -> Dimension:
        """Classification levels of resources, which finding records do not have.

        Only resources that the user may see are read.
        """
        resources = query.resources(scope_of(self.parent.request))

        def sql(words: Collection[str]) -> Q:
            return Q(resource_id__in=resources.filter(classification__in=list(words)).values("resource_id"))

        return Dimension("classification", sql)

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return each level with its number of findings."""
        return [each for each in super().counted_in(narrowed, name) if each[0]]


class AgeFacet(CellFacet):
    """Findings by age, or past the time limit of their severity."""

    def condition(self, value: Sequence[str]) -> RowCondition | None:
        """Return the condition on findings; None where all are meant."""
        now = scope_of(self.parent.request).now
        of_age = ages.OfAge([ages.BY_VALUE[one] for one in value if one in ages.BY_VALUE], now)
        if LATE in value:
            return AnyOf([of_age, ages.PastTimeLimit(now)])
        return of_age if value else None

    def counted_in(self, narrowed: FilteredRows, name: str) -> Counted:
        """Return each age with its number of findings, and how many are late."""
        now, mask = scope_of(self.parent.request).now, narrowed.mask(name)
        late = int((ages.late(narrowed.rows, now) & mask).sum())
        numbers = [int((ages.OfAge([age], now).mask_rows(narrowed.rows) & mask).sum()) for age in ages.AGES]
        found = [(age.value, age.words, number) for age, number in zip(ages.AGES, numbers, strict=True) if number]
        return [*found, *([(LATE, AGE_WORDS[LATE], late)] if late else [])]


LATE = "late"
AGE_WORDS = {**{age.value: age.words for age in ages.AGES}, LATE: "Past the time limit"}


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
    """Return filters for all open findings of a check, including those set aside."""
    asked = QueryDict(mutable=True)
    asked["check"] = check_id
    asked.setlist("triage", list(Triage.State.values))
    return FindingFilters(asked, queryset=query.findings(scope_of(request)), request=request)


def checks_named(value: str) -> list[str]:
    """Return the checks whose title or problem has every word of a search."""
    words = value.lower().split()
    named = ((one.id, (one.title.lower(), one.problem.lower())) for one in all_checks().values())
    return [check_id for check_id, texts in named if any(all(word in text for word in words) for text in texts)]


class FindingSearch(Search):
    """Search in the resource's name and ARN, the reason, and the check's texts.

    Each word must be in one of the resource's fields or the reason, or all of them in the check's title and problem.
    """

    is_partial = False
    """Whether more findings match than were found; known once `numbers` was called."""

    def numbers(self, qs: QuerySet[Any], value: str, number: str) -> Iterable[int]:
        """Return the findings in which each word is found, by index where possible.

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
    """The facets of findings.

    The parameter `account` belongs to the scope, so the facet of accounts is `within`.
    """

    number = "finding_id"

    q = FindingSearch(fields=("resource_name", "resource_arn", "reason"))
    severity = CellFacet(label="Severity", dimension=SEVERITY, words=severity_label)
    status = StatusFacet(
        label="Status", dimension=STATUS, words=lambda value: STATUSES[value][0] if value in STATUSES else str(value)
    )
    age = AgeFacet(label="Age", words=lambda value: AGE_WORDS.get(value, str(value)))
    history = ReturnFacet(label="History", dimension=TIMES_REOPENED, words=lambda value: RETURNS.get(value, str(value)))
    check = CellFacet(label="Check", dimension=CHECK, words=title_of)
    type = CellFacet(label="Resource type", dimension=TYPE, words=type_title)
    practice = ChecksFacet(label="Practice", values=practices_of, words=practice_title)
    within = WithinFacet(label="Account")
    sweeping = SweepingFacet(
        label="Account state",
        words=lambda value: SWEEPING.get(value, str(value)),
    )
    region = CellFacet(label="Region", dimension=REGION)
    triage = TriageFacet(label="Decision", dimension=DECISION, words=triage_label)
    assignee = AssigneeFacet(label="Assigned to", dimension=ASSIGNEE, words=lambda name: name or "Nobody")
    data = FindingClassificationFacet(label="Data", words=str)

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
        """Whether more findings match the words than one search finds."""
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
