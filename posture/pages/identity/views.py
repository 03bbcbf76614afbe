"""The identity pages: power by use, trusts to outside, and the lists behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posture.history.scope import Scope
from posture.pages.identity import charts, queries, tables
from posture.pages.identity.centers import SETS_MAX, CenterMap, load_center
from posture.pages.identity.facts import IdentityKind
from posture.pages.identity.headline import IdentityTab, headline, lead, list_title, tabs
from posture.pages.identity.power import POWER_WORDS, Power
from posture.pages.identity.queries import POWERFUL_WORD, UNUSED, IdentityMap, IdentityRows, Selection
from posture.pages.identity.statements import ShownIdentity, show
from posture.pages.identity.tables import KIND_NAMES
from posture.pages.identity.uses import Use, use_names
from posture.web import parameters
from posture.web.lists import TablePage
from posture.web.scoping import scope_of
from posture.web.tables import Table
from posture.web.templatetags.words import plural

LISTED_MAX = 6
PASSING_MAX = 6
ORDERS = ("widest", "unused")


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show power by use, second factors, keys, who comes in, and the widest power."""
    scope = scope_of(request)
    known = queries.identity_map(scope)
    missing = queries.unread(scope, known)
    order = parameters.choice(request, "order", ORDERS) or ORDERS[0]
    listed = IdentityRows(scope, known, Selection(power=POWERFUL_WORD), order)
    lines, rest = charts.by_account(scope, known, missing)
    center = load_center(scope)
    context = {
        "map": known,
        "missing": missing,
        "title": headline(scope, known),
        "lead": lead(scope, known, missing),
        "tabs": tabs(request, known, center),
        "center": center,
        "center_sets": center.sets[:SETS_MAX],
        "has_anything": known.has_anything,
        "grid": charts.power_by_use(request, known, missing) if len(known) else None,
        "factors": charts.second_factors(request, known),
        "keys": charts.access_keys(request, scope, known),
        "outside": charts.outside(request, scope, known),
        "lines": lines,
        "rest": rest,
        "is_one_account": len(scope.accounts) == 1,
        "passing": known.passing[:PASSING_MAX],
        "more_passing": max(0, len(known.passing) - PASSING_MAX),
        "listed": _shown(scope, known, listed[:LISTED_MAX]),
        "listed_count": len(listed),
        "order": order,
        "orders": [(ORDERS[0], "Widest"), (ORDERS[1], "Least used")],
    }
    return render(request, "identity/overview.html", context)


def _shown(scope: Scope, known: IdentityMap, rows: Any) -> list[ShownIdentity]:
    holders = {row.ground.holder for row in rows if row.ground}
    records = queries.records(scope, {row.number for row in rows} | holders)
    return [show(row, records[row.number], records, known.limits) for row in rows if row.number in records]


class _IdentityPage(TablePage):
    """A list of the area, below its tabs."""

    template_name = "identity/list.html"
    tab = IdentityTab.POWER

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Read the identities once."""
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated:
            self.known: IdentityMap = queries.identity_map(self.scope)
            self.center: CenterMap = load_center(self.scope)

    def choices(self) -> Sequence[tuple[str, str, Sequence[tuple[str, str]], str]]:
        """Return the filters: parameter, label, values with words, current value."""
        return ()

    def title(self, number: int) -> str:
        """Return the heading."""
        return self.heading

    def context(self) -> dict[str, Any]:
        """Return tabs, heading and filters."""
        return {
            "tabs": tabs(self.request, self.known, self.center, self.tab),
            "title": self.title(len(self.found)),
            "choices": self.choices(),
            "missing": queries.unread(self.scope, self.known),
        }

    found: Sequence[Any] = ()


class IdentityList(_IdentityPage):
    """Identities by kind, power and use."""

    heading, noun = "Identities", "identity,identities"
    table = tables.IdentityTable

    def rows(self) -> IdentityRows:
        """Return the chosen identities."""
        self.chosen = Selection(
            kind=parameters.choice(self.request, "kind", list(IdentityKind)),
            power=parameters.choice(self.request, "power", [*Power, POWERFUL_WORD]),
            use=parameters.choice(self.request, "use", [*Use, UNUSED]),
        )
        tab = {
            IdentityKind.PERSON: IdentityTab.PEOPLE,
            IdentityKind.ROLE: IdentityTab.ROLES,
            IdentityKind.SERVICE: IdentityTab.SERVICES,
        }
        self.tab = tab[IdentityKind(self.chosen.kind)] if self.chosen.kind else IdentityTab.POWER
        order = parameters.choice(self.request, "order", ORDERS)
        self.found = IdentityRows(self.scope, self.known, self.chosen, order)
        return self.found

    def make_table(self, rows: Any) -> Table:
        """Return the table, which reads names for its rows."""
        return tables.IdentityTable(tables.IdentityData(rows), scope=self.scope)

    def title(self, number: int) -> str:
        """Return what was chosen in words."""
        return list_title(number, self.chosen, self.known.limits)

    def choices(self) -> Sequence[tuple[str, str, Sequence[tuple[str, str]], str]]:
        """Return kind, power and use."""
        powers = [(one.value, POWER_WORDS[one].name) for one in Power]
        limits = self.known.limits
        uses = [(UNUSED, f"not {limits.used}"), *((one.value, name) for one, name in use_names(limits).items())]
        return (
            ("kind", "Who", [(one.value, KIND_NAMES[one]) for one in IdentityKind], self.chosen.kind),
            ("power", "May do", [*powers, (POWERFUL_WORD, "Administrator, or can become one")], self.chosen.power),
            ("use", "Used", uses, self.chosen.use),
        )


class TrustList(_IdentityPage):
    """Parties outside the organization that roles let in."""

    heading, noun = "Trusts to outside", "trust"
    table = tables.TrustTable
    tab = IdentityTab.OUTSIDE

    def rows(self) -> Sequence[tables.TrustRow]:
        """Return the trusts, weakest first; those of one party alone if the URL names it."""
        self.party = parameters.text(self.request, "party")
        some = [one for one in self.known.trusts if self.party in {"", one.outside.party}]
        self.found = tables.trust_rows(self.scope, some)
        return self.found

    def title(self, number: int) -> str:
        """Return whose trusts they are."""
        return f"Trusts to {self.party}" if self.party else charts.outside_title(self.known)


class KeyList(_IdentityPage):
    """Active access keys, oldest first."""

    heading, noun = "Access keys", "access key"
    table = tables.KeyTable
    tab = IdentityTab.KEYS

    def rows(self) -> Sequence[tables.KeyRow]:
        """Return the keys."""
        self.found = tables.key_rows(self.scope, self.known.keys)
        return self.found


class AssignmentList(_IdentityPage):
    """Who has which permission set in which account."""

    heading, noun = "Identity Center", "assignment"
    table = tables.AssignmentTable
    tab = IdentityTab.CENTER

    def rows(self) -> Sequence[tables.AssignmentRow]:
        """Return the assignments; those of one permission set if the URL names it."""
        self.chosen = parameters.number(self.request, "set", 0, least=0)
        some = [one for one in self.center.assigned if self.chosen in {0, one.set_number}]
        self.found = tables.assignment_rows(self.scope, some)
        return self.found

    def title(self, number: int) -> str:
        """Return who gets in, or by which permission set."""
        if self.chosen and self.found:
            return f"{plural(number, 'assignment')} of {self.found[0].permission_set}"
        return self.center.title
