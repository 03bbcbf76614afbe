"""What the identity pages say in words: headings, the lead and the tabs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest

from posture.history.scope import Scope
from posture.pages.identity.centers import CenterMap
from posture.pages.identity.charts import outside_title, unused_count
from posture.pages.identity.facts import IdentityKind
from posture.pages.identity.limits import LimitWords
from posture.pages.identity.power import POWER_WORDS, Power
from posture.pages.identity.queries import POWERFUL_WORD, UNUSED, IdentityMap, Selection, Unread
from posture.pages.identity.tables import KIND_NAMES
from posture.pages.identity.uses import UNUSED_WORDS, Use, use_names
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure, plural


class IdentityTab(StrEnum):
    """The parts of the area."""

    POWER = "Power and use"
    PEOPLE = "People"
    ROLES = "Roles"
    SERVICES = "Services"
    OUTSIDE = "Outside"
    CENTER = "Identity Center"
    KEYS = "Keys"


@dataclass(frozen=True, slots=True)
class IdentityTabLink:
    """A tab: its name, number, URL, and whether it is shown."""

    name: str
    count: int
    url: str
    is_current: bool


def tabs(
    request: HttpRequest, known: IdentityMap, center: CenterMap, current: IdentityTab = IdentityTab.POWER
) -> list[IdentityTabLink]:
    """Return the tabs with their numbers; that of Identity Center where there is one."""
    kinds = {
        IdentityTab.PEOPLE: IdentityKind.PERSON,
        IdentityTab.ROLES: IdentityKind.ROLE,
        IdentityTab.SERVICES: IdentityKind.SERVICE,
    }
    found = [(IdentityTab.POWER, len(known), url_in_scope(request, "identity:overview"))]
    found += [
        (tab, known.count(kind=kind), url_in_scope(request, "identity:list", None, kind=kind.value))
        for tab, kind in kinds.items()
    ]
    found.append((IdentityTab.OUTSIDE, len(known.trusts), url_in_scope(request, "identity:outside")))
    if center.has_anything or current is IdentityTab.CENTER:
        found.append((IdentityTab.CENTER, len(center.parties), url_in_scope(request, "identity:center")))
    found.append((IdentityTab.KEYS, len(known.keys), url_in_scope(request, "identity:keys")))
    return [IdentityTabLink(tab.value, count, url, tab is current) for tab, count, url in found]


def headline(scope: Scope, known: IdentityMap) -> str:
    """Return the most important fact of the page."""
    where = f"In {scope.accounts[0].name}, " if len(scope.accounts) == 1 else ""
    idle = sum(known.count(power=Power.ADMINISTRATOR, use=use) for use in UNUSED_WORDS)
    steps = known.count(power=Power.ESCALATION)
    parts = [_idle(idle)] if idle else []
    if steps:
        noun = "other can make itself one" if steps == 1 else "others can make themselves one"
        alone = f"{plural(steps, 'identity,identities')} can become administrator"
        parts.append(f"{figure(steps)} {noun}" if idle else alone)
    if parts:
        return f"{where}{', and '.join(parts)}"
    administrators = known.count(power=Power.ADMINISTRATOR)
    if administrators:
        return f"{where}{_administrators(administrators, known.count(power=Power.ADMINISTRATOR, use=Use.UNKNOWN))}"
    if known.trusts:
        return f"{where}{outside_title(known)}"
    return "Identities by what they may do"


def _administrators(number: int, unseen: int) -> str:
    """Return administrators of whom none is known to be unused."""
    if unseen:
        if unseen == number:
            return f"{plural(number, 'administrator')}, last use not known"
        return f"{plural(number, 'administrator')}, last use of {figure(unseen)} not known"
    return f"{plural(number, 'administrator')}, {'in use' if number == 1 else 'all in use'}"


def _idle(number: int) -> str:
    return f"{plural(number, 'administrator')} {'is' if number == 1 else 'are'} not in use"


def lead(scope: Scope, known: IdentityMap, missing: Unread) -> str:
    """Return the sentence below the heading."""
    at_least = "At least " if missing.is_partial else ""
    accounts = "" if len(scope.accounts) == 1 else f" in {plural(known.read, 'account')}"
    unused = unused_count(known)
    verb = "was" if unused == 1 else "were"
    there = f"{at_least}{plural(len(known), 'identity,identities')}{accounts}"
    limits = f": {known.limits.sentence}" if known.limits.sentence else ""
    words = f"{there}; {figure(unused)} {verb} not used {known.limits.unused}{limits}."
    unknown = known.count(use=Use.UNKNOWN)
    return f"{words} Last use of {figure(unknown)} is not known." if unknown else words


def list_title(number: int, chosen: Selection, limits: LimitWords) -> str:
    """Return the heading of the list, of what was chosen."""
    if chosen.power == POWERFUL_WORD:
        what = "identity that is administrator or can become one,identities that are administrators or can become one"
    else:
        what = "identity,identities"
    parts = [plural(number, what)]
    if chosen.kind:
        parts.append(KIND_NAMES[IdentityKind(chosen.kind)].lower())
    if chosen.power and chosen.power != POWERFUL_WORD:
        parts.append(POWER_WORDS[Power(chosen.power)].name.lower())
    if chosen.use:
        is_unused = chosen.use == UNUSED
        words = f"not used {limits.unused}" if is_unused else f"used {use_names(limits)[Use(chosen.use)]}"
        parts.append("last use not known" if chosen.use == Use.UNKNOWN else words)
    return ": ".join([parts[0], ", ".join(parts[1:])]) if parts[1:] else parts[0]
