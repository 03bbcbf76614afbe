"""The page that shows who may do an action on a resource."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404

from posture.core.iam import Answer
from posture.core.iam.rcp import covered_services
from posture.core.iam.who_can import Access
from posture.history import query
from posture.pages.access.forms import AccessForm
from posture.web import parameters
from posture.web.pages import ScopedPage

ROWS_MAX = 200
"""Principals that a table shows."""


@dataclass(frozen=True, slots=True)
class AccessGroup:
    """The principals with one answer."""

    id: str
    title: str
    none: str
    """What to say where there are none."""
    found: list[Access]

    @property
    def shown(self) -> list[Access]:
        """Those that the table has room for."""
        return self.found[:ROWS_MAX]


class AccessPage(ScopedPage):
    """Who may do an action on a resource."""

    template_name = "access/ask.html"

    def context(self) -> dict[str, Any]:
        """Return the form, and who may if anything was asked."""
        asked = {name: parameters.text(self.request, name) for name in AccessForm.base_fields}
        form = AccessForm(asked if parameters.has(self.request, "action") else None, label_suffix="")
        return {"form": form, "as_of": covered_services().as_of, **self._answer(form)}

    def _answer(self, form: AccessForm) -> dict[str, Any]:
        if not form.is_bound or not form.is_valid():
            return {}
        try:
            report = query.who_may(self.scope, form.cleaned_data["action"], form.cleaned_data["resource"])
        except Http404:
            form.add_error("resource", "No resource with this ARN was found in this scope.")
            return {}
        return {"report": report, "groups": [_allowed(report.found), _unknown(report.found)]}


def _of(found: Sequence[Access], answer: Answer) -> list[Access]:
    return [one for one in found if one.decision.value is answer]


def _allowed(found: Sequence[Access]) -> AccessGroup:
    return AccessGroup("may", "Allowed", "No principal is certain to have access.", _of(found, Answer.ALLOWED))


def _unknown(found: Sequence[Access]) -> AccessGroup:
    return AccessGroup("unknown", "Not known", "Every policy that decides was read.", _of(found, Answer.UNKNOWN))
