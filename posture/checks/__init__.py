"""One file per resource type: pure judgements that know no AWS client and no database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from posture.core.check import Check
from posture.core.classification import DEFAULT, Scheme, using
from posture.core.gap import Gap
from posture.core.registry import declared
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.sweep import Judgement


@cache
def all_checks() -> dict[str, Check]:
    """Return every check by its id."""
    return declared(__name__, Check, "id")


@cache
def checks_of(resource_type: str) -> tuple[Check, ...]:
    """Return the checks that judge a resource type."""
    return tuple(check for check in all_checks().values() if check.resource_type == resource_type)


def judge(
    resources: Sequence[Resource], gaps: Sequence[Gap], now: datetime, scheme: Scheme = DEFAULT
) -> list[Judgement]:
    """Judge every resource of one account by every check of its type, data classified by `scheme`."""
    neighbourhood = Neighbourhood(resources, gaps)
    with using(scheme):
        return [
            Judgement(check.id, resource, check.judge(resource, neighbourhood, now))
            for resource in resources
            for check in checks_of(resource.type)
        ]
