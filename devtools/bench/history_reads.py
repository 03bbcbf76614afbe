"""Timings of what pages read: as of a date, between dates, and charts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from random import Random
from typing import Any

from django.test import RequestFactory

from accounts.models import AwsAccount, Organization, OrganizationalUnit, User
from devtools.bench import history_fixture as fixture
from devtools.bench.history_measures import Goal, first_time, timed
from devtools.bench.history_story import day
from posture.history import query as history
from posture.history.query import NO_CHANGES, ChangeRows
from posture.history.query.changes import NEWEST_FIRST
from posture.history.scope import Scope
from posture.pages.drift import change_lists
from posture.pages.findings.filters import FindingFilters
from posture.pages.findings.tables import FindingTable
from posture.pages.findings.tables import keys as finding_keys
from posture.pages.inventory.filters import ResourceFilters
from posture.pages.inventory.filters import keys as resource_keys
from posture.pages.inventory.tables import ResourceTable
from posture.web.column_filters import CellData, CellFilterSet
from posture.web.keyset import Key, KeysetRows
from posture.web.tables import Table, configure

PAGE = 50
SAMPLES = 40


class Reader:
    """A person who sees everything and asks for random accounts and dates."""

    def __init__(self, organization: Organization, days: int) -> None:
        self.user = User.objects.create_superuser("reader", password=None)
        self.organization, self.days = organization, days
        self.random = Random(3)  # noqa: S311 - random dates
        self.accounts = list(AwsAccount.objects.select_related("organization", "unit"))
        self.units = list(OrganizationalUnit.objects.select_related("organization"))
        self.whole = Scope.of(self.user, organization)

    def date(self) -> datetime:
        """Return some snapshot's date."""
        return day(self.random.randrange(1, self.days))

    def account(self, as_of: datetime | None) -> Scope:
        """Return the scope of some account."""
        return Scope.of(self.user, self.organization, account=self.random.choice(self.accounts), as_of=as_of)

    def goals(self) -> Iterator[Goal]:
        """Measure everything."""
        yield from self._as_of()
        yield from self._between()
        yield from self._charts()

    def _as_of(self) -> Iterator[Goal]:
        dates = [self.date() for _ in range(SAMPLES)]
        wholes = [replace(self.whole, as_of=at) for at in dates]
        yield timed("account inventory as of a date, first page with counts", 50,
                    [partial(inventory, self.account(at)) for at in dates])  # fmt: skip
        yield timed("account inventory now, first page with counts", 50,
                    [partial(inventory, self.account(None)) for _ in dates])  # fmt: skip
        yield timed("account findings as of a date, first page with counts", 50,
                    [partial(findings, self.account(at)) for at in dates])  # fmt: skip
        types = [partial(of_type, then, self.random.choice(fixture.TYPES)) for then in wholes]
        for name, runs in (
            ("a type organization-wide as of a date, first page with counts", types),
            (
                "organization's findings as of a date, first page with counts",
                [partial(findings, one) for one in wholes],
            ),
        ):
            yield timed(name, 100, runs)
            yield first_time(f"{name}, the first time", 100, runs)
        yield timed("organization's findings now, first page with counts", 200, [partial(findings, self.whole)] * 5)

    def _between(self) -> Iterator[Goal]:
        for name, most, pairs in (
            ("7 days", 200, self._pairs(7)), ("30 days", 200, self._pairs(30)), ("90 days", 200, self._pairs(90)),
            ("any pair", 300, [tuple(sorted((self.date(), self.date()))) for _ in range(SAMPLES)]),
            ("the whole time", 300, [(day(0), day(self.days - 1))] * 5),
        ):  # fmt: skip
            runs = [partial(counts, self.whole, *pair) for pair in pairs]
            yield timed(f"between, {name}: counts by type, account and severity", most, runs)
            yield first_time(f"between, {name}: the same counts, the first time", most, runs[: SAMPLES // 2])
        pairs = self._pairs(90)
        for kind in ("added", "removed", "changed", "opened", "resolved"):
            lists = [List(self.whole, *pair, kind) for pair in pairs[: SAMPLES // 4]]
            yield timed(f"between, 90 days: first page of {kind}", 50, [each.first for each in lists])
            yield timed(f"between, 90 days: page 40 of {kind}, from page 39", 50, [each.fortieth for each in lists])
            yield timed(f"between, 90 days: last page of {kind}", 50, [each.last for each in lists])
            yield timed(f"between, 90 days: page 40 of {kind}, out of nowhere", None, [each.nowhere for each in lists])
            if kind in change_lists.RESOURCES:
                firsts = [each.first for each in lists]
                yield first_time(f"between, 90 days: first page of {kind}, the first time", None, firsts)
        for length in (30, 90):
            held = [
                partial(history.compute_cohort_score, self.whole, *pair) for pair in self._pairs(length)[: SAMPLES // 8]
            ]
            yield first_time(f"score on unchanged denominators, {length} days, the first time", None, held)

    def _pairs(self, length: int) -> list[tuple[datetime, datetime]]:
        last = max(1, self.days - length)
        starts = [self.random.randrange(last) for _ in range(SAMPLES)]
        return [(day(start), day(min(start + length, self.days - 1))) for start in starts]

    def _charts(self) -> Iterator[Goal]:
        since, until = day(0), day(self.days)
        units = [Scope.of(self.user, self.organization, unit=unit) for unit in self.units]
        accounts = [self.account(None) for _ in range(SAMPLES)]
        yield timed(
            "chart of the organization, a year", 50, [partial(history.load_score_series, self.whole, since, until)] * 20
        )
        yield timed("chart of a unit", 50, [partial(history.load_score_series, unit, since, until) for unit in units])
        yield timed(
            "chart of an account", 50, [partial(history.load_score_series, one, since, until) for one in accounts]
        )
        practices: list[Callable[[], Any]] = [
            partial(history.load_practice_series, self.whole, name, since, until) for name in fixture.PRACTICE_IDS
        ]
        yield timed("chart of a practice", 50, practices)
        mine = [partial(history.load_practice_series, one, fixture.PRACTICE_IDS[3], since, until) for one in accounts]
        yield timed("chart of a practice in an account", 50, mine)
        checks = [fixture.check_id(kind, 1) for kind in range(0, fixture.KINDS, 5)]
        yield timed(
            "chart of a check",
            50,
            [partial(history.load_check_series, self.whole, one, since, until) for one in checks],
        )
        of_check = [partial(history.load_check_series, one, checks[0], since, until) for one in accounts]
        yield timed("chart of a check in an account", 50, of_check)
        yield timed(
            "bridge of the organization, a year", 50, [partial(history.attribute_score, self.whole, since, until)] * 20
        )
        yield timed(
            "coverage of the organization, a year",
            50,
            [partial(history.load_coverage_series, self.whole, since, until)] * 20,
        )
        groups = {account.pk: [str(account.pk)] for account in self.accounts}
        fixes = [partial(history.load_fix_durations, self.whole, *pair, groups) for pair in self._pairs(30)]
        yield timed("how long fixing took in 30 days, by account", 200, fixes)
        yield first_time("how long fixing took in 30 days, by account, the first time", 200, fixes[: SAMPLES // 4])
        whole = [partial(history.load_fix_durations, self.whole, since, until, groups)] * 3
        yield first_time("how long fixing took in the whole time, by account, the first time", None, whole)
        types = fixture.TYPES[::5]
        yield timed(
            "chart of a type", 50, [partial(history.load_type_series, self.whole, one, since, until) for one in types]
        )
        of_kind = [partial(history.load_type_series, one, types[0], since, until) for one in accounts]
        yield timed("chart of a type in an account", 50, of_kind)


def inventory(scope: Scope) -> None:
    """Read as an account's inventory does."""
    rows = history.resources(scope)
    list(rows.order_by("name", "arn")[:PAGE])
    rows.count()
    history.count_types(scope)


def findings(scope: Scope) -> None:
    """Read as a list of findings does.

    Its first page, and how many there are by each of its filters.
    """
    request = _request("/findings/", scope)
    filters = FindingFilters(request.GET, queryset=history.findings(request.scope), request=request)
    data = CellData(filters, filters.queryset, finding_keys(request.scope))
    _first_page(FindingTable(data), filters, request)


def of_type(scope: Scope, kind: str) -> None:
    """Read as the page of a type does.

    Its first names, and how many there are by each of its filters.
    """
    request = _request("/inventory/table/", scope, type=kind)
    rows = history.resources(request.scope).filter(type=kind)
    filters = ResourceFilters(request.GET, queryset=rows, request=request)
    data = CellData(filters, rows, resource_keys(request.scope, kind))
    _first_page(ResourceTable(data, kind), filters, request)


def _request(path: str, scope: Scope, **query: str) -> Any:
    """Return a request for a page, whose scope has read nothing yet."""
    request: Any = RequestFactory().get(path, query)
    request.scope = replace(scope)
    return request


def _first_page(table: Table, filters: CellFilterSet, request: Any) -> None:
    list(configure(table, request).paginated_rows)
    filters.facets()


def counts(scope: Scope, since: datetime, until: datetime) -> None:
    """Read as the drift page does."""
    changes = history.changes_between(scope, since, until)
    changes.counts  # noqa: B018 - read when asked for
    changes.finding_groups("severity")


class List:
    """The changes of one kind in a period, page by page, as their page reads them."""

    def __init__(self, scope: Scope, since: datetime, until: datetime, kind: str) -> None:
        self.kind, self.period = kind, (since, until)
        self.scope, self.changes = scope, history.changes_between(scope, since, until)
        self.rows, self.number = getattr(self.changes, kind), int(getattr(self.changes.counts, kind))
        self.fields = [name.removeprefix("-") for name in NEWEST_FIRST[kind]]
        self.before = Noted()
        self._page(self.before, 38)

    def first(self) -> None:
        """Read the first page."""
        self._page(Noted(), 0)

    def fortieth(self) -> None:
        """Read page 40, page 39 having been shown."""
        self._page(Noted(self.before.known), 39)

    def nowhere(self) -> None:
        """Read page 40, none having been shown."""
        self._page(Noted(), 39)

    def last(self) -> None:
        """Read the last page, none having been shown."""
        self._page(Noted(), max(0, self.number - 1) // PAGE)

    def _page(self, places: Noted, number: int) -> None:
        part = slice(number * PAGE, (number + 1) * PAGE)
        if self.kind in change_lists.RESOURCES:
            change_lists.LoggedRows(self.rows, self.number, self._change_counts, self._kept)[part]
        else:
            KeysetRows(self.rows, self.fields, self.number, places, self._landmarks)[part]

    def _landmarks(self) -> Any:
        return self._kept("landmarks", lambda: change_lists.landmarks_of(self._change_counts()))

    def _change_counts(self) -> ChangeRows:
        return self.changes.load_rows(self.kind) or NO_CHANGES

    def _kept(self, name: str, find: Callable[[], Any]) -> Any:
        return history.get_or_compute(self.scope, name, find, self.kind, *self.period)


class Noted:
    """Locations remembered outside the cache, so that repeated measurements agree."""

    def __init__(self, known: dict[int, Key] | None = None) -> None:
        self.known: dict[int, Key] = known or {}

    def load(self) -> dict[int, Key]:
        """Return what is remembered."""
        return self.known

    def save(self, known: dict[int, Key]) -> None:
        """Remember it instead."""
        self.known = known
