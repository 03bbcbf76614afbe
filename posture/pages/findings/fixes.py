"""Findings grouped by fix: a row for each check, a band for each severity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.http import HttpRequest
from numpy.typing import NDArray

from accounts.access import owners_of
from accounts.models import User
from posture.checks import all_checks, counted_title
from posture.core.outcome import TIME_LIMITS, Severity
from posture.history import query
from posture.history.query import Codes, EncodedRows, Mask, from_micros
from posture.history.scope import Scope
from posture.pages.findings.names import counted, first_step
from posture.web import ages, parameters
from posture.web.scoping import here_with, scope_of, url_in_scope
from posture.web.templatetags.words import day, figure, plural, span, tenths

MEMBERS = 5
"""Findings that a row shows in group_of_row."""
NAMED_MAX = 3
"""Accounts that a row names; of more it says how many."""
UNSWEPT = "unswept"
"""The band of accounts that no sweep asks any more."""
POINTS_MIN = 0.05


@dataclass(frozen=True, slots=True)
class CheckFix:
    """One row: the problem, how far it reaches, and where its findings are."""

    id: str
    severity: Severity
    title: str
    url: str
    """Its findings one by one."""
    members_url: str
    reach: str
    fix: str
    findings: int
    unknown: int
    stale: int
    fresh: int
    accounts: int
    open_for: str
    since: datetime
    due: str
    is_late: bool
    owner: str
    points: str
    is_part: bool
    """True where the filters leave out some of what the points are for."""


@dataclass(frozen=True, slots=True)
class FixBand:
    """The rows of one severity, or of the accounts that are not swept."""

    key: str
    severity: Severity | None
    findings: int
    fixes: int
    rows: Sequence[CheckFix]
    is_open: bool = True


def group(rows: EncodedRows, scope: Scope) -> list[dict[str, Any]]:
    """Return findings by check, severity and type.

    Those in accounts that are not swept have groups of their own.
    """
    if not len(rows):
        return []
    keys, of_cell = np.unique(
        np.stack([rows.codes[name] for name in ("check", "severity", "type")]), axis=1, return_inverse=True
    )
    unswept = rows.of_accounts([one.pk for one in scope.accounts if not one.is_swept])
    group_of_row = of_cell.reshape(-1)[rows.cell].astype(np.uint16) * 2 + unswept
    counter = _Counter(rows, group_of_row, keys.shape[1] * 2)
    by_status = {word: counter.count(rows.having("sight", {word})[rows.cell]) for word in rows.words["sight"]}
    late, fresh = counter.count(ages.late(rows, scope.now)), counter.count(rows.after(scope.compare_to))
    found = []
    for each, first, account_pks, assignee in counter.groups():
        check_id, severity, resource_type = (
            rows.words[name][keys[n, each // 2]] for n, name in enumerate(("check", "severity", "type"))
        )
        found.append(
            {
                "check_id": check_id,
                "severity": int(severity),
                "resource_type": resource_type,
                **_numbers({word: int(counts[each]) for word, counts in by_status.items()}),
                "accounts": len(account_pks),
                "account_pks": account_pks,
                "oldest": from_micros(first),
                "fresh": int(fresh[each]),
                "late": int(late[each]),
                "assignee": assignee,
                "is_swept": not each % 2,
            }
        )
    return found


def _numbers(by_status: Mapping[str, int]) -> dict[str, int]:
    """Return a group's numbers; a check has one finding on each resource."""
    every, unknown = sum(by_status.values()), by_status.get("unknown", 0)
    return {"failed": every - unknown, "unknown": unknown, "stale": by_status.get("stale", 0), "resources": every}


class _Counter:
    """A counter of rows by group; `group_of_row` is the group of each row."""

    def __init__(self, rows: EncodedRows, group_of_row: NDArray[np.uint16], size: int) -> None:
        self.rows, self.group_of_row, self.size = rows, group_of_row, size

    def count(self, which: Mask) -> NDArray[np.int64]:
        """Return how many of some rows each group has."""
        return np.bincount(self.group_of_row[which], minlength=self.size)

    def groups(self) -> Iterable[tuple[int, int, NDArray[np.int64], str]]:
        """Yield each group's number, oldest time, accounts and sole assignee."""
        order = np.argsort(self.group_of_row, kind="stable")  # radix, for so few bits
        numbers = np.bincount(self.group_of_row, minlength=self.size)
        there = np.flatnonzero(numbers)
        starts = (np.cumsum(numbers) - numbers)[there]
        first = np.minimum.reduceat(self.rows.at[order], starts)
        assignee: Codes = self.rows.codes["assignee"][self.rows.cell][order]
        low, high = np.minimum.reduceat(assignee, starts), np.maximum.reduceat(assignee, starts)
        known, account = np.unique(self.rows.account, return_inverse=True)
        met = np.zeros((self.size, len(known)), np.bool_)
        met[self.group_of_row, account.reshape(-1)] = True
        words = self.rows.words["assignee"]
        for n, each in enumerate(there.tolist()):
            yield each, int(first[n]), known[met[each]], words[low[n]] if low[n] == high[n] else ""


def with_points(found: list[dict[str, Any]], scope: Scope) -> list[dict[str, Any]]:
    """Add to each group what fixing its check gains, and whether it is partial."""
    gains = {(one.check_id, int(one.severity)): one for one in query.rank_fixes(scope, query.RANKED_FIXES_MAX)}
    failing: dict[tuple[str, int], int] = {}
    for one in found:
        key = one["check_id"], one["severity"]
        failing[key] = failing.get(key, 0) + one["failed"]
    for one in found:
        key = one["check_id"], one["severity"]
        fix = gains.get(key) if one["failed"] and one["is_swept"] else None
        one["points"] = fix.gain if fix else 0.0
        one["is_part"] = fix is not None and failing[key] < fix.resources
    return found


def bands(
    request: HttpRequest, shown: Sequence[Mapping[str, Any]], every: Sequence[Mapping[str, Any]]
) -> list[FixBand]:
    """Return the rows of a page in bands; `every` row counts, whatever page it is on.

    Ordered by anything but severity they are in one band, which has no head.
    """
    made = _fixes(request, shown)
    sort = parameters.text(request, "sort")
    if sort and not sort.lstrip("-").startswith("severity"):
        return [FixBand("", None, sum(one["resources"] for one in every), len(every), made)]
    found: dict[str, list[CheckFix]] = {}
    for record, fix in zip(shown, made, strict=True):
        found.setdefault(_key(record), []).append(fix)
    return [
        FixBand(
            key,
            None if key == UNSWEPT else Severity(int(key)),
            sum(one["resources"] for one in every if _key(one) == key),
            sum(_key(one) == key for one in every),
            rows,
            is_open=not group_of_row or len(shown) <= FOLD_FROM,
        )
        for group_of_row, (key, rows) in enumerate(sorted(found.items(), key=lambda each: each[0] == UNSWEPT))
    ]


FOLD_FROM = 15
"""Rows on a page from which on only the first band is open."""


def _key(record: Mapping[str, Any]) -> str:
    return str(record["severity"]) if record["is_swept"] else UNSWEPT


def _fixes(request: HttpRequest, shown: Sequence[Mapping[str, Any]]) -> list[CheckFix]:
    scope = scope_of(request)
    pks = {pk for record in shown for pk in record["account_pks"].tolist()}
    owners = owners_of(scope.by_pk[pk] for pk in pks) if shown else {}
    people = _people({record["assignee"] for record in shown if record["assignee"]})
    return [_fix(request, scope, record, owners, people) for record in shown]


def _people(pks: set[str]) -> dict[str, str]:
    if not pks:
        return {}
    found = User.objects.filter(pk__in=[int(pk) for pk in pks])
    return {str(one.pk): one.get_full_name() or one.username for one in found}


def _fix(
    request: HttpRequest,
    scope: Scope,
    record: Mapping[str, Any],
    owners: Mapping[int, list[str]],
    people: Mapping[str, str],
) -> CheckFix:
    check_id, severity = record["check_id"], Severity(record["severity"])
    check = all_checks().get(check_id)
    sweeping = "" if record["is_swept"] else UNSWEPT
    only = {"check": check_id, "severity": record["severity"], "sweeping": sweeping, "per_page": "", "sort": ""}
    due, is_late = deadline(record["oldest"], severity, scope.now)
    points = record.get("points", 0.0)
    return CheckFix(
        id=f"{check_id}-{record['severity']}{f'-{sweeping}' if sweeping else ''}",
        severity=severity,
        title=counted_title(check_id, failed=record["failed"], unknown=record["unknown"]),
        url=here_with(request, **only, group="", view=parameters.text(request, "view") or "all"),
        members_url=url_in_scope(request, "findings:members", None, **{**_filters(request), **only}),
        reach=_reach(scope, record),
        fix=first_step(check),
        findings=record["resources"],
        unknown=record["unknown"],
        stale=record["stale"],
        fresh=record["fresh"],
        accounts=record["accounts"],
        open_for=span(scope.now - record["oldest"]),
        since=record["oldest"],
        due=due,
        is_late=is_late,
        owner=people.get(record["assignee"], "") or _owner(record, owners),
        points=tenths(points) if points >= POINTS_MIN else "",
        is_part=record.get("is_part", False),
    )


def by_name(request: HttpRequest) -> dict[str, list[str]]:
    """Return the filters of the URL, each with its values."""
    return {
        **_filters(request),
        **{name: parameters.texts(request, name) for name in ("check", "severity", "sweeping")},
    }


def _filters(request: HttpRequest) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in parameters.pairs(request, ("q", "status", "age", "history", *_OTHERS)):
        found.setdefault(name, []).append(value)
    return found


_OTHERS = ("type", "practice", "within", "region", "triage", "assignee", "data")


def deadline(opened_at: datetime, severity: Severity, now: datetime) -> tuple[str, bool]:
    """Return when a finding of a severity is due, or for how long it has been late."""
    due = opened_at + TIME_LIMITS[severity]
    if due > now:
        return f"due {day(due)}", False
    days = (now - due) // timedelta(days=1)
    return (f"{plural(days, 'day')} late" if days else "late since today"), True


def _reach(scope: Scope, record: Mapping[str, Any]) -> str:
    """Return on how many resources, and in which accounts where they are few."""
    resources = counted(record["resources"], record["resource_type"])
    names = sorted(scope.by_pk[pk].name for pk in record["account_pks"].tolist()[:NAMED_MAX])
    if len(scope.accounts) == 1:
        return resources
    if len(record["account_pks"]) <= NAMED_MAX:
        return f"{resources} in {', '.join(names)}"
    return f"{resources} in {figure(record['accounts'])} accounts"


def _owner(record: Mapping[str, Any], owners: Mapping[int, list[str]]) -> str:
    """Return the one owner of all accounts, or the number of owners, or ""."""
    names = {(owners.get(pk) or [""])[0] for pk in record["account_pks"].tolist()}
    if names == {""}:
        return ""
    if len(names) == 1:
        return names.pop()
    named = names - {""}
    return f"{named.pop()}, in part" if len(named) == 1 else plural(len(named), "owner")
