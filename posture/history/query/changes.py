"""What changed between two dates.

Resources are compared at both ends: what changed and came back is "back to the same", what came and
went is "passing". Findings and gaps are events: one that opened and was resolved in between counts on
both sides, as the daily figures count it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Value, Window
from django.db.models.functions import Coalesce, RowNumber

from accounts.models import AccountEvent
from posture.history.columnar.api import NOT_DONE, ChangeRows
from posture.history.ingest.finding_changes import FOUND
from posture.history.models import (
    CheckVersion,
    ClosedVersion,
    FindingRecord,
    GapRecord,
    ResourceRecord,
    StoredVersion,
)
from posture.history.models.periods import since as since_when
from posture.history.query.change_counts import (
    ChangeSubject,
    ChangeTotals,
    count_actions,
    count_changes,
    load_change_rows,
)
from posture.history.query.resources import narrow_versions_to_instant
from posture.history.scope import Scope

RESOURCE_KINDS = ("added", "removed", "changed", "sight", "same", "passing")
FINDING_KINDS = ("opened", "reopened", "resolved")
EXAMPLES = 3
"""Findings of one check that are named."""
NEWEST_FIRST = {
    **dict.fromkeys(("added", "changed", "sight"), ("-valid_from", "-id")),
    "removed": ("-valid_to", "-id"),
    **dict.fromkeys(("opened", "reopened"), ("-opened_at", "-id")),
    "resolved": ("-closed_at", "-id"),
    "gaps_opened": ("-opened_at", "-id"),
    "gaps_closed": ("-closed_at", "-id"),
}
"""By which fields each kind of change is listed: an index begins there, however long the period is."""


def _of_kind(rows: QuerySet[Any], kind: str, most: int | None) -> QuerySet[Any]:
    marked: QuerySet[Any] = rows.annotate(kind=Value(kind))
    return marked.order_by() if most is None else marked.order_by(*NEWEST_FIRST[kind])[:most]


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """Numbers of changes.

    Those in `sight` are resources of which fields were lost or regained and nothing else.
    """

    added: int
    removed: int
    changed: int
    sight: int
    same: int
    passing: int
    opened: int
    reopened: int
    resolved: int
    gaps_opened: int
    gaps_closed: int
    account_events: int
    rule_changes: int


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A check that is new (`before` None) or judges by a new version since `at`."""

    check_id: str
    at: datetime
    before: int | None
    after: int


class Changes:
    """Changes after `since` and up to `until` within a scope, read when accessed."""

    def __init__(self, scope: Scope, since: datetime, until: datetime) -> None:
        if since > until:
            raise ValueError(f"{since} is after {until}: the earlier date comes first.")
        self.scope, self.since, self.until = scope, since, until
        self._read: dict[ChangeSubject, ChangeTotals] = {}

    @cached_property
    def counts(self) -> ChangeCounts:
        """All counts."""
        resources, findings = self._totals("resources").total, self._totals("findings").total
        return ChangeCounts(
            **{kind: resources[kind] for kind in RESOURCE_KINDS},
            **{kind: findings[kind] for kind in FINDING_KINDS},
            gaps_opened=self.gaps_opened.count(),
            gaps_closed=self.gaps_closed.count(),
            account_events=self.account_events.count(),
            rule_changes=len(self.rule_changes),
        )

    def number(self, kind: str) -> int:
        """Return how many changes of one kind there are; nothing else is counted for it."""
        if kind in RESOURCE_KINDS:
            return self._totals("resources").total[kind]
        if kind in FINDING_KINDS:
            return self._totals("findings").total[kind]
        records: QuerySet[GapRecord] = getattr(self, kind)
        return records.count()

    @property
    def regions(self) -> Mapping[str, Mapping[str, int]]:
        """How many resources changed in each region, by kind; empty kinds are left out."""
        return self._totals("resources").by_region

    def load_rows(self, kind: str) -> ChangeRows | None:
        """Return the changes of one kind, one by one; None where the log lacks them."""
        return load_change_rows(self.scope, kind, self.since, self.until)

    def resource_groups(self, by: Literal["account_id", "type"]) -> dict[Any, dict[str, int]]:
        """Count changed resources per account or type, by kind; empty kinds are left out."""
        found = self._totals("resources")
        return {key: dict(kinds) for key, kinds in (found.by_account if by == "account_id" else found.by_other).items()}

    @property
    def added(self) -> QuerySet[ResourceRecord]:
        """Resources that exist at the end and not at the start, as of the end."""
        return self._come.filter(~Exists(self._before))

    @property
    def removed(self) -> QuerySet[ResourceRecord]:
        """Resources that exist at the start and not at the end, as of the start."""
        # What is current does not end, and an index leads from one date to the other.
        ended = self._mine.filter(valid_from__lte=self.since, valid_to__gt=self.since, valid_to__lte=self.until)
        mine = {"resource_id": OuterRef("resource_id"), "valid_from__lte": self.until}
        ended_later = ClosedVersion.objects.filter(**mine, valid_to__gt=self.until)
        return _with_visibility(ended, self.since).filter(
            ~Exists(StoredVersion.objects.filter(**mine)), ~Exists(ended_later)
        )

    @property
    def changed(self) -> QuerySet[ResourceRecord]:
        """Resources that differ at both ends, as of the end.

        `before_id` is the version at the start.
        """
        return self._with_before.filter(Exists(self._before.exclude(last_known=OuterRef("known_hash"))))

    @property
    def sight(self) -> QuerySet[ResourceRecord]:
        """Resources that differ at both ends only in what could be read of them."""
        differ = self._before.filter(last_known=OuterRef("known_hash")).exclude(hash=OuterRef("hash"))
        return self._with_before.filter(Exists(differ))

    @property
    def opened(self) -> QuerySet[FindingRecord]:
        """Findings that began to fail for the first time; resolved meanwhile or not.

        What the first snapshot of all found did not begin then, and is not among them.
        """
        begun = self._failing.filter(opened_at__gt=self.since, opened_at__lte=self.until, reopened=0)
        return begun.exclude(open_reason=FOUND)

    @property
    def reopened(self) -> QuerySet[FindingRecord]:
        """Findings that began to fail once more."""
        return self._failing.filter(opened_at__gt=self.since, opened_at__lte=self.until, reopened__gt=0)

    @property
    def resolved(self) -> QuerySet[FindingRecord]:
        """Findings that stopped failing, each with its `close_reason`."""
        return self._failing.filter(closed_at__gt=self.since, closed_at__lte=self.until)

    def examples(self, check_ids: Collection[str], *, is_mended: bool) -> dict[tuple[str, int], list[FindingRecord]]:
        """Return the newest findings of one side of `done`, a few per check and severity."""
        if is_mended:
            rows, when = self.resolved.filter(close_reason="changed"), "closed_at"
        else:
            begun = self._failing.filter(opened_at__gt=self.since, opened_at__lte=self.until)
            rows, when = begun.exclude(open_reason__in=NOT_DONE).exclude(reopened=0, open_reason=FOUND), "opened_at"
        place = Window(RowNumber(), partition_by=["check_id", "severity"], order_by=[F(when).desc(), F("id").desc()])
        mine: Any = rows.filter(check_id__in=check_ids).order_by()
        found: dict[tuple[str, int], list[FindingRecord]] = {}
        for row in mine.annotate(place=place).filter(place__lte=EXAMPLES).order_by(f"-{when}", "-id"):
            found.setdefault((row.check_id, row.severity), []).append(row)
        return found

    @property
    def gaps_opened(self) -> QuerySet[GapRecord]:
        """Gaps that appeared."""
        return self._gaps.filter(opened_at__gt=self.since, opened_at__lte=self.until)

    @property
    def gaps_closed(self) -> QuerySet[GapRecord]:
        """Gaps that disappeared."""
        return self._gaps.filter(closed_at__gt=self.since, closed_at__lte=self.until)

    def listed(self, kinds: Sequence[str], most: int | None = None) -> dict[str, list[Any]]:
        """Return the newest changes of some kinds of one model, `most` of each.

        One statement reads all kinds.
        """
        each = [_of_kind(getattr(self, kind), kind, most) for kind in kinds]
        found: dict[str, list[Any]] = {kind: [] for kind in kinds}
        for row in each[0].union(*each[1:], all=True):
            found[row.kind].append(row)
        for kind, rows in found.items():
            when, number = (name.removeprefix("-") for name in NEWEST_FIRST[kind])
            rows.sort(key=attrgetter(when, number), reverse=True)
        return found

    @property
    def account_events(self) -> QuerySet[AccountEvent]:
        """What happened to accounts as a whole."""
        mine = AccountEvent.objects.filter(account_id__among=self.scope.among).select_related("account")
        return mine.filter(at__gt=self.since, at__lte=self.until)

    @cached_property
    def rule_changes(self) -> list[RuleChange]:
        """Checks that are new or have a new version, but for an organization's first ones."""
        return list_rule_changes(self.scope, self.since, self.until)

    def finding_groups(
        self, by: Literal["check_id", "account_id", "severity", "resource_type"]
    ) -> dict[Any, dict[str, int]]:
        """Count opened, reopened and resolved findings by one of their fields."""
        if by == "resource_type":
            found = self._totals("finding_types").by_other
        elif by == "account_id":
            found = self._totals("findings").by_account
        else:
            found = {}
            for (check_id, severity), kinds in self._totals("findings").by_other.items():
                found.setdefault(check_id if by == "check_id" else int(severity), Counter()).update(kinds)
        return {key: {kind: kinds.get(kind, 0) for kind in FINDING_KINDS} for key, kinds in found.items()}

    def done(self) -> dict[tuple[str, int, bool], tuple[int, int]]:
        """Count broken and fixed findings by check, severity and whether it was fixed.

        Of each the number of findings and that of accounts; what a changed rule causes is nobody's doing.
        """
        return count_actions(self.scope.account_pks, self.since, self.until)

    def _totals(self, subject: ChangeSubject) -> ChangeTotals:
        if subject not in self._read:
            self._read[subject] = count_changes(self.scope, subject, self.since, self.until)
        return self._read[subject]

    @property
    def _mine(self) -> QuerySet[ResourceRecord]:
        return ResourceRecord.objects.filter(account_id__among=self.scope.among).select_related("account")

    @property
    def _come(self) -> QuerySet[ResourceRecord]:
        return _with_visibility(narrow_versions_to_instant(self._mine, self.until), self.until).filter(
            valid_from__gt=self.since
        )

    @property
    def _before(self) -> Any:
        """The versions at the start of resources with another version at the end.

        They ended in between.
        """
        ended: Any = ClosedVersion.objects.filter(
            resource_id=OuterRef("resource_id"),
            valid_from__lte=self.since,
            valid_to__gt=self.since,
            valid_to__lte=self.until,
        )
        if not self.scope.is_whole_organization:
            # Or what ended in all of the organization would be gone through for a unit's.
            ended = ended.filter(account__among=self.scope.among)
        return ended.annotate(last_known=Coalesce("known_hash", "hash"))

    @property
    def _with_before(self) -> QuerySet[ResourceRecord]:
        plain: Any = self._come
        compared: QuerySet[ResourceRecord] = plain.annotate(before_id=Subquery(self._before.values("version_id")[:1]))
        return compared

    @property
    def _failing(self) -> QuerySet[FindingRecord]:
        mine = FindingRecord.objects.filter(account_id__among=self.scope.among, status="fail")
        plain: Any = mine.select_related("account")
        sighted: QuerySet[FindingRecord] = plain.annotate(
            stale_since=since_when("open_stale_since", "stale_periods", self.until)
        )
        return sighted

    @property
    def _gaps(self) -> QuerySet[GapRecord]:
        return GapRecord.objects.filter(account_id__among=self.scope.among, blinds=True).select_related("account")


def load_previous_versions(records: Sequence[ResourceRecord]) -> dict[int, ResourceRecord]:
    """Return the versions of changed resources at the period's start, by version id."""
    wanted = {record.before_id: record.resource_id for record in records}
    found = ResourceRecord.objects.filter(resource_id__in=set(wanted.values()), id__in=wanted)
    return {record.id: record for record in found.select_related("account")}


def load_removal_reasons(records: Sequence[ResourceRecord], until: datetime) -> dict[int, tuple[datetime, str]]:
    """Return when and why resources were last removed up to `until`, by resource."""
    if not records:
        return {}
    ended = ClosedVersion.objects.filter(
        resource_id__in=[record.resource_id for record in records],
        valid_to__gte=min(record.valid_to for record in records if record.valid_to),
        valid_to__lte=until,
    ).exclude(close_reason=ClosedVersion.Reason.CHANGED)
    return {number: (at, why) for number, at, why in ended.order_by("valid_to").values_list(
        "resource_id", "valid_to", "close_reason")}  # fmt: skip


def changes_between(scope: Scope, since: datetime, until: datetime) -> Changes:
    """Return the changes after `since` and up to `until`.

    Raises ValueError where the dates are swapped.
    """
    return Changes(scope, since, until)


def list_rule_changes(scope: Scope, since: datetime, until: datetime) -> list[RuleChange]:
    """Return the checks that are new or changed, oldest first."""
    versions = CheckVersion.objects.filter(organization_id__in=scope.seen_organizations)
    # Computed from the same rows: another statement could see fewer, while a sweep records the first.
    first: dict[int, datetime] = {}
    latest: dict[tuple[int, str], int] = {}
    found: dict[tuple[str, int], RuleChange] = {}
    ordered = versions.order_by("first_seen", "check_id", "version")
    for organization, check, version, at in ordered.values_list("organization_id", "check_id", "version", "first_seen"):
        before, latest[organization, check] = latest.get((organization, check)), version
        begun = first.setdefault(organization, at)
        if at > begun and since < at <= until:
            found.setdefault((check, version), RuleChange(check, at, before, version))
    return list(found.values())


def _with_visibility(records: QuerySet[ResourceRecord], at: datetime) -> QuerySet[ResourceRecord]:
    plain: Any = records
    sighted: QuerySet[ResourceRecord] = plain.annotate(
        unseen_since=since_when("open_unseen_since", "unseen_periods", at)
    )
    return sighted
