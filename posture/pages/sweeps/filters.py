"""Filters of sweeps and of gaps."""

from __future__ import annotations

from posture.core.gap import ANY
from posture.history.query import Snapshot
from posture.pages.sweeps import causes
from posture.web.filters import Facet, FilterSet, Search


class SweepFilters(FilterSet):
    """Which sweeps are shown."""

    state = Facet(label="State", words=lambda value: Snapshot.State(value).label)
    trigger = Facet(label="Started by", words=lambda value: Snapshot.Trigger(value).label)


class GapFilters(FilterSet):
    """Which gaps are shown."""

    q = Search(fields=("action", "error", "resource_type", "account__name", "account__account_id", "remedy"))
    account_id = Facet(label="Account", field_name="account__account_id", named_by="account__name")
    reason = Facet(label="Reason", words=causes.words)
    region = Facet(label="Region", words=lambda value: "every region" if value == ANY else str(value))
    resource_type = Facet(label="Type", words=lambda value: "every type" if value == ANY else str(value))
