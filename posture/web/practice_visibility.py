"""What a practice could not see, where its score would rest on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from posture.checks import all_checks
from posture.collectors import all_collectors
from posture.core.check import Check
from posture.core.gap import ANY
from posture.core.outcome import WEIGHTS
from posture.history import query
from posture.history.scope import Scope
from posture.web.practice_pictures import PRACTICES, CheckTotals, by_practice
from posture.web.templatetags.words import joined, plural

NAMED = 2
"""Types that a sentence names."""


def unseen_by_practice(scope: Scope) -> Mapping[str, tuple[str, ...]]:
    """Return the unseen types of each practice that is without a score for them."""
    judged, refused = by_practice(query.summarize_checks(scope)), _refused_types(scope)
    found = {
        practice: unseen_types(judged.get(practice, ()), checks, refused)
        for practice, checks in _checks_by_practice().items()
    }
    return {practice: types for practice, types in found.items() if types}


def unseen_types(
    judged: Sequence[CheckTotals], checks: Sequence[Check], refused: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the types that hide a practice's score, those of most weight first.

    `checks` are all that serve it, `refused` the types that some listing did not return. Checks weigh by severity, as
    in the score. It is hidden where no outcome is known, where checks without a known outcome outweigh the others, and
    where they and those of refused types are most of the practice, though the score leaves out what a role older than
    the code could not list.
    """
    known = {one.check.id for one in judged if one.passed or one.failed}
    counted = {one.check.id for one in judged}
    blind = [one for one in checks if one.id not in known and (one.id in counted or one.resource_type in refused)]
    seen, unread = _weight(one for one in checks if one.id in known), _weight(one for one in blind if one.id in counted)
    if seen and unread <= seen and 2 * _weight(blind) <= _weight(checks):
        return ()
    kinds = {one.resource_type: _weight(each for each in blind if each.resource_type == one.resource_type)
             for one in blind}  # fmt: skip
    return tuple(_name(kind) for kind in sorted(kinds, key=lambda kind: (-kinds[kind], kind)))


def _weight(checks: Iterable[Check]) -> int:
    return sum(WEIGHTS[one.severity] for one in checks)


def _refused_types(scope: Scope) -> frozenset[str]:
    """Return the types that could not be listed somewhere."""
    return query.get_or_compute(scope, "refused_types", lambda: _load_refused_types(scope))


def _load_refused_types(scope: Scope) -> frozenset[str]:
    gaps = query.gaps(scope).filter(blinds=True).exclude(resource_type=ANY).order_by()
    return frozenset(gaps.values_list("resource_type", flat=True).distinct())


def _checks_by_practice() -> Mapping[str, Sequence[Check]]:
    found: dict[str, list[Check]] = {}
    for check in all_checks().values():
        for reference in check.controls:
            framework, _, practice = reference.partition(":")
            if framework == PRACTICES:
                found.setdefault(practice, []).append(check)
    return found


def describe_unseen(types: Sequence[str]) -> str:
    """Return what was not read, as "Not read: EKS clusters and EBS volumes"."""
    rest = len(types) - NAMED
    more = [plural(rest, "more type")] if rest > 0 else []
    return f"Not read: {joined([*types[:NAMED], *more])}"


def _name(resource_type: str) -> str:
    collector = all_collectors().get(resource_type)
    return collector.plural if collector else resource_type
