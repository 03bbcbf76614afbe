"""Causes of a score change: their names, their points and their changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any

from django.http import HttpRequest

from accounts.models import AccountEvent, AwsAccount
from posture.checks import title_of
from posture.core.attribution import Cause, in_steps
from posture.core.score import Band
from posture.history import query as history
from posture.history.query import (
    HUNDREDTHS,
    TENTHS,
    AttributedCause,
    Changes,
    End,
    ParameterChange,
    RuleChange,
    ScoreAttribution,
)
from posture.history.scope import Scope
from posture.pages.drift.change_lists import ListedChanges, listed_of
from posture.pages.drift.period import Period
from posture.web import figures
from posture.web.pictures import FormattedNumber, PanelValue
from posture.web.scoping import url_in_scope

UNKNOWN_CAUSE = "Before causes were recorded"
ACCOUNTS = 50
"""Accounts that a part names, those that took most part."""

NAMES = {
    Cause.FIXED: "Fixed",
    Cause.REGRESSED: "Regressed",
    Cause.NEW: "New resources",
    Cause.DELETED: "Deleted",
    Cause.ACCOUNTS: "Accounts joined or left",
    Cause.RULE: "Rule changed",
    Cause.PARAMETER: "Parameter changed",
    Cause.VISIBILITY: "Visibility",
    Cause.DECIDED: "Decided by people",
}
MEANINGS = {
    Cause.FIXED: "Resources that failed were changed, and pass.",
    Cause.REGRESSED: "Resources that passed were changed, and fail.",
    Cause.NEW: "Resources were added, or a check now applies to them. Passing ones raise the score, failing ones"
    " lower it.",
    Cause.DELETED: "Resources were deleted, or a check no longer applies to them. Where failing ones went,"
    " nothing was fixed, and yet the score rises.",
    Cause.ACCOUNTS: "Accounts joined or left, or have something to judge for the first time, or no longer: the mean"
    " is over others than before.",
    Cause.RULE: "A check judges by a new version, is new, or is no longer used; or what it judged one by one it judges"
    " as a group. Nothing changed in the accounts.",
    Cause.PARAMETER: "A parameter of a rule was changed, such as a number of days or which tags classify data. Nothing"
    " changed in the accounts.",
    Cause.VISIBILITY: "Something could not be seen any more, or can be seen again. What is unknown lowers the lower"
    " end of the score.",
    Cause.DECIDED: "Risks were accepted, findings marked as false positives, or such decisions ended: what is set aside"
    " leaves the score.",
}
LISTS: Mapping[Cause, Sequence[tuple[str, str]]] = {
    Cause.FIXED: (("resolved", "changed"),),
    Cause.REGRESSED: (("opened", "changed"), ("reopened", "changed")),
    Cause.NEW: (("opened", "new"), ("reopened", "new"), ("added", "")),
    Cause.DELETED: (("resolved", "deleted"), ("resolved", "scope"), ("removed", "")),
    Cause.ACCOUNTS: (("resolved", "account_left"),),
    Cause.RULE: (
        ("opened", "rule"),
        ("reopened", "rule"),
        ("resolved", "rule"),
        ("opened", "folded"),
        ("reopened", "folded"),
        ("resolved", "folded"),
    ),
    Cause.PARAMETER: (("opened", "parameter"), ("reopened", "parameter"), ("resolved", "parameter")),
    Cause.VISIBILITY: (
        ("gaps_opened", ""),
        ("gaps_closed", ""),
        ("sight", ""),
        ("opened", "sight"),
        ("reopened", "sight"),
    ),
    Cause.DECIDED: (),
}
"""Which lists of changes, each with the reason that they are narrowed to, make a part."""


@dataclass(frozen=True, slots=True)
class Made:
    """What made one part."""

    name: str
    meaning: str
    bridge: ScoreAttribution
    part: AttributedCause
    more_accounts: int
    lists: Sequence[tuple[ListedChanges, str]]
    joined: Sequence[AwsAccount]
    left: Sequence[AwsAccount]
    events: Sequence[AccountEvent]
    rules: Sequence[tuple[str, RuleChange]]
    parameters: Sequence[ParameterChange]
    decisions: Sequence[Any]

    @property
    def points(self) -> str:
        """By how much it moved the score, in words."""
        return figures.format_points(
            next((points for *_, points, cause in rounded_steps(self.bridge) if cause is self.part.cause), 0.0)
        )

    @property
    def accounts(self) -> list[tuple[AwsAccount, str]]:
        """The accounts with most points, rounded so that they add up to the part."""
        if self.bridge.before is None:
            return []
        # From the level at which the part begins, as the part itself is rounded.
        earlier = takewhile(lambda one: one.cause is not self.part.cause, self.bridge.parts)
        level = self.bridge.before.low + sum(one.low for one in earlier)
        _, *steps = in_steps(level, [one.low for one in self.part.accounts], TENTHS)
        named = zip(self.part.accounts, steps, strict=True)
        return [(one.account, figures.format_points(step)) for one, step in islice(named, ACCOUNTS)]

    @property
    def has_lists(self) -> bool:
        """Return True where something of the cause can be listed one by one."""
        return any((self.lists, self.rules, self.parameters, self.decisions, self.joined, self.left, self.events))

    @property
    def is_empty(self) -> bool:
        """Return True where there is nothing to list."""
        return not any(
            (
                self.part.accounts,
                self.lists,
                self.joined,
                self.left,
                self.events,
                self.rules,
                self.parameters,
                self.decisions,
            )
        )


def rounded_steps(
    found: ScoreAttribution, digits: int = TENTHS, end: End = "low"
) -> list[tuple[str, float, Cause | None]]:
    """Return each cause's name and rounded points, and the cause itself."""
    return [(NAMES[cause] if cause else UNKNOWN_CAUSE, step, cause) for cause, step in found.steps(digits, end)]


def numbers(found: ScoreAttribution) -> list[Sequence[PanelValue]]:
    """Return both scores and every cause to hundredths, for both ends."""
    if found.before is None or found.after is None:
        return []
    rows: list[Sequence[PanelValue]] = [("Score before", *_score(found.before))]
    both = zip(rounded_steps(found, HUNDREDTHS), rounded_steps(found, HUNDREDTHS, "high"), strict=True)
    rows += [(name, _moved(low), _moved(high)) for (name, low, cause), (_, high, _) in both if cause or low or high]
    return [*rows, ("Score after", *_score(found.after))]


def _score(band: Band) -> tuple[PanelValue, PanelValue]:
    return FormattedNumber(round(band.low, 2), f"{band.low:.2f}"), FormattedNumber(
        round(band.high, 2), f"{band.high:.2f}"
    )


def _moved(points: float) -> PanelValue:
    return FormattedNumber(round(points, 2), f"{points:+.2f}")


def made(request: HttpRequest, scope: Scope, period: Period, cause: Cause) -> Made:
    """Return what made one part of the bridge."""
    found = history.attribute_score(scope, period.since, period.until, cause)
    changes = history.changes_between(scope, period.since, period.until)
    part = found.part(cause)
    is_accounts = cause is Cause.ACCOUNTS
    return Made(
        name=NAMES[cause],
        meaning=MEANINGS[cause],
        bridge=found,
        part=part,
        more_accounts=max(0, len(part.accounts) - ACCOUNTS),
        lists=_lists(request, period, changes, cause),
        joined=found.joined if is_accounts else (),
        left=found.left if is_accounts else (),
        events=list(changes.account_events.order_by("-at")[:ACCOUNTS]) if is_accounts else (),
        rules=[(title_of(one.check_id), one) for one in changes.rule_changes] if cause is Cause.RULE else (),
        parameters=history.list_parameter_changes(scope, period.since, period.until)
        if cause is Cause.PARAMETER
        else (),
        decisions=history.list_decisions(scope, period.since, period.until)[:ACCOUNTS]
        if cause is Cause.DECIDED
        else (),
    )


def _lists(request: HttpRequest, period: Period, changes: Changes, cause: Cause) -> list[tuple[ListedChanges, str]]:
    found = []
    for kind, reason in LISTS[cause]:
        listed = listed_of(kind, _rows(changes, kind, reason), changes.until)
        if listed.rows:
            query = {**period.query, "reason": reason}
            found.append((listed, url_in_scope(request, "drift:list", {"kind": kind}, **query)))
    return found


def _rows(changes: Changes, kind: str, reason: str) -> Any:
    rows = getattr(changes, kind)
    if not reason:
        return rows
    return rows.filter(**{"close_reason" if kind == "resolved" else "open_reason": reason})
