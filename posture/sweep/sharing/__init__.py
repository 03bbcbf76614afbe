"""Administrators' answers for all member accounts at once: one file per service.

A service is here only where its administrator's answer holds the member's own, word for word. GuardDuty's list of
members knows no plans, and Security Hub gives an administrator 3 calls a second for the findings of all.

Two services are not here, since nobody answers for all what collectors ask of them:

- Config is asked for recorders, their state, delivery channels, how delivery goes, and aggregators
  (DescribeConfigurationRecorders, DescribeConfigurationRecorderStatus, DescribeDeliveryChannels,
  DescribeDeliveryChannelStatus, DescribeConfigurationAggregators). An aggregator replicates what recorders wrote down,
  and none of these is a type that Config records: GetAggregateDiscoveredResourceCounts and
  SelectAggregateResourceConfig cannot hold them. DescribeConfigurationAggregatorSourcesStatus says whether an
  account could be replicated and DescribeAggregateComplianceByConfigRules how its rules came out: neither says
  whether a recorder is on, what it records or where it delivers, and a stopped recorder leaves both as they were.
- Access Analyzer is asked for analyzers alone (ListAnalyzers), which has no parameter for another account: the owner of
  the organization's analyzer does not see analyzers that members have themselves. Config may record a member's
  analyzers, but only where its recorder is on, and as of when it wrote them down. The organization's analyzer is read
  once already, at its owner, and its cover of members is read from there. Findings, which its owner could list for all
  (ListFindingsV2, by resourceOwnerAccount), no collector asks for, of anybody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, Protocol

from posture.core.registry import declared


class Asking(Protocol):
    """The administrator's account, in one service and region.

    Raises botocore's exceptions or `AskError`.
    """

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        """Return one answer."""
        ...

    def pages(self, operation: str, key: str, **params: Any) -> Iterator[Any]:
        """Yield the items under `key` over all pages."""
        ...


class Said(NamedTuple):
    """What a member account would answer to a call."""

    account_id: str
    operation: str
    params: Mapping[str, Any]
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sharing:
    """One service whose administrator can speak for its members."""

    service: str
    """boto3's name."""
    administrator_operation: str
    """The operation by which a member learns who its administrator is."""
    path: tuple[str, ...]
    """Where the administrator's account id is in that answer."""
    spares: frozenset[str]
    """The operations that members need not be asked for."""
    actions: tuple[str, ...]
    """What the administrator's role must allow besides what every account's role does."""
    read: Callable[[Asking], Iterator[Said]]
    unsaid: frozenset[str] = frozenset()
    """Keys of a member's own answer that the administrator does not give, and that no collector keeps."""

    def administrator_in(self, operation: str, answer: Mapping[str, Any]) -> str:
        """Return the administrator's account id, if this answer names it."""
        value: Any = answer if operation == self.administrator_operation else None
        for key in self.path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return str(value or "")

    def gist(self, answer: Mapping[str, Any]) -> str:
        """Return an answer without empty values and what administrators leave out."""
        return json.dumps(_gist(answer, self.unsaid), sort_keys=True, default=str)


def _gist(value: Any, unsaid: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        kept = {key: _gist(item, unsaid) for key, item in value.items() if key not in unsaid}
        return {key: item for key, item in kept.items() if item not in (None, "", [], {})}
    if isinstance(value, list):
        return [_gist(item, unsaid) for item in value]
    return value


@cache
def all_sharings() -> dict[str, Sharing]:
    """Return every service that is shared, by boto3's name."""
    return declared(__name__, Sharing, "service")
