"""Filters of accounts."""

from __future__ import annotations

from accounts.models import AwsAccount
from posture.web.filters import Facet, FilterSet, Search


class AccountFilters(FilterSet):
    """Which accounts are shown."""

    q = Search(fields=("name", "account_id", "email"))
    unit = Facet(label="Unit", field_name="unit__ou_id", named_by="unit__name")
    state = Facet(label="State", words=lambda value: AwsAccount.State(value).label if value else "")
