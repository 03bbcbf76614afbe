"""The page of one check: what it asks for, why, its examples and its results."""

from __future__ import annotations

from typing import Any

from accounts.access import owners_of
from posture.checks import all_checks, parameters_of
from posture.core.check import Check
from posture.frameworks import control
from posture.history.query import CheckSummary
from posture.pages.findings import check_examples, detail_charts, queries
from posture.pages.findings.filters import of_check
from posture.pages.findings.names import in_sentence, paragraphs, type_plural, type_title
from posture.pages.findings.tables import CheckFindingTable, keys
from posture.web import check_parameters
from posture.web.column_filters import CellData
from posture.web.pages import DetailPage
from posture.web.scoping import require_user
from posture.web.tables import configure
from posture.web.templatetags.words import figure

TOOLS = {
    "prowler": "Prowler",
    "securityhub": "Security Hub",
    "trustedadvisor": "Trusted Advisor",
    "config": "AWS Config",
}
"""What the tools are called that know a check by a name of their own."""


def _results_title(status: CheckSummary | None, noun: str) -> str:
    """Return the point of a check's results."""
    if status is None:
        return "Nothing to judge"
    judged = status.passed + status.failed + status.unknown
    if status.failed:
        return f"{figure(status.failed)} of {figure(judged)} {noun} {'fails' if status.failed == 1 else 'fail'}"
    if status.unknown:
        return f"{figure(status.unknown)} of {figure(judged)} {noun} could not be read"
    return f"All {figure(judged)} {noun} pass" if judged else f"No {noun} to judge"


class CheckPage(DetailPage[Check]):
    """One check: what it asks for, why, its examples and its results."""

    template_name, name, missing = "findings/check.html", "check", "There is no such check."

    def load(self) -> Check | None:
        return all_checks().get(self.kwargs["check_id"])

    def context(self) -> dict[str, Any]:
        known = self.thing
        return {
            "type_title": in_sentence(type_title(known.resource_type)),
            "why": paragraphs(known.why),
            "examples": check_examples.examples(known),
            "aliases": [(TOOLS.get(tool, tool), name) for tool, name in (one.split(":", 1) for one in known.aliases)],
            "controls": [control(reference) for reference in known.controls],
            "parameters": check_parameters.list_rows(require_user(self.request), self.scope, parameters_of(known.id)),
            **self._findings(),
            **self._results(),
        }

    def _findings(self) -> dict[str, Any]:
        """Return the table of open findings."""
        open_ones = of_check(self.request, self.thing.id)
        data = CellData(open_ones, open_ones.qs, keys(self.scope))
        made = CheckFindingTable(data, exclude=("check_id", "severity", "select"), order_by=("state", "opened_at"))
        data.keep_from_sorting("resource_name")
        table = configure(made, self.request)
        table.owners = owners_of(self.scope.accounts)
        return {"table": table, "listed": len(data)}

    def _results(self) -> dict[str, Any]:
        request, scope, check = self.request, self.scope, self.thing
        status, found = queries.check_status(scope, check.id), queries.of_check(scope, check.id)
        return {
            "status": status,
            "number": found.number,
            "results_title": _results_title(status, in_sentence(type_plural(check.resource_type))),
            "spread": detail_charts.by_account(request, scope, check.id, found, "Where it fails, by account", 520),
            "course": detail_charts.through_time(request, scope, check.id, status),
        }
