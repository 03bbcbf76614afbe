"""What the parameters of checks are set to, as pages show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from accounts.access import units_seen_by
from accounts.models import Organization, OrganizationalUnit, ParameterSetting, User
from accounts.parameters import find_effective, list_settings, path_of
from posture.core.parameters import Parameter, ParameterError
from posture.history.scope import Scope


@dataclass(frozen=True)
class ParameterRow:
    """A parameter with what holds in the scope, and what is set below it."""

    parameter: Parameter[Any]
    setting: ParameterSetting | None
    """What decides in the scope; None for the default."""
    below: Sequence[ParameterSetting]
    """What units below the scope set, of those that the person may see."""

    @property
    def name(self) -> str:
        """The parameter's name."""
        return self.parameter.name

    @property
    def title(self) -> str:
        """The parameter's title."""
        return self.parameter.title

    @property
    def default(self) -> str:
        """The default in words."""
        return self.parameter.describe(self.parameter.default)

    @cached_property
    def is_out_of_order(self) -> bool:
        """Return True where the stored value is not accepted, so that the default holds."""
        if self.setting is None:
            return False
        try:
            self.parameter.accept(self.setting.value)
        except ParameterError:
            return True
        return False

    @property
    def value(self) -> str:
        """The value that holds in the scope, in words."""
        if self.setting is None or self.is_out_of_order:
            return self.default
        return self.parameter.describe(self.setting.value)

    @property
    def where(self) -> str:
        """Where the value is set, in words; empty for the default."""
        if self.setting is None:
            return ""
        return self.setting.unit.name if self.setting.unit else "the whole organization"

    @property
    def values_below(self) -> list[tuple[ParameterSetting, str]]:
        """What is set below, each with its value in words."""
        return [(one, self.parameter.describe(one.value)) for one in self.below]


def organization_of(scope: Scope) -> Organization | None:
    """Return the one organization that a scope is about."""
    return scope.account.organization if scope.account else scope.rolled_up


def path_in(scope: Scope) -> str:
    """Return the path of the unit that a scope is about; empty for an organization."""
    if scope.account is not None:
        return scope.account.unit.path if scope.account.unit else ""
    return scope.unit.path if scope.unit else ""


def list_rows(user: User, scope: Scope, parameters: Iterable[Parameter[Any]]) -> list[ParameterRow]:
    """Return parameters with what is set, by two queries at most."""
    wanted, organization = list(parameters), organization_of(scope)
    if not wanted:
        return []
    settings = seen_settings(user, list_settings(organization.pk)) if organization else []
    path = path_in(scope)
    effective = find_effective(settings, path)
    return [
        ParameterRow(
            one,
            effective.get(one.name),
            [each for each in settings if each.name == one.name and _is_below(each, path)],
        )
        for one in wanted
    ]


def _is_below(setting: ParameterSetting, path: str) -> bool:
    mine = path_of(setting)
    return mine.startswith(path) and mine != path


def seen_settings(user: User, settings: Sequence[ParameterSetting]) -> list[ParameterSetting]:
    """Return the settings of the organization, and of units that a person may see."""
    if user.sees_everything or not any(one.unit_id for one in settings):
        return list(settings)
    seen = set(units_seen_by(user).values_list("pk", flat=True))
    return [one for one in settings if one.unit_id is None or one.unit_id in seen]


def list_history(user: User, organization: Organization, name: str, most: int) -> list[ParameterSetting]:
    """Return the latest changes of a parameter that a person may see, newest first."""
    rows = ParameterSetting.objects.filter(organization=organization, name=name).select_related("unit")
    return seen_settings(user, list(rows))[:most]


def list_units(organization: Organization) -> list[OrganizationalUnit]:
    """Return the units of an organization that are there, each below its parent."""
    return list(organization.units.filter(gone_at=None).order_by("path"))
