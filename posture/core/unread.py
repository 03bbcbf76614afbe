"""Which fields of a resource could not be read, and of how many resources each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from posture.core.gap import GapReason
from posture.core.resource import CONFIGURATIONS, Resource
from posture.core.values import Unknown

_REASONS = {reason.value: reason for reason in GapReason}


@dataclass(frozen=True, slots=True)
class Refusal:
    """AWS's words about an unreadable field, and one sentence on what fixes it."""

    message: str
    remedy: str
    request_id: str = ""


def blinds(reason: str) -> bool:
    """Return True if something was there to be seen; an unknown reason counts so."""
    known = _REASONS.get(reason)
    return known is None or known.blinds


def unread(resource: Resource) -> Counter[Unknown]:
    """Count the resources that lack a field, by reason: 1, or a population's members.

    Of a population's own fields of members, those of the members that it names are counted.
    """
    config, observed = resource.raw_config, resource.raw_observed
    if not resource.is_population:
        return Counter({*unknowns(config), *unknowns(observed), *unknowns(resource.raw_tags)})
    counts = observed.get("Counts") or [1] * len(config.get(CONFIGURATIONS) or [{}])
    shared = {*unknowns({**config, CONFIGURATIONS: None}), *unknowns(resource.raw_tags)}
    differing = [{*unknowns(each)} - shared for each in config.get(CONFIGURATIONS) or [{}]]
    found = Counter(dict.fromkeys(shared, sum(counts)))
    for number, lacking in enumerate(differing):
        found.update(dict.fromkeys(lacking, counts[number]))
    for member in observed.get("Members") or ():
        found.update({*unknowns(member)} - shared - differing[member["Configuration"]])
    return found


def unknowns(value: Any) -> Iterator[Unknown]:
    """Yield each unknown value inside a configuration, as often as it occurs."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from unknowns(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from unknowns(item)
