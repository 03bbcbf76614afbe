"""Filters of VPCs."""

from __future__ import annotations

from posture.web.filters import Facet, FilterSet, Search


class VpcFilters(FilterSet):
    """Which VPCs are shown."""

    q = Search(fields=("name", "arn"))
    account_id = Facet(label="Account", field_name="account__account_id", named_by="account__name")
    region = Facet(label="Region")
