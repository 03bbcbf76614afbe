"""What changed, gathered by account, type, practice, severity or owner.

A finding that serves several practices counts in each of them; a resource belongs to no practice and
has no severity, so these two count findings alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, QuerySet, Value
from django.utils.safestring import SafeString

from posture.checks import all_checks, problem_of, title_of
from posture.core.outcome import Severity
from posture.drawing import balance
from posture.history.query import Changes
from posture.history.query import of_accounts as asked_of
from posture.pages.drift.group_keys import FIELDS, cached_owners, keys_of, practices_of
from posture.pages.drift.group_names import names_of_groups
from posture.web.parameters import integer
from posture.web.templatetags.words import plural

FINDINGS = ("opened", "reopened", "resolved")
RESOURCES = ("added", "removed", "changed")
GAPS = ("gaps_opened", "gaps_closed")
KINDS = (*FINDINGS, *RESOURCES, "sight", *GAPS)
SHOWN = 7
"""Groups that are shown at once; the others unfold."""
DESCRIBED_ACCOUNTS_MAX = 200
"""Accounts up to which changes by owner and by type are looked through for the most severe one."""
GROUPS_MAX = 60
"""Groups that are shown, those that changed most; a narrower scope shows the rest."""


@dataclass
class ChangeGroup:
    """One line: how much of each kind changed in it."""

    key: str
    name: str
    detail: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    severity: int = 0
    """Of the most severe finding that opened; 0 where none did."""
    change: str = ""
    """The most severe change in words."""
    bars: SafeString | None = None
    """Opened and resolved, on the scale of all groups."""

    @property
    def opened(self) -> int:
        """How many findings opened, those that opened again included."""
        return self.counts["opened"] + self.counts["reopened"]

    @property
    def level(self) -> SafeString:
        """The severity as bars."""
        name = Severity(self.severity).label.lower() if self.severity else ""
        return balance.level(self.severity, name, is_unseen=bool(self.counts["gaps_opened"]))

    @property
    def moved(self) -> int:
        """How much changed in all, by which groups are ordered."""
        return sum(self.counts[kind] for kind in KINDS)

    @property
    def resource_cells(self) -> list[tuple[str, int]]:
        """The counts of resources in the order of the headings."""
        return [(kind, self.counts[kind]) for kind in RESOURCES]

    @property
    def visibility(self) -> list[tuple[str, int]]:
        """Listings and fields whose visibility changed."""
        words = (("lost", "gaps_opened"), ("regained", "gaps_closed"), ("in part", "sight"))
        return [(name, self.counts[kind]) for name, kind in words if self.counts[kind]]


@dataclass(frozen=True, slots=True)
class Grouping:
    """Everything that changed, by one property."""

    by: str
    groups: Sequence[ChangeGroup]
    more: int = 0
    """Groups left out."""

    @property
    def first(self) -> Sequence[ChangeGroup]:
        """The groups that are shown at once."""
        return self.groups[:SHOWN]

    @property
    def rest(self) -> Sequence[ChangeGroup]:
        """The groups that unfold."""
        return self.groups[SHOWN:]

    @property
    def rest_words(self) -> str:
        """How many groups unfold, in words."""
        one, many = ("severity", "severities") if self.by == "severity" else (self.by, f"{self.by}s")
        return f"{len(self.rest)} more {one if len(self.rest) == 1 else many}"

    @property
    def scale(self) -> balance.Scale:
        """The scale of the bars of all groups."""
        return balance.Scale(
            max((one.opened for one in self.groups), default=0),
            max((one.counts["resolved"] for one in self.groups), default=0),
        )

    @property
    def head(self) -> SafeString:
        """The words above the bars."""
        return balance.head(self.scale)

    @property
    def has_resources(self) -> bool:
        """Return True where groups hold resources and listings."""
        return self.by not in {"practice", "severity"}


def grouped(changes: Changes, by: str) -> Grouping:
    """Return the groups that changed most, the most severe changes first."""
    key_of, name_of = keys_of(changes, by), names_of_groups(changes, by)
    groups: dict[str, ChangeGroup] = {}
    for value, kind, count in _counts(changes, by):
        for key in key_of(value):
            if key not in groups:
                groups[key] = ChangeGroup(key, *name_of(key))
            groups[key].counts[kind] += count
    shown = [group for group in groups.values() if group.moved]
    ordered = sorted(shown, key=lambda group: (*_order(by, group), -group.moved, group.name))
    most = ordered[:GROUPS_MAX]
    _describe(changes, by, most)
    made = Grouping(by, most)
    for group in most:
        group.bars = balance.draw(group.opened, group.counts["resolved"], made.scale)
    most.sort(key=lambda group: (*_order(by, group), -group.severity, -bool(group.counts["gaps_opened"])))
    return Grouping(by, most, max(0, len(ordered) - GROUPS_MAX))


def _describe(changes: Changes, by: str, groups: Sequence[ChangeGroup]) -> None:
    """Set the description of each group to its most severe change."""
    opened, resolved = _by_check(changes, by, groups)
    for group in groups:
        worst = max(opened[group.key].items(), key=_weight, default=None)
        fixed = max(resolved[group.key].items(), key=_weight, default=None)
        if worst:
            (check, group.severity), number = worst
            group.change = f"{problem_of(check)}{f' on {number:,} resources' if number > 1 else ''}"
        elif group.counts["gaps_opened"]:
            group.change = f"{plural(group.counts['gaps_opened'], 'listing')} can no longer be read"
        elif fixed:
            (check, _), number = fixed
            group.change = f"{title_of(check)}, {number:,} resolved"
        elif group.counts["gaps_closed"]:
            group.change = f"{plural(group.counts['gaps_closed'], 'listing')} can be read again"
        if group.counts["reopened"]:
            group.change += f" · {group.counts['reopened']:,} came back"


def _weight(item: tuple[tuple[str, int], int]) -> tuple[int, int, str]:
    (check, severity), number = item
    return severity, number, check


_ByCheck = defaultdict[str, Counter[tuple[str, int]]]


def _by_check(changes: Changes, by: str, groups: Sequence[ChangeGroup]) -> tuple[_ByCheck, _ByCheck]:
    """Return how many findings opened and closed, by group, check and severity."""
    opened, resolved = _ByCheck(Counter), _ByCheck(Counter)
    key_of = keys_of(changes, by)
    for kind in FINDINGS if groups else ():
        found = resolved if kind == "resolved" else opened
        for value, check, severity, number in _checked(changes, by, kind, {one.key for one in groups}):
            for key in key_of(value):
                found[key][check, severity] += number
    return opened, resolved


def _checked(changes: Changes, by: str, kind: str, keys: AbstractSet[str]) -> Iterator[tuple[Any, str, int, int]]:
    """Yield how many findings changed by the value to group by, check and severity."""
    if by in {"practice", "severity"}:
        for check, kinds in changes.finding_groups("check_id").items():
            known = all_checks().get(check)
            if known and kinds[kind]:
                yield check if by == "practice" else int(known.severity), check, int(known.severity), kinds[kind]
        return
    rows: QuerySet[Any] = getattr(changes, kind)
    if by == "account":
        rows = asked_of(rows, {one.pk for one in changes.scope.accounts if one.account_id in keys})
    elif len(changes.scope.accounts) > DESCRIBED_ACCOUNTS_MAX:
        return
    column = "resource_type" if by == "type" else "account_id"
    yield from rows.order_by().values_list(column, "check_id", "severity").annotate(n=Count("id"))


def counts_of(changes: Changes, by: str, key: str) -> Counter[str]:
    """Return how much changed in one group, by kind."""
    key_of, found = keys_of(changes, by), Counter[str]()
    for value, kind, count in _counts(changes, by):
        if key in key_of(value):
            found[kind] += count
    return found


def _counts(changes: Changes, by: str) -> Iterator[tuple[Any, str, int]]:
    """Yield how much changed: the value to group by, the kind and the count."""
    for value, kinds in changes.finding_groups(FIELDS[by]).items():
        yield from ((value, kind, count) for kind, count in kinds.items())
    if by in {"practice", "severity"}:
        return
    for value, kinds in changes.resource_groups("type" if by == "type" else "account_id").items():
        yield from ((value, kind, count) for kind, count in kinds.items())
    each = [_gap_counts(changes, kind, by) for kind in GAPS]
    yield from each[0].union(*each[1:], all=True)


def _gap_counts(changes: Changes, kind: str, by: str) -> QuerySet[Any, Any]:
    column = "resource_type" if by == "type" else "account_id"
    gaps: QuerySet[Any] = getattr(changes, kind)
    counted = gaps.order_by().values(column).annotate(kind=Value(kind), n=Count("pk"))
    rows: QuerySet[Any, Any] = counted.values_list(column, "kind", "n")
    return rows


def _order(by: str, group: ChangeGroup) -> tuple[int, ...]:
    return (-int(group.key),) if by == "severity" else ()


def narrowed(changes: Changes, kind: str, by: str, key: str) -> QuerySet[Any]:
    """Return the changes of one kind that belong to a group."""
    rows: QuerySet[Any] = getattr(changes, kind)
    if by == "account":
        return _of(rows, kind, {one.pk for one in changes.scope.accounts if one.account_id == key})
    if by == "owner":
        owners = cached_owners(changes.scope)
        mine = {pk for pk, names in owners.items() if (key in names if key else not names)}
        return _of(rows, kind, mine)
    if by == "type":
        return rows.filter(**{"resource_type" if kind in {*FINDINGS, *GAPS} else "type": key})
    if kind not in FINDINGS:
        return rows.none()
    if by == "practice":
        return rows.filter(check_id__in=[one for one in all_checks() if key in practices_of(one)])
    severity = integer(key, most=max(Severity))
    return rows.none() if severity is None else rows.filter(severity=severity)


def _of(rows: QuerySet[Any], kind: str, account_pks: set[int]) -> QuerySet[Any]:
    """Return the changes of one kind in some accounts.

    Of findings these alone are asked for, which is planned in a third of the time. Resources are compared with their
    versions before: of one account alone PostgreSQL would look for these in all months, not for each resource.
    """
    return asked_of(rows, account_pks) if kind in FINDINGS else rows.filter(account_id__in=account_pks)
