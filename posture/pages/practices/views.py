"""The pages of practices, responsibilities and frameworks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from posture.frameworks import Framework, all_frameworks
from posture.history import query
from posture.history.scope import Scope
from posture.pages.practices import charts, check_status, duties, queries
from posture.pages.practices.check_status import ControlRow
from posture.pages.practices.properties import properties_panel
from posture.pages.practices.queries import Practice
from posture.pages.practices.tables import ControlTable
from posture.responsibility.services import LAYERS
from posture.web import parameters, practice_pictures
from posture.web.lists import TablePage
from posture.web.pages import DetailPage
from posture.web.parameters import choice
from posture.web.scoping import scope_of, url_in_scope

FIXES_MAX = 100
"""Fixes whose effect on the score is known."""


@require_safe
def practice_list(request: HttpRequest) -> HttpResponse:
    """Show every practice with the picture that fits it, and the frameworks."""
    scope = scope_of(request)
    tiles = charts.tiles(request, scope, queries.practices(scope))
    context = {
        "practices": [tile.practice for tile in tiles],
        "tiles": tiles,
        "title": charts.title(tiles),
        "frameworks": charts.framework_tiles(queries.frameworks(scope)),
    }
    return render(request, "practices/list.html", context)


class PracticePage(DetailPage[Practice]):
    """One practice: its score, where it fails, and its checks."""

    template_name, name, missing = "practices/detail.html", "practice", "There is no such practice."

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the practice; shared responsibility has a page of its own."""
        if kwargs["practice_id"] == queries.RESPONSIBILITY:
            return redirect(url_in_scope(request, "practices:responsibility"))
        return super().get(request, *args, **kwargs)

    def load(self) -> Practice | None:
        return queries.find_practice(self.scope, self.kwargs["practice_id"])

    def context(self) -> dict[str, Any]:
        scope, reference = self.scope, self.thing.control.reference
        rows = queries.check_rows(scope, reference)
        judging = [row for row in rows if row.state != "unused"]
        return {
            "rows": rows,
            "judging": judging,
            "attention": _effects(scope, [row for row in judging if row.state in {"fail", "unknown"}]),
            "passing": _effects(scope, [row for row in judging if row.state == "pass"]),
            "idle": [row for row in rows if row.state == "unused"],
            "sum": check_status.summed(rows),
            "shared": sum(row.is_shared for row in rows),
            "failing_accounts": queries.failing_accounts(scope, reference),
            "worst": queries.worst(scope, reference),
            **(self._pictures() if self.thing.in_use else {}),
        }

    def _pictures(self) -> dict[str, Any]:
        request, scope, practice = self.request, self.scope, self.thing
        judged = practice_pictures.by_practice(query.summarize_checks(scope)).get(practice.control.id, ())
        return {
            "picture": practice_pictures.picture(request, scope, practice.control.id, judged),
            "properties": properties_panel(request, practice.control.id, judged),
            "course": charts.course(request, scope, practice) if practice.is_scored else None,
            "by_account": charts.by_account(request, scope, practice) if len(scope.accounts) > 1 else None,
        }


def _effects(scope: Scope, rows: Sequence[check_status.CheckRow]) -> list[tuple[check_status.CheckRow, float | None]]:
    """Return checks with the points that fixing them gains, largest first."""
    gains: dict[str, float] = {}
    for fix in query.rank_fixes(scope, FIXES_MAX) if rows else ():
        gains[fix.check_id] = gains.get(fix.check_id, 0.0) + fix.gain
    found = [(row, gains.get(row.check.id)) for row in rows]
    order = list(check_status.STATES)
    return sorted(found, key=lambda pair: (order.index(pair[0].state), -(pair[1] or 0.0)))


@require_safe
def responsibility(request: HttpRequest) -> HttpResponse:
    """Show the duties of AWS and the customer by layer of each service in use."""
    scope = scope_of(request)
    rows = queries.service_rows(scope)
    stacks = duties.stacks(request, rows)
    practice = queries.find_practice(scope, queries.RESPONSIBILITY)
    ids = [stack.row.service.id for stack in stacks]
    opened = choice(request, "service", ids) or (duties.worst(stacks) if stacks else "")
    context = {
        "rows": rows,
        "stacks": stacks,
        "groups": duties.groups(stacks),
        "layers": LAYERS,
        "totals": duties.totals(stacks),
        "title": duties.title(stacks),
        "opened": next((stack for stack in stacks if stack.row.service.id == opened), None),
        "practice": practice,
        "course": charts.course(request, scope, practice) if practice and practice.is_scored else None,
        "has_outposts": any(one == "outposts" for one in ids),
    }
    return render(request, "practices/responsibility.html", context)


class FrameworkPage(TablePage):
    """A framework's controls by section; the export has all of them."""

    noun = "control"
    table = ControlTable
    template_name = "practices/framework.html"

    @cached_property
    def framework(self) -> Framework:
        """The framework that the URL names; 404 for any other."""
        known = all_frameworks().get(self.kwargs["framework_id"])
        if known is None or known.id == queries.PRACTICES:
            raise Http404("There is no such framework.")
        return known

    @property
    def heading(self) -> str:  # type: ignore[override]  # of this request
        """The framework with its version."""
        return f"{self.framework.title} {self.framework.version}"

    @cached_property
    def every(self) -> list[ControlRow]:
        """All controls in order."""
        return queries.controls(self.scope, self.framework)

    @cached_property
    def state(self) -> str:
        """The state that the URL asks for; empty for all."""
        return choice(self.request, "state", check_status.STATES)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the page or the export; 404 before anything is read."""
        self.framework  # noqa: B018 - raises
        return super().get(request, *args, **kwargs)

    def rows(self) -> Sequence[ControlRow]:
        return [row for row in self.every if self.state in {"", row.state}]

    def context(self) -> dict[str, Any]:
        counted = check_status.counts(self.every)
        opened = parameters.text(self.request, "section")
        sections = charts.sections(self.request, self.framework, self.every, self.state, opened)
        return {
            "framework": self.framework,
            "counts": counted,
            "state_words": charts.STATE_WORDS,
            "state": self.state,
            "rows": self.rows(),
            "total": len(self.every),
            "judged": check_status.count_judged(counted),
            "ring": charts.ring(counted, self.framework.title, 132),
            "sections": [one for one in sections if one.is_judged or self.state],
            "unjudged": [one for one in sections if not one.is_judged and not self.state],
            "title": charts.framework_title(counted),
        }
