"""Keeps which versions of the checks have judged an organization, and since when."""

from __future__ import annotations

from datetime import datetime

from posture.checks import all_checks
from posture.core.sweep import AccountResult
from posture.history.models import CheckVersion


def register(organization_pk: int, at: datetime, result: AccountResult) -> None:
    """Enter the versions of checks that judge for the first time."""
    now = {(check.id, check.version) for check in all_checks().values() if check.resource_type in result.swept_types}
    entered = CheckVersion.objects.filter(organization=organization_pk)
    known = set(entered.values_list("check_id", "version"))
    # Sorted, so that two accounts that enter the same ones at once wait for each other in one order.
    CheckVersion.objects.bulk_create(
        (
            CheckVersion(organization_id=organization_pk, check_id=check_id, version=version, first_seen=at)
            for check_id, version in sorted(now - known)
        ),
        ignore_conflicts=True,
    )
