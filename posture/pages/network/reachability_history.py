"""Since when each way into a VPC is as it is: what it passes, judged again as it was, back to where it differed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.history.query import ResourceRecord
from posture.pages.network.isolation import draw
from posture.pages.network.reachability import Way, WayState

SECONDS = 2.0
"""Processor time that looking back may take."""


@dataclass(frozen=True, slots=True)
class Since:
    """When a way became as it is; `is_known` is False where it may have been so for longer."""

    at: datetime
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class History:
    """The versions of what a VPC's ways pass, up to a time; `complete_from` is None where none is left out."""

    versions: Sequence[ResourceRecord]
    until: datetime
    complete_from: datetime | None = None


def since(vpc: Resource, ways: Sequence[Way], history: History) -> dict[str, Since]:
    """Return since when each way has its state, by the ARN of its interface.

    A way that is as it is because a listing was refused is left out: versions do not say what was read when.
    """
    began = time.thread_time()
    past, complete = _Past(vpc, history.versions), history.complete_from
    moments = [at for at in past.moments if at <= history.until and (complete is None or at >= complete)]
    if not moments:
        return {}
    now = past.states(moments[0])
    left = {way.interface.arn: way.state for way in ways if now.get(way.interface.arn) is way.state}
    found: dict[str, Since] = {}
    reached = moments[0]
    for changed, before in pairwise(moments):
        if not left or time.thread_time() - began > SECONDS:
            break
        states = past.states(before)
        for arn in [arn for arn, state in left.items() if states.get(arn) is not state]:
            found[arn] = Since(changed)
            del left[arn]
        reached = before
    return found | {arn: Since(reached, is_known=False) for arn in left}


class _Past:
    """The resources of a VPC as they were."""

    def __init__(self, vpc: Resource, versions: Sequence[ResourceRecord]) -> None:
        self._vpc = vpc
        self._versions = [(one.valid_from, one.valid_to, one) for one in versions]
        self._resources: dict[int, Resource] = {}
        ends = {at for start, end, _ in self._versions for at in (start, end) if at}
        self.moments = sorted(ends, reverse=True)
        """When anything changed, newest first."""

    def states(self, at: datetime) -> Mapping[str, WayState]:
        """Return the states of the ways that there were from a moment on, by the ARN of the interface."""
        there = [self._resource(one) for start, end, one in self._versions if start <= at and (end is None or at < end)]
        vpc = next((one for one in there if one.arn == self._vpc.arn), self._vpc)
        picture = draw(vpc, Neighbourhood(there, ()), SECONDS)
        return {way.interface.arn: way.state for way in picture.ways}

    def _resource(self, version: ResourceRecord) -> Resource:
        if version.id not in self._resources:
            self._resources[version.id] = version.as_resource()
        return self._resources[version.id]
