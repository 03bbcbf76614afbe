"""The pages of the values by which checks judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import admin_required
from accounts.models import Organization
from accounts.parameters import change_setting, path_of
from posture.checks import all_parameters, checks_by_parameter
from posture.core.parameters import Parameter
from posture.history import query
from posture.observability import security
from posture.pages.parameters.forms import SettingForm
from posture.pages.parameters.tables import ParameterTable
from posture.web import check_parameters, parameters
from posture.web.check_parameters import ParameterRow
from posture.web.lists import TablePage
from posture.web.scoping import requested_scope, require_user, scope_of, url_in_scope

CHANGES_SHOWN = 50


class ParameterList(TablePage):
    """Every parameter with its value in the scope."""

    heading = "Parameters of checks"
    lead = (
        "Days, ports, regions and accounts by which checks judge. Each has its publisher's default until an admin sets "
        "another value for the organization or a unit; the nearest unit decides."
    )
    noun = "parameter"
    table = ParameterTable
    template_name = "parameters/list.html"

    def rows(self) -> Sequence[ParameterRow]:
        """Return all parameters, by title."""
        return check_parameters.list_rows(require_user(self.request), self.scope, all_parameters().values())

    def context(self) -> dict[str, Any]:
        """Return the organization, for the way to its settings."""
        return {"organization": check_parameters.organization_of(self.scope)}


@require_safe
def detail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one parameter: its values, who set them, and which checks judge by it."""
    return _page(request, _find(name), None)


@admin_required
@require_POST
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Set a value for an organization or unit, or reset it."""
    parameter, user = _find(name), require_user(request)
    organization = check_parameters.organization_of(scope_of(request))
    if organization is None:
        raise Http404("There is no organization to set it for.")
    form = SettingForm(parameter, organization, check_parameters.list_units(organization), request.POST)
    if not form.is_valid():
        return _page(request, parameter, form)
    value, unit = form.cleaned_data["value"], form.chosen
    made = change_setting(organization, unit, name, value, user)
    where = unit.name if unit else organization.name
    if made is None:
        messages.info(request, f"It was set so already for {where}.")
    else:
        target = f"{organization.name}: {name}"
        security.record("parameter_changed", request, target=target, unit=where, before=made.before, after=value)
        said = f"is {parameter.describe(value)} for {where}" if value is not None else f"is reset for {where}"
        messages.success(request, f"{parameter.title} {said}. Accounts are judged by it from their next sweep on.")
    return redirect(url_in_scope(request, "parameters:detail", {"name": name}))


def _find(name: str) -> Parameter[Any]:
    parameter = all_parameters().get(name)
    if parameter is None:
        raise Http404("There is no such parameter.")
    return parameter


def _page(request: HttpRequest, parameter: Parameter[Any], form: SettingForm | None) -> HttpResponse:
    scope, user = scope_of(request), require_user(request)
    organization = check_parameters.organization_of(scope)
    (row,) = check_parameters.list_rows(user, scope, [parameter])
    history = check_parameters.list_history(user, organization, parameter.name, CHANGES_SHOWN) if organization else []
    last = query.snapshots(scope).filter(state=query.Snapshot.State.COMPLETE).order_by("-as_of").first()
    if form is None and organization is not None and user.is_admin:
        form = _empty_form(request, row, organization)
    context = {
        "parameter": parameter,
        "row": row,
        "here": path_of(row.setting) if row.setting else "",
        "organization": organization,
        "form": form if user.is_admin else None,
        "checks": checks_by_parameter(parameter.name),
        "history": [(one, *_in_words(parameter, one.before, one.value)) for one in history],
        "is_waiting": bool(history) and (last is None or history[0].changed_at > last.as_of),
    }
    return render(request, "parameters/detail.html", context)


def _empty_form(request: HttpRequest, row: ParameterRow, organization: Organization) -> SettingForm:
    """Return the form for the unit in the URL, with the value that is set there."""
    units = check_parameters.list_units(organization)
    here = requested_scope(request).unit
    chosen = parameters.choice(request, "unit", [one.ou_id for one in units]) or (here.ou_id if here else "")
    known = [one for one in (row.setting, *row.below) if one and (one.unit.ou_id if one.unit else "") == chosen]
    value = known[0].value if known else row.parameter.default
    return SettingForm(
        row.parameter, organization, units, initial={"unit": chosen, "value": row.parameter.write(value)}
    )


def _in_words(parameter: Parameter[Any], *values: object) -> list[str]:
    """Return values in words; that nothing was set where they are None."""
    return ["not set" if value is None else parameter.describe(value) for value in values]
