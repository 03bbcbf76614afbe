"""The tour of a first visit: for each role the few places that its day is about."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from accounts.models import Role
from posture.web.scoping import require_user, url_in_scope

START_PAGES = frozenset({"dashboard:overview", "findings:list"})
"""Where people arrive after logging in: the tour is shown there until it is dismissed."""


@dataclass(frozen=True, slots=True)
class TourStep:
    """One place of a tour: what it answers, and why it matters to the role."""

    title: str
    text: str
    page: str
    url: str = ""


TOURS: dict[str, tuple[TourStep, ...]] = {
    Role.EXECUTIVE: (
        TourStep(
            "See the score and how sure it is",
            "A range: the lower end takes all that was not seen as wrong, the upper as right. Hatched is not seen.",
            "dashboard:overview",
        ),
        TourStep(
            "See what changed and why",
            "Drift compares any two dates and splits the change into causes: fixed, new, rule changed, visibility.",
            "drift:drift",
        ),
        TourStep(
            "See which AWS tools are off",
            "Coverage shows each tool in each account and region, and where Plumbline itself could not look.",
            "coverage:matrix",
        ),
        TourStep(
            "Look at one unit or one date",
            "Scope and date at the top of each page stay with you, and in every link that you share.",
            "organization:tree",
        ),
    ),
    Role.OWNER: (
        TourStep(
            "Start with what is late",
            "Findings lists what is wrong in your accounts, one row for each fix, the most severe first.",
            "findings:list",
        ),
        TourStep(
            "Open a finding and decide",
            "Each one shows the setting at fault and how to fix it. Accept a risk with a reason and an end date.",
            "findings:list",
        ),
        TourStep(
            "See what changed in your accounts",
            "Drift shows what was made, changed or removed between any two dates, and what that did to your score.",
            "drift:drift",
        ),
    ),
    Role.ADMIN: (
        TourStep(
            "Connect organizations and people",
            "Settings holds organizations, their read-only role, and who owns which account.",
            "onboarding:organizations",
        ),
        TourStep(
            "See that sweeps run",
            "Each sweep reads every account once. One that is late or stuck is shown at the top of each page.",
            "sweeps:list",
        ),
        TourStep(
            "Close the gaps",
            "A gap is what AWS refused. It never counts as good; each says which permission is missing.",
            "sweeps:gaps",
        ),
        TourStep(
            "See what the role may do",
            "Every action that Plumbline calls, why, and which policy allows it.",
            "permissions:list",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Tour:
    """A role's tour with the links of one request."""

    role: str
    steps: list[TourStep]


def tour_of(request: HttpRequest) -> Tour:
    """Return the tour of the person's role."""
    user = require_user(request)
    steps = TOURS[Role(user.role)]
    return Tour(
        user.get_role_display(),
        [TourStep(one.title, one.text, one.page, url_in_scope(request, one.page)) for one in steps],
    )


def undismissed_tour(request: HttpRequest) -> Tour | None:
    """Return the tour where it is shown by itself.

    On a start page, until the person has dismissed it.
    """
    match = request.resolver_match
    if require_user(request).tour_dismissed_at is not None or not match or match.view_name not in START_PAGES:
        return None
    return tour_of(request)
