"""Which targets of a resource belong to other accounts of the organization.

Declares no collector. Names of buckets and load balancers are no ARNs, so nothing in them says whose they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from posture.core.collector import Ask

OTHERS = "OtherAccounts"


class NamedTarget(NamedTuple):
    """What a resource names: type, what it is looked up by, region if known."""

    resource_type: str
    name: str
    region: str = ""


def other_accounts(ask: Ask, targets: Iterable[NamedTarget]) -> dict[NamedTarget, dict[str, Any]]:
    """Return which other account has each target, as of its last sweep.

    `AccountId` is None where none is known to. `Complete` says whether all that other accounts have was seen. Empty
    where nothing is known of other accounts at all. One question about all targets costs less than one for each.
    """
    wanted: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for each in targets:
        wanted[each.resource_type, each.region].add(each.name)
    rows: dict[NamedTarget, dict[str, Any]] = {}
    for (kind, region), names in sorted(wanted.items()):
        found = ask.elsewhere(kind, names, region)
        if found is None:
            return {}
        for name in names:
            account_id = found.accounts.get(name)
            row = {"Type": kind, "Name": name, "AccountId": account_id, "Complete": found.is_complete}
            rows[NamedTarget(kind, name, region)] = row
    return rows


def rows_of(found: Mapping[NamedTarget, dict[str, Any]], targets: Iterable[NamedTarget]) -> list[dict[str, Any]]:
    """Return what was found of a resource's targets, sorted."""
    return [found[each] for each in sorted(set(targets)) if each in found]
