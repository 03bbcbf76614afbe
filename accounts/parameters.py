"""Values of the checks' parameters, as organizations and their units set them.

Knows names and plain values; which parameters there are, and what they accept, the checks say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from accounts.models import AwsAccount, Organization, OrganizationalUnit, ParameterSetting, User


def list_settings(organization_pk: int) -> list[ParameterSetting]:
    """Return what is set in an organization now, by name.

    The organization's own comes first, then its units' by their paths.
    """
    rows = ParameterSetting.objects.filter(organization=organization_pk).select_related("unit")
    latest = rows.order_by("name", "unit_id", "-changed_at", "-pk").distinct("name", "unit_id")
    set_now = [one for one in latest if one.value is not None]
    return sorted(set_now, key=lambda one: (one.name, path_of(one)))


def path_of(setting: ParameterSetting) -> str:
    """Return the path below which a setting holds; empty for the whole organization."""
    return setting.unit.path if setting.unit else ""


def find_effective(settings: Iterable[ParameterSetting], path: str) -> dict[str, ParameterSetting]:
    """Return the settings that hold in the unit at `path`, by name.

    The nearest unit decides, else the organization.
    """
    found: dict[str, ParameterSetting] = {}
    for one in settings:
        mine = path_of(one)
        nearest = path_of(found[one.name]) if one.name in found else ""
        if path.startswith(mine) and len(mine) >= len(nearest):
            found[one.name] = one
    return found


def load_values(account: AwsAccount) -> Mapping[str, Any]:
    """Return the values that are set for an account, by the names of their parameters."""
    settings = list_settings(account.organization_id)
    if not settings:
        return {}
    path = account.unit.path if account.unit else ""
    return {name: one.value for name, one in find_effective(settings, path).items()}


def change_setting(
    organization: Organization, unit: OrganizationalUnit | None, name: str, value: object, by: User
) -> ParameterSetting | None:
    """Set a value, or None to reset.

    Return the change; None where it was set so already.
    """
    with transaction.atomic():
        # Locked, so that what is noted as the value before was that.
        Organization.objects.select_for_update().get(pk=organization.pk)
        last = ParameterSetting.objects.filter(organization=organization, unit=unit, name=name).first()
        before = last.value if last else None
        if before == value:
            return None
        return ParameterSetting.objects.create(
            organization=organization,
            unit=unit,
            name=name,
            before=before,
            value=value,
            changed_by=by,
            changed_by_name=by.username,
        )
