"""Regions that policies close, as the gaps page shows them.

One line for each policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import AwsAccount
from posture.history.query import ClosedRegion


@dataclass(frozen=True, slots=True)
class ByPolicy:
    """A policy and what it closes; `policy` is empty where AWS did not name it."""

    policy: str
    accounts: Sequence[tuple[AwsAccount, Sequence[str]]]
    """Accounts, and the regions that are closed to each."""

    since: datetime

    @property
    def regions(self) -> list[str]:
        """All regions that it closes to anybody."""
        return sorted({region for _, regions in self.accounts for region in regions})


def by_policy(closures: Iterable[ClosedRegion]) -> list[ByPolicy]:
    """Group closed regions by policy, the one that affects most accounts first."""
    gathered: dict[str, list[ClosedRegion]] = {}
    for one in closures:
        gathered.setdefault(one.policy, []).append(one)
    found = [ByPolicy(policy, _accounts(ones), min(one.since for one in ones)) for policy, ones in gathered.items()]
    return sorted(found, key=lambda one: (-len(one.accounts), one.policy))


def _accounts(closures: Iterable[ClosedRegion]) -> list[tuple[AwsAccount, Sequence[str]]]:
    regions: dict[AwsAccount, list[str]] = {}
    for one in closures:
        regions.setdefault(one.account, []).append(one.region)
    return list(regions.items())
