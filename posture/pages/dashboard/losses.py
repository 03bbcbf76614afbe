"""The chart of the score page: checks or accounts that cost most points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from posture.drawing import bars
from posture.pages.dashboard.formula import AccountFormula, MeanFormula
from posture.web.pictures import Panel
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import plural

SHOWN = 8
"""Rows of their own; all others are one."""
WIDE = bars.BarColumns(width=726, names=300, figures=52)
NARROW = bars.BarColumns(width=316, names=168, figures=40)


@dataclass(frozen=True, slots=True)
class Loss:
    """Points that one check or account costs; `unknown` is a part of `points`."""

    name: str
    points: float
    unknown: float
    url: str


def of_account(request: HttpRequest, formula: AccountFormula) -> Panel:
    """Return what each check of an account takes."""
    found = [
        Loss(
            row.title,
            row.cost,
            100 * row.weight * row.tally.undetermined / row.tally.judged / formula.total,
            url_in_scope(request, "findings:check", {"check_id": row.check_id}),
        )
        for row in formula.rows
    ]
    return _panel(found, "check", "Findings", url_in_scope(request, "findings:list"))


def of_several(request: HttpRequest, formula: MeanFormula) -> Panel:
    """Return what each account takes from the mean."""
    found = [
        Loss(
            each.account.name,
            each.weight * (100 - each.band.low) / formula.total,
            each.weight * (each.band.high - each.band.low) / formula.total,
            url_in_scope(request, "dashboard:score", None, account=each.account.account_id, ou=""),
        )
        for each in formula.accounts
    ]
    if formula.others:
        rest = formula.others
        taken = rest.weight * (100 - rest.band.low) / formula.total
        unknown = rest.weight * (rest.band.high - rest.band.low) / formula.total
        found.append(Loss(plural(rest.number, "account"), taken, unknown, url_in_scope(request, "organization:table")))
    return _panel(found, "account", "Accounts", url_in_scope(request, "organization:table"))


def _panel(found: Sequence[Loss], noun: str, heading: str, url: str) -> Panel:
    ordered = sorted((each for each in found if each.points > 0), key=lambda each: (-each.points, each.name))
    lost, shown = sum(each.points for each in ordered), [*ordered[:SHOWN]]
    rest = ordered[SHOWN:]
    if rest:
        points, unknown = sum(each.points for each in rest), sum(each.unknown for each in rest)
        shown.append(Loss(plural(len(rest), f"other {noun}"), points, unknown, url))
    rows = [_bar(each) for each in shown]
    first = ordered[0] if ordered else None
    title = f"{first.name}: {first.points:.1f} of {lost:.1f} points lost" if first else "No point is lost"
    return Panel(
        title,
        heading,
        url,
        bars.draw(rows, title, WIDE),
        (noun.capitalize(), "Fails", "Unknown", "Points lost"),
        [(each.name, f"{each.points - each.unknown:.1f}", f"{each.unknown:.1f}", f"{each.points:.1f}")
         for each in ordered],
        bars.draw(rows, title, NARROW),
    )  # fmt: skip


def _bar(loss: Loss) -> bars.Bar:
    parts = [bars.BarPart(loss.points - loss.unknown, "fail"), bars.BarPart(loss.unknown, "bar", is_hatched=True)]
    title = f"{loss.name}: {loss.points:.1f} points"
    if loss.unknown >= 0.05:  # noqa: PLR2004 - what one decimal can show
        title += f", {loss.unknown:.1f} of them unknown"
    return bars.Bar(loss.name, parts, f"{loss.points:.1f}", loss.url, title)
