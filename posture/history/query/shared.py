"""What one account runs for its whole Organization, visible to every account."""

from __future__ import annotations

from collections.abc import Sequence

from posture.core.coverage import SHARED, covers_all
from posture.core.resource import Resource
from posture.history.models import ResourceRecord
from posture.history.query.resources import narrow_versions_to_instant
from posture.history.scope import Scope


def list_shared_resources(scope: Scope, types: Sequence[str]) -> list[Resource]:
    """Return resources of other accounts that watch over the whole Organization.

    The one read beyond a scope's accounts: without it an owner would see a tool as off that the security team runs for
    everybody. It returns what says so, and nothing else of that account.
    """
    wanted = set(SHARED).intersection(types)
    records = ResourceRecord.objects.filter(
        account__organization_id__in=scope.seen_organizations, type__in=wanted
    ).exclude(account_id__in=scope.account_pks)
    found = [
        record.as_resource() for record in narrow_versions_to_instant(records, scope.as_of).select_related("account")
    ]
    return [one for one in found if covers_all(one)]
