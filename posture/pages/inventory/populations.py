"""A population on its page: members by configuration, and evidence among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from posture.collectors import all_collectors
from posture.core.arn import Arn
from posture.core.population import NAMED_AS_EVIDENCE, configurations, unfolded
from posture.core.resource import Resource
from posture.history.query import ResourceRecord
from posture.pages.inventory.config_cells import format_value
from posture.pages.inventory.configuration import Mark
from posture.pages.inventory.names import in_words
from posture.web.templatetags.words import plural

MEMBERS_SHOWN = 12
"""Members that are shown at once; the rest is unfolded."""
KINDS = {
    "asg": "Auto Scaling group",
    "eks": "Node group of EKS",
    "karpenter": "Node pool of Karpenter",
    "spot": "Spot request",
    "fleet": "EC2 Fleet",
}
"""Names of kinds of groups, by the first part of their keys."""


@dataclass(frozen=True, slots=True)
class PopulationMember:
    """A member: its id, start, configuration and findings."""

    id: str
    arn: str
    configuration: int
    since: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class PopulationMembers:
    """A population's members, those with findings first.

    `marks` are findings that apply to all named members.
    """

    words: str
    kind: str
    number: int
    counts: Sequence[int]
    members: Sequence[PopulationMember]
    marks: Sequence[Mark]
    is_cut: bool
    """A finding names its maximum of members: it may apply to others too."""

    @property
    def first(self) -> Sequence[PopulationMember]:
        """The members that are shown at once."""
        return self.members[:MEMBERS_SHOWN]

    @property
    def rest(self) -> Sequence[PopulationMember]:
        """The members that are unfolded."""
        return self.members[MEMBERS_SHOWN:]

    @property
    def unnamed(self) -> int:
        """The number of members without a name."""
        return self.number - len(self.members)


def counted(number: int, resource_type: str, kinds: int = 1) -> str:
    """Return a number of members in words: "40 instances, 2 configurations"."""
    members = in_words(number, resource_type)
    return f"{members}, {plural(kinds, 'configuration')}" if kinds > 1 else members


def members_of(record: ResourceRecord, marks: Mapping[str, Sequence[Mark]]) -> PopulationMembers | None:
    """Return a population's members; None for other resources, and for the past.

    `marks` are findings on observed fields, by path.
    """
    observed = record.observed
    if record.members is None or "Members" not in observed:
        return None
    config = record.config
    found = list(_members(record, observed["Members"], marks))
    common = [mark for mark in found[0].marks if len(found) > 1 and all(mark in each.marks for each in found)]
    found = [replace(each, marks=tuple(mark for mark in each.marks if mark not in common)) for each in found]
    return PopulationMembers(
        words=counted(record.members, record.type, len(configurations(config))),
        kind=KINDS.get(str(config["Population"]).partition("/")[0], "Group"),
        number=record.members,
        counts=observed["Counts"],
        members=sorted(found, key=lambda each: not each.marks),
        marks=common,
        is_cut=any(number >= NAMED_AS_EVIDENCE for number in Counter(_named(marks)).values()),
    )


def _named(marks: Mapping[str, Sequence[Mark]]) -> Iterator[int]:
    """Yield the finding of each mark on a member."""
    for path, own in marks.items():
        if path.startswith("Members["):
            yield from (mark.finding_id for mark in own)


def _members(
    record: ResourceRecord, listed: Sequence[Mapping[str, Any]], marks: Mapping[str, Sequence[Mark]]
) -> Iterator[PopulationMember]:
    collector = all_collectors().get(record.type)
    since = collector.population.since if collector and collector.population else ""
    for index, (each, whole) in enumerate(zip(listed, unfolded(record.as_resource()), strict=True)):
        own = tuple(marks.get(f"Members[{index}].Arn", ()))
        yield PopulationMember(
            Arn.parse(each["Arn"]).name, each["Arn"], each["Configuration"] + 1, _since(whole, since), own
        )


def _since(member: Resource, path: str) -> str:
    value = member.raw_config.get(path) if path else None
    return format_value(value) if isinstance(value, str) else ""
