"""Parts of a score change: each cause with its largest accounts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from django.db.models import Count, QuerySet, Value
from django.http import HttpRequest

from accounts.models import AwsAccount
from posture.checks import title_of
from posture.core.attribution import Cause, in_steps
from posture.core.gap import ANY
from posture.core.outcome import Severity
from posture.drawing.attribution import AttributionGroup, AttributionPart
from posture.history.query import TENTHS, Changes, Contribution, ScoreAttribution, of_accounts
from posture.pages.drift.causes import LISTS, NAMES, UNKNOWN_CAUSE
from posture.pages.drift.period import Period
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import joined, plural

REST = 0.15
"""The share of a part up to which the accounts that are left are not named."""
NAMED = 2
"""Accounts that joined or left, or types, that a line names."""
UNSEEN = (Cause.VISIBILITY, None)
"""Causes by which nothing got better or worse in the accounts; None is what was recorded before causes were."""

Checks = Mapping[tuple[Cause, int], Counter[tuple[str, int]]]
"""How many findings opened or were resolved, by cause and account, and within these by check and severity."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read once for all parts."""

    found: ScoreAttribution
    changes: Changes
    checks: Checks
    listings: Mapping[int, tuple[Counter[str], Counter[str]]]
    """Listings lost and regained by account and type."""


def groups(request: HttpRequest, period: Period, found: ScoreAttribution, changes: Changes) -> list[AttributionGroup]:
    """Return the causes that moved the score by a tenth or more, with parts.

    The parts of a cause add up to its points.
    """
    shown = [(cause, points) for cause, points in found.steps() if points]
    leading = {one.account.pk: one.account for cause, _ in shown if cause for one in found.part(cause).leaders}
    known = _Known(found, changes, _checks(changes, leading), _listings(changes, leading))
    made = []
    for cause, points in shown:
        name = NAMES[cause] if cause else UNKNOWN_CAUSE
        url = url_in_scope(request, "drift:cause", {"cause": cause.value}, **period.query) if cause else ""
        parts = (
            [*_parts(request, period, known, cause, points)] if cause else [AttributionPart(UNKNOWN_CAUSE, "", points)]
        )
        made.append(AttributionGroup(name, points, parts, url, is_hatched=cause in UNSEEN))
    return made


def _checks(changes: Changes, accounts: Mapping[int, AwsAccount]) -> Checks:
    causes = {(kind, reason): cause for cause, lists in LISTS.items() for kind, reason in lists if reason}
    found: defaultdict[tuple[Cause, int], Counter[tuple[str, int]]] = defaultdict(Counter)
    if not accounts:
        return found
    each = [_counted(changes, kind, set(accounts)) for kind in ("opened", "reopened", "resolved")]
    for kind, account, reason, check, severity, number in each[0].union(*each[1:], all=True):
        cause = causes.get((kind, reason))
        if cause:
            found[cause, account][check, severity] += number
    return found


def _counted(changes: Changes, kind: str, account_pks: AbstractSet[int]) -> QuerySet[Any, Any]:
    """Return numbers of findings by kind, account, reason, check and severity."""
    why = "close_reason" if kind == "resolved" else "open_reason"
    rows = of_accounts(getattr(changes, kind), account_pks).order_by()
    marked = rows.annotate(kind=Value(kind)).values("kind", "account_id", why, "check_id", "severity")
    counted = marked.annotate(n=Count("id"))
    found: QuerySet[Any, Any] = counted.values_list("kind", "account_id", why, "check_id", "severity", "n")
    return found


def _listings(changes: Changes, accounts: Mapping[int, AwsAccount]) -> Mapping[int, tuple[Counter[str], Counter[str]]]:
    found: defaultdict[int, tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
    if not accounts:
        return found
    lost, regained = (
        getattr(changes, kind).filter(account_id__in=list(accounts)).order_by().values("account_id", "resource_type")
        .annotate(place=Value(place), n=Count("pk")).values_list("place", "account_id", "resource_type", "n")
        for place, kind in enumerate(("gaps_opened", "gaps_closed"))
    )  # fmt: skip
    for place, account, resource_type, number in lost.union(regained, all=True):
        found[account][place][resource_type] += number
    return found


def _parts(
    request: HttpRequest, period: Period, known: _Known, cause: Cause, points: float
) -> Iterator[AttributionPart]:
    leaders = _leaders_of(known.found, cause)
    of_one = known.found.number <= 1
    if cause is Cause.ACCOUNTS and (known.found.joined or known.found.left or not leaders):
        yield AttributionPart(*_members(known.found), points)
        return
    if of_one or not leaders:
        name, detail = _words(known, cause, leaders[0].account if leaders else None)
        yield AttributionPart(name, detail, points)
        return
    steps = _rounded(known.found, cause, leaders)
    rest = round(points - sum(steps), TENTHS)
    for one, step in zip(leaders, steps, strict=True):
        if not step:
            continue
        name, detail = _words(known, cause, one.account)
        url = url_in_scope(
            request, "drift:cause", {"cause": cause.value}, **period.query, account=one.account.account_id, ou=""
        )
        yield AttributionPart(name, f"{one.account.name} · {detail}" if detail else one.account.name, step, url)
    if rest:
        others = max(1, known.found.part(cause).moved - sum(1 for step in steps if step))
        most = min(abs(one.low) for one in leaders)
        yield AttributionPart(plural(others, "other account"), f"at most {most:.1f} each", rest, is_rest=True)


def _leaders_of(found: ScoreAttribution, cause: Cause) -> list[Contribution]:
    """Return the accounts with most of a cause, as few as make most of it."""
    part, taken, sum_ = found.part(cause), list[Contribution](), 0.0
    for one in part.leaders:
        if taken and abs(part.low - sum_) <= REST * abs(part.low):
            break
        taken.append(one)
        sum_ += one.low
    return taken


def _rounded(found: ScoreAttribution, cause: Cause, leaders: Sequence[Contribution]) -> list[float]:
    """Return accounts' points, rounded from the level at which the part begins."""
    earlier = takewhile(lambda one: one.cause is not cause, found.parts)
    level = (found.before.low if found.before else 0.0) + sum(one.low for one in earlier)
    _, *steps = in_steps(level, [one.low for one in leaders], TENTHS)
    return [round(step, TENTHS) for step in steps]


def _words(known: _Known, cause: Cause, account: AwsAccount | None) -> tuple[str, str]:
    """Return what moved in an account for a cause, and on how many resources."""
    if account is None:
        return NAMES[cause], ""
    if cause is Cause.VISIBILITY and account.pk in known.listings:
        return _listing_words(*known.listings[account.pk])
    checks = known.checks.get((cause, account.pk))
    if not checks:
        return _MEANT.get(cause, NAMES[cause]), ""
    ordered = sorted(checks, key=lambda key: (-Severity(key[1]).weight * checks[key], key))
    more = f" and {plural(len(ordered) - 1, 'other check')}" if len(ordered) > 1 else ""
    return f"{title_of(ordered[0][0])}{more}", plural(sum(checks.values()), "finding")


_MEANT = {
    Cause.NEW: "New resources that pass",
    Cause.DELETED: "Resources that passed were deleted",
}


def _listing_words(lost: Counter[str], regained: Counter[str]) -> tuple[str, str]:
    name = " and ".join(
        f"{plural(sum(each.values()), 'listing')} {words}"
        for each, words in ((lost, "no longer readable"), (regained, "readable again"))
        if each
    )
    types = [each for each, _ in (lost + regained).most_common()]
    named = ["everything" if each == ANY else each.removeprefix("AWS::").replace("::", " ") for each in types[:NAMED]]
    more = [f"{len(types) - NAMED} more types"] if len(types) > NAMED else []
    return name, joined([*named, *more])


def _members(found: ScoreAttribution) -> tuple[str, str]:
    """Return which accounts joined and left the mean, in words."""
    parts = []
    for words, accounts in (("joined", found.joined), ("left", found.left)):
        if accounts:
            names = [one.name for one in accounts[:NAMED]]
            more = [f"{len(accounts) - NAMED} more"] if len(accounts) > NAMED else []
            parts.append((f"{plural(len(accounts), 'account')} {words}", joined([*names, *more])))
    if not parts:
        return NAMES[Cause.ACCOUNTS], ""
    return ", ".join(name for name, _ in parts), "; ".join(detail for _, detail in parts)
