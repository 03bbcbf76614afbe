"""Since when each inbound path has its state, by analyzing past versions."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.history.query import ResourceRecord
from posture.pages.network.reachability import InboundPath, PathState
from posture.pages.network.vpc_analysis import analyze

SECONDS = 2.0
"""Maximum processor time for looking back."""


@dataclass(frozen=True, slots=True)
class StateSince:
    """When a path got its state; `is_known` is False if it may be older."""

    at: datetime
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class History:
    """The versions of a VPC's links up to a time.

    `complete_from` is the time from which all versions are included; None for all time.
    """

    versions: Sequence[ResourceRecord]
    until: datetime
    complete_from: datetime | None = None


def since(vpc: Resource, paths: Sequence[InboundPath], history: History) -> dict[str, StateSince]:
    """Return since when each path has its state, by the ARN of its interface.

    A path whose state comes from a refused listing is left out: versions do not record gaps.
    """
    began = time.thread_time()
    past, complete = _Past(vpc, history.versions), history.complete_from
    moments = [at for at in past.moments if at <= history.until and (complete is None or at >= complete)]
    if not moments:
        return {}
    now = past.states(moments[0])
    left = {path.interface.arn: path.state for path in paths if now.get(path.interface.arn) is path.state}
    found: dict[str, StateSince] = {}
    reached = moments[0]
    for changed, before in pairwise(moments):
        if not left or time.thread_time() - began > SECONDS:
            break
        states = past.states(before)
        for arn in [arn for arn, state in left.items() if states.get(arn) is not state]:
            found[arn] = StateSince(changed)
            del left[arn]
        reached = before
    return found | {arn: StateSince(reached, is_known=False) for arn in left}


class _Past:
    """The past resources of a VPC."""

    def __init__(self, vpc: Resource, versions: Sequence[ResourceRecord]) -> None:
        self._vpc = vpc
        self._versions = [(one.valid_from, one.valid_to, one) for one in versions]
        self._resources: dict[int, Resource] = {}
        ends = {at for start, end, _ in self._versions for at in (start, end) if at}
        self.moments = sorted(ends, reverse=True)
        """When anything changed, newest first."""

    def states(self, at: datetime) -> Mapping[str, PathState]:
        """Return the states of the paths at a time, by the ARN of the interface."""
        there = [self._resource(one) for start, end, one in self._versions if start <= at and (end is None or at < end)]
        vpc = next((one for one in there if one.arn == self._vpc.arn), self._vpc)
        analysis = analyze(vpc, Neighbourhood(there, ()), SECONDS)
        return {path.interface.arn: path.state for path in analysis.paths}

    def _resource(self, version: ResourceRecord) -> Resource:
        if version.id not in self._resources:
            self._resources[version.id] = version.as_resource()
        return self._resources[version.id]
