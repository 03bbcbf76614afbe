"""The pages of drift: a period, one group, one kind of change, one resource."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

from django.http import Http404, HttpRequest

from posture.core.attribution import Cause
from posture.history import query
from posture.history.query import NEWEST_FIRST, NO_CHANGES, ChangeRows, Changes, get_last_change, get_last_sweep
from posture.pages.drift import (
    causes,
    change_lists,
    differences,
    filters,
    group_keys,
    group_names,
    groups,
    queries,
    score_reasons,
    tables,
)
from posture.pages.drift.period import Period, period_of
from posture.web import parameters
from posture.web.filters import FilterSet
from posture.web.lists import TablePage
from posture.web.pages import ScopedPage
from posture.web.scoping import cache_for_page, date_parameters
from posture.web.tables import Table


class PeriodPage(ScopedPage):
    """A page about the period that the URL names."""

    period: Period

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Read the period."""
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated:
            self.period = period_of(request, self.scope)

    @property
    def by(self) -> str:
        """What changes are grouped by."""
        return parameters.choice(self.request, "group", group_keys.BY, group_keys.DEFAULT)


class DriftPage(PeriodPage):
    """What changed in the period."""

    template_name = "drift/drift.html"

    def context(self) -> dict[str, Any]:
        return {"period": self.period, "by": self.by, "ways": group_keys.BY.items(), "drift": self._drift()}

    def _drift(self) -> queries.Drift | None:
        scope, period, by = self.scope, self.period, self.by
        last = get_last_sweep(scope, period.until)
        if not scope.accounts or period.first is None or last is None or period.first >= last:
            return None
        # The headline names the days, and the charts begin before the period.
        more = period.words, query.date_key(scope, period.chart_start), *date_parameters(self.request)
        return cache_for_page(self.request, "drift", lambda: queries.drift(self.request, scope, period, by), *more)


class GroupPage(PeriodPage):
    """What changed in one group, as a part of the page or its own page."""

    template_name, part_template_name = "drift/group.html", "drift/group_part.html"

    def context(self) -> dict[str, Any]:
        period, by, key = self.period, self.by, parameters.text(self.request, "key")
        changes = query.changes_between(self.scope, period.since, period.until)
        lists, name = queries.listed(changes, by, key), group_names.name_of(changes, by, key)
        return {
            "period": period,
            "lists": [(one, queries.list_url(self.request, period, one.kind, by, key)) for one in lists],
            "name": name,
            "phrase": group_names.phrase_of(by, key, name),
        }


class DifferencePage(PeriodPage):
    """How one resource changed in the period, path by path."""

    template_name, part_template_name = "drift/difference.html", "drift/difference_part.html"

    def context(self) -> dict[str, Any]:
        resource_id, first = self.kwargs["resource_id"], parameters.number(self.request, "change", 1, least=1)
        found = differences.compare(self.scope, self.period, resource_id, first)
        if found.resource is None:
            # It was at neither end, or is not the user's to see: its own page distinguishes the two.
            query.get_resource(self.scope, resource_id)
        return {
            "period": self.period,
            "comparison": found,
            "resource_id": resource_id,
            "episodes": differences.episodes(self.scope, self.period, resource_id),
        }


class CausePage(PeriodPage):
    """What made one cause of a score change: accounts and changes."""

    template_name = "drift/cause.html"

    def context(self) -> dict[str, Any]:
        cause = self.kwargs["cause"]
        if cause not in set(Cause):
            raise Http404("There is no such cause.")
        return {"period": self.period, "made": causes.made(self.request, self.scope, self.period, Cause(cause))}


class ReasonsPage(PeriodPage):
    """What moved the score, as a part of the page or its own page."""

    template_name, part_template_name = "drift/reasons_page.html", "drift/reasons.html"

    def context(self) -> dict[str, Any]:
        request, scope, period = self.request, self.scope, self.period
        found = cache_for_page(
            request, "why", lambda: score_reasons.reasons(request, scope, period), *date_parameters(request)
        )
        return {"reasons": found, "period": period}


class CohortPage(PeriodPage):
    """The score of a constant set of accounts and resources."""

    template_name, part_template_name = "drift/held_page.html", "drift/held.html"

    def context(self) -> dict[str, Any]:
        held = query.compute_cohort_score(self.scope, self.period.since, self.period.until)
        return {"held": held, "period": self.period}


KINDS: Mapping[str, tuple[type[Table], type[FilterSet]]] = {
    "opened": (tables.ChangedFindingTable, filters.OpenedFilters),
    "reopened": (tables.ChangedFindingTable, filters.OpenedFilters),
    "resolved": (tables.ChangedFindingTable, filters.ResolvedFilters),
    "added": (tables.ChangedResourceTable, filters.ChangedResourceFilters),
    "removed": (tables.RemovedTable, filters.ChangedResourceFilters),
    "changed": (tables.ChangedTable, filters.ChangedResourceFilters),
    "sight": (tables.ChangedTable, filters.ChangedResourceFilters),
    "gaps_opened": (tables.ChangedGapTable, filters.ChangedGapFilters),
    "gaps_closed": (tables.ChangedGapTable, filters.ChangedGapFilters),
}
"""How each kind of change is listed and narrowed."""


class ChangeList(TablePage):
    """All changes of one kind, with filters and as CSV."""

    noun = "change"
    template_name = "drift/list.html"
    kind = ""
    period: Period

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Choose the table by the kind of change that the URL names."""
        super().setup(request, *args, **kwargs)
        self.kind = kwargs["kind"]
        if self.kind not in KINDS:
            raise Http404("There is no such kind of change.")
        self.table, self.filters = KINDS[self.kind]  # type: ignore[misc]  # of this request
        if request.user.is_authenticated:
            self.period = period_of(request, self.scope)
            self.newest = [name.removeprefix("-") for name in NEWEST_FIRST[self.kind]]
            self.identity = [get_last_change(self.scope, at) for at in (self.period.since, self.period.until)]
            words = self.period.words
            self.heading = f"{queries.HEADINGS[self.kind]}, {words[0].lower()}{words[1:]}"  # type: ignore[misc]  # the same

    def rows(self) -> Any:
        """Return the changes, newest first, of one group where the URL names one."""
        every = getattr(self.changes, self.kind)
        rows = groups.narrowed(self.changes, self.kind, self.by, self.key) if self.by else every
        # That there are none is known from counting; looking for them may take long.
        return rows.order_by(*NEWEST_FIRST[self.kind]) if self.number else rows.none()

    def _count(self, rows: Any) -> int:
        """Count as the period is counted, where no filter narrows it."""
        return cache_for_page(self.request, "count", lambda: self._counted(rows)) if self.is_narrowed else self.number

    def _counted(self, rows: Any) -> int:
        logged = self._logged
        return int(rows.order_by().count()) if logged is None else len(logged)

    def _placed(self, rows: Any, count: int) -> Any:
        """Return resources in the order of the event log, or as other lists do."""
        if (
            self.kind in change_lists.RESOURCES
            and not parameters.has(self.request, "sort")
            and count
            and self._is_logged
        ):
            return change_lists.LoggedRows(
                rows, count, lambda: self._logged or NO_CHANGES, partial(cache_for_page, self.request)
            )
        return super()._placed(rows, count)

    @property
    def _is_logged(self) -> bool:
        """Return True where the event log has the changes; cached."""
        return cache_for_page(self.request, "is_logged", lambda: self._logged is not None)

    @cached_property
    def _logged(self) -> ChangeRows | None:
        """The matching changes, where the event log has them."""
        narrowing = self.applied_filters
        return narrowing.narrowed() if isinstance(narrowing, filters.ChangeFilters) and narrowing.are_logged else None

    def landmarks(self) -> Mapping[int, tuple[Any, ...]]:
        """Return the positions at which another time begins."""
        return change_lists.landmarks_of(self._logged or NO_CHANGES)

    @property
    def by(self) -> str:
        """Return how the group that the URL names is made; empty where it names none."""
        return parameters.choice(self.request, "group", group_keys.BY) if parameters.has(self.request, "key") else ""

    @property
    def key(self) -> str:
        """Return the key of the group that the URL names."""
        return parameters.text(self.request, "key")

    @property
    def is_narrowed(self) -> bool:
        """Return True where any filter is on."""
        filters = self.applied_filters.filters if self.applied_filters else ()
        return any(parameters.is_on(self.request, name) for name in filters)

    @cached_property
    def changes(self) -> Changes:
        """All changes of the period."""
        return query.changes_between(self.scope, self.period.since, self.period.until)

    @cached_property
    def number(self) -> int:
        """How many changes of this kind there are before they are filtered."""
        if self.by:
            return groups.counts_of(self.changes, self.by, self.key)[self.kind]
        return self.changes.number(self.kind)

    def make_table(self, rows: Any) -> Table:
        """Set the period and the empty text of the table."""
        if isinstance(self.applied_filters, filters.ChangeFilters):
            logged = change_lists.LoggedChanges(self.changes, self.kind, self.by, self.key) if self.number else None
            self.applied_filters.logged = logged
        made = self.table(rows)
        if self.is_narrowed and self.number:
            made.empty_text = "No change of this period matches these filters."
        if isinstance(made, tables.ChangedResourceTable):
            made.period = self.period
        return made

    @property
    def hidden_parameters(self) -> list[tuple[str, str]]:
        """Keep the period and the group."""
        kept = ("since", "until", "group", "key")
        return parameters.hidden_fields(self.request, kept)

    def context(self) -> dict[str, Any]:
        """Return the period and the group's name."""
        group = group_names.phrase_of(self.by, self.key, group_names.name_of(self.changes, self.by, self.key))
        return {"period": self.period, "group": group}


class FixingList(TablePage):
    """Time to fix by account, owner or severity in the period of the URL."""

    heading = "Time to fix"
    noun = "group"
    table = tables.FixingTable
    template_name = "drift/fixing.html"
    period: Period
    ways = {key: group_keys.BY[key] for key in ("account", "owner", "severity")}

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Read the period."""
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated:
            self.period = period_of(request, self.scope)

    @property
    def by(self) -> str:
        """What the rows are."""
        return parameters.choice(self.request, "group", self.ways, group_keys.DEFAULT)

    def rows(self) -> Any:
        """Return a row for each group."""
        return query.load_fix_durations(
            self.scope, self.period.since, self.period.until, group_keys.of_accounts(self.scope, self.by)
        )

    def make_table(self, rows: Any) -> Table:
        """Set the names of the groups."""
        made = tables.FixingTable(rows)
        made.by, made.names = self.by, group_names.names(self.scope, self.by)
        made.columns["key"].column.verbose_name = self.ways[self.by]
        return made

    @property
    def hidden_parameters(self) -> list[tuple[str, str]]:
        """Keep the period and the group."""
        return parameters.hidden_fields(self.request, ("since", "until", "group"))

    def context(self) -> dict[str, Any]:
        """Return the period and the ways to group."""
        found = query.count_fixed_since_found(self.scope, self.period.since, self.period.until)
        return {"period": self.period, "by": self.by, "ways": self.ways.items(), "found": found}
