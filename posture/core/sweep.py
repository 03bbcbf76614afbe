"""What a sweep of one account brings home."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from posture.core.gap import Gap
from posture.core.kubernetes import is_uploaded
from posture.core.outcome import Outcome
from posture.core.prior_reading import Listing
from posture.core.resource import GLOBAL, Resource
from posture.core.unread import Refusal
from posture.core.values import Unknown


class Judgement(NamedTuple):
    """One check's outcome for one resource.

    A tuple, since thousands are made at every sweep.
    """

    check_id: str
    resource: Resource
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ServiceCost:
    """What a sweep of one account cost in one service and region."""

    service: str
    """boto3's name of the service, as in `AccountResult.calls`."""
    region: str
    """The region that was asked; for global services the one that answers for all."""
    calls: int
    """Requests that were sent, those that were sent again included."""
    retries: int = 0
    throttles: int = 0
    """Of the retries, those after AWS said that we were too fast."""
    seconds: float = 0.0
    """Waiting for answers, summed over all threads; pauses between the calls are not in it."""


@dataclass(frozen=True, slots=True)
class AccountResult:
    """One account's part of a snapshot: complete but for the gaps that it names.

    A role that could not be assumed gives no resources and one gap over `ANY` region and type.
    `swept_types` and `regions` say what was asked, so that what was not asked is not taken as gone.
    """

    account_id: str
    now: datetime
    regions: Sequence[str]
    swept_types: Sequence[str]
    resources: Sequence[Resource]
    gaps: Sequence[Gap]
    judgements: Sequence[Judgement]
    calls: Mapping[str, int] = field(default_factory=dict)
    """Calls made, by `service:operation`."""
    retries: int = 0
    throttles: int = 0
    seconds: float = 0.0
    global_types: Sequence[str] = ()
    """Of `swept_types`, those listed once for the whole account, whatever regions their resources are in."""
    is_judged: bool = True
    """Where not, nothing was judged yet: who records it judges what has changed, and what depends on time."""
    confirmed_gone: Sequence[str] = ()
    """ARNs that a read by id did not find either: closed at once, not after a second miss."""
    services: Sequence[ServiceCost] = ()
    """What `calls` cost, by service and region, the most calls first."""
    refusals: Mapping[Unknown, Refusal] = field(default_factory=dict)
    """What AWS said of the unknown fields inside `resources`, by their values."""
    saved: Mapping[str, int] = field(default_factory=dict)
    """Calls that an answer for the whole Organization made needless in this account, by `service:operation`."""
    reused: Collection[Listing] = ()
    """Listings that were not asked: of these `resources` holds what the last full reading returned."""
    reused_from: datetime | None = None
    """When that was; None where everything was asked."""
    reader: str = ""
    """Digest of the code that read; empty where a sweep by the same code may not reuse it."""

    source: str = ""
    """Of an upload, how the ARNs of all that it may have begin; empty for what AWS was asked."""

    def asked(self, region: str, resource_type: str, arn: str = "") -> bool:
        """Whether a resource of this type and region would have been listed, gaps aside.

        An upload asks about its own source alone, and a sweep about nothing that was uploaded.
        """
        if self.source:
            return arn.startswith(self.source)
        if is_uploaded(arn):
            return False
        return resource_type in self.swept_types and (
            region in {GLOBAL, *self.regions} or resource_type in self.global_types
        )

    @property
    def refused(self) -> bool:
        """Whether nothing at all could be read."""
        return bool(self.gaps) and not self.resources
