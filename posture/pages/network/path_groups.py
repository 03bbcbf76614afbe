"""Inbound paths that differ only in the interface, grouped as the page lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from posture.pages.network.interface_kinds import InterfaceKind, kind_of, owner_name
from posture.pages.network.reachability import InboundPath, PathState
from posture.pages.network.reachability_history import StateSince
from posture.pages.network.vpc_resources import interface_count
from posture.web.templatetags.words import NONE, day, figure, plural


@dataclass(frozen=True, slots=True)
class PathGroup:
    """Inbound paths with the same state, ports, kind of target and deciding link."""

    id: str
    paths: Sequence[InboundPath]
    kind: InterfaceKind
    names: Mapping[str, str]
    """Names of instances by ARN."""
    known_since: Mapping[str, StateSince] = field(default_factory=dict)
    """Since when each path has its state, by the ARN of the interface."""

    @property
    def first(self) -> InboundPath:
        """The path whose chain is shown for the group."""
        return self.paths[0]

    @property
    def state(self) -> PathState:
        """Whether the internet can reach it."""
        return self.first.state

    @property
    def number(self) -> int:
        """The number of interfaces."""
        return sum(interface_count(path.interface) for path in self.paths)

    @property
    def ports(self) -> str:
        """The ports in words."""
        return "unknown ports" if self.first.ports == "unknown" else self.first.ports

    @property
    def owners(self) -> list[str]:
        """The names of what the interfaces belong to."""
        return list(dict.fromkeys(owner_name(path.interface, self.names) for path in self.paths))

    @property
    def target(self) -> str:
        """What it leads to: a name if all belong to one, else a number of a kind."""
        names = self.owners
        if len(names) > 1 or not names[0]:
            return f"{figure(self.number)} {self.kind.noun(self.number)}"
        return names[0] if self.number == 1 else f"{names[0]}, {plural(self.number, 'interface')}"

    @property
    def source(self) -> str:
        """Where it comes from: anywhere, unless prefix lists or ranges are named."""
        sources = self.first.sources
        if sources == "unknown":
            return "unknown sources"
        named = sources not in {"", "unknown", "0.0.0.0/0", "::/0", "0.0.0.0/0 and ::/0"}
        return sources if named else "anywhere"

    @property
    def since(self) -> StateSince | None:
        """The earliest date since which a path has its state; None if unknown."""
        known = [self.known_since[path.interface.arn] for path in self.paths if path.interface.arn in self.known_since]
        return min(known, key=lambda one: (one.at, one.is_known), default=None)

    @property
    def since_words(self) -> str:
        """The date in words."""
        if self.since is None:
            return NONE
        return day(self.since.at) if self.since.is_known else f"before {day(self.since.at)}"

    @property
    def decision(self) -> str:
        """What the deciding link does, in a sentence."""
        decided = self.first.decided_by
        return decided.sentence or decided.reason or f"the {decided.link} allows it"


def group_paths(
    paths: Sequence[InboundPath],
    names: Mapping[str, str] | None = None,
    known_since: Mapping[str, StateSince] | None = None,
) -> list[PathGroup]:
    """Group paths that differ only in the interface, the most open and largest first."""

    def key(path: InboundPath) -> tuple[str, ...]:
        verdicts = ",".join(step.verdict for step in path.steps)
        return path.state, path.ports, verdicts, path.decided_by.id, kind_of(path.interface).one

    states = list(PathState)
    groups = [list(group) for _, group in groupby(sorted(paths, key=key), key=key)]
    groups.sort(key=lambda group: (states.index(group[0].state), -len(group[0].steps), -len(group), key(group[0])))
    return [
        PathGroup(f"path-{number}", group, kind_of(group[0].interface), names or {}, known_since or {})
        for number, group in enumerate(groups, 1)
    ]
