"""The estimate of a sweep's or schedule's costs, a fragment next to its form."""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import admin_required, organizations_seen_by
from accounts.models import Organization
from posture.orchestration.estimate import Estimate, SweepPlan, ValueRange, estimate
from posture.orchestration.time_left import format_range
from posture.web import parameters
from posture.web.scoping import require_user

REGION_WORDS = re.compile(r"\b[a-z]{2,5}(?:-[a-z]+)+-\d{1,2}\b")
MOST_HOURS = 720
PARTITIONS = {"aws", "aws-us-gov", "aws-cn", "aws-eusc"}


@require_safe
@admin_required
def cost(request: HttpRequest) -> HttpResponse:
    """Show what a sweep takes with what is in the form now.

    What is half typed counts as empty.
    """
    found = estimate(plan_of(request))
    return render(request, "sweeps/estimate.html", {"estimate": found, "words": words(found)})


def plan_of(request: HttpRequest) -> SweepPlan:
    """Read a plan from the form's fields, with the organization's as defaults."""
    organization = _organization(request)
    saved = " ".join(organization.regions) if organization else ""
    typed = parameters.text(request, "regions") if parameters.has(request, "regions") else saved
    kind = organization.kind if organization else parameters.choice(request, "kind", Organization.Kind.values)
    named = parameters.choice(request, "partition", PARTITIONS, "aws")
    return SweepPlan(
        organization=organization,
        partition=organization.partition if organization else named,
        regions=list(dict.fromkeys(REGION_WORDS.findall(typed))),
        every_hours=_hours(request, organization),
        is_single=kind == Organization.Kind.ACCOUNT,
    )


def _hours(request: HttpRequest, organization: Organization | None) -> int:
    """Return the hours between sweeps; 0 for none, and for what is only half typed."""
    saved = organization.sweep_every_hours if organization else 0
    typed = parameters.text(request, "sweep_every_hours")
    return parameters.integer(typed, most=MOST_HOURS) or 0 if parameters.has(request, "sweep_every_hours") else saved


def _organization(request: HttpRequest) -> Organization | None:
    asked = parameters.text(request, "organization")
    if not asked:
        return None
    found = organizations_seen_by(require_user(request))
    key = parameters.integer(asked)
    organization = None if key is None else found.filter(pk=key).first()
    if organization is None:
        raise Http404("No such organization.")
    return organization


def words(found: Estimate) -> dict[str, str]:
    """Word the figures of an estimate.

    Money is of a month where there is a schedule, else of a sweep.
    """
    count = found.sweeps_a_month or 1.0
    return {
        "took": format_range(*found.took),
        "calls": _figures(found.calls),
        "month_calls": _figures(found.calls.times(count)),
        "guardduty": dollars(found.guardduty.times(count)),
        "trail": dollars(found.trail.times(count)),
        "per": "a month" if found.every_hours else "a sweep",
    }


def _figures(found: ValueRange) -> str:
    low, high = _round(found.low), _round(found.high)
    return f"about {high:,}" if low == high else f"{low:,} to {high:,}"


def _round(value: float) -> int:
    """Return two leading digits; an estimate knows no more."""
    size = int(10 ** max(0, len(str(int(value))) - 2))
    return round(value / size) * size


def dollars(found: ValueRange) -> str:
    """Word an amount of money, never more exactly than it is known."""
    low, high = _money(found.low), _money(found.high)
    if high == _money(0):
        return "less than a cent"
    return f"about {high}" if low == high else f"{low} to {high}"


def _money(value: float) -> str:
    return f"${_round(value):,}" if value >= 10 else f"${value:.2f}"  # noqa: PLR2004 - cents no longer matter
