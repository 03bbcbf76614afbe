"""Aggregate the members of populations into one resource each. Pure.

The shape of what comes out, and how it is judged, is `posture.core.population`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from posture.core.arn import Arn
from posture.core.collector import Collector
from posture.core.gap import Gap, GapReason
from posture.core.population import MEMBERS, Group, merged
from posture.core.resource import CONFIGURATIONS, POPULATION, Resource
from posture.core.secret_kinds import SECRET_KINDS
from posture.core.values import Unknown, UnknownFieldError, canonical
from posture.sweep.normalizer import PathRules, split

logger = logging.getLogger(__name__)

TAGS = "tags."


def fold(
    resources: Sequence[Resource], gaps: Sequence[Gap], collectors: Iterable[Collector]
) -> tuple[list[Resource], list[Gap]]:
    """Return an account's resources with populations aggregated, and the gaps of that.

    Where the group of a resource is unknown, it stays one of its own, and a gap says that a population
    may be behind it: what is known of one is neither gone nor fixed.
    """
    declared = _in_order(each for each in collectors if each.population is not None)
    by_type: dict[str, list[Resource]] = {each.resource_type: [] for each in declared}
    kept = [each for each in resources if each.type not in by_type]
    for each in resources:
        if each.type in by_type:
            by_type[each.type].append(each)
    groups, blind = _Groups(gaps), []
    for collector in declared:
        folding = _Folding(collector, groups)
        kept += folding.all(by_type[collector.resource_type])
        blind += folding.gaps
    return kept, blind


def _in_order(collectors: Iterable[Collector]) -> list[Collector]:
    """Return collectors after those whose groups they ask for."""
    waiting = {each.resource_type: each for each in collectors}
    ordered: list[Collector] = []
    while waiting:
        ready = [each for each in waiting.values() if waiting.keys().isdisjoint(_population_of(each).after)]
        if not ready:
            raise ValueError(f"populations ask for each other's groups: {sorted(waiting)}")
        ordered += ready
        for each in ready:
            del waiting[each.resource_type]
    return ordered


def _population_of(collector: Collector) -> Any:
    return collector.population


@dataclass(slots=True)
class _Groups:
    """Which member belongs to which group, by type, region and id.

    Implements `population.Groups` for all regions.
    """

    gaps: Sequence[Gap]
    known: dict[tuple[str, str, str], Group] = field(default_factory=dict)

    def of(self, resource_type: str, region: str, member_id: str) -> Group | None:
        found = self.known.get((resource_type, region, member_id))
        if found is None:
            for gap in self.gaps:
                if gap.reason.blinds and gap.covers(region, resource_type):
                    raise UnknownFieldError(Unknown(gap.action, gap.error, gap.reason))
        return found


@dataclass(frozen=True, slots=True)
class _Here:
    """The groups in one region."""

    groups: _Groups
    region: str

    def of(self, resource_type: str, member_id: str) -> Group | None:
        return self.groups.of(resource_type, self.region, member_id)


@dataclass(slots=True)
class _Folding:
    """The folding of one type in one account."""

    collector: Collector
    groups: _Groups
    gaps: list[Gap] = field(default_factory=list)

    def all(self, resources: Sequence[Resource]) -> list[Resource]:
        own: list[Resource] = []
        found: dict[tuple[str, str], tuple[Group, list[Resource]]] = {}
        for each in resources:
            group = self._group(each)
            if group is None:
                own.append(each)
            else:
                found.setdefault((each.region, group.key), (group, []))[1].append(each)
        for place in sorted(found):
            own += self._folded(*found[place])
        return own

    def _folded(self, group: Group, members: Sequence[Resource]) -> Sequence[Resource]:
        """Return a population; its members one by one where they cannot be aggregated.

        Nothing is taken as gone.
        """
        try:
            return [self._population(group, members)]
        except Exception as error:
            logger.exception("the members of %s could not be folded", group.key)
            self._blind(members[0], self._odd(error))
            return members

    def _odd(self, error: Exception) -> Unknown:
        return Unknown(self.collector.actions[0], type(error).__name__, GapReason.BAD_ANSWER)

    def _group(self, each: Resource) -> Group | None:
        population = _population_of(self.collector)
        try:
            group: Group | None = population.group_of(each, _Here(self.groups, each.region))
        except UnknownFieldError as error:
            self._blind(each, error.unknown)
            return None
        except Exception as error:
            # AWS-supplied content is hostile: one odd member must not end the account's sweep.
            logger.exception("the group of %s could not be read", each.arn)
            self._blind(each, self._odd(error))
            return None
        if group is not None:
            self.groups.known[each.type, each.region, Arn.parse(each.arn).name] = group
        return group

    def _blind(self, each: Resource, unknown: Unknown) -> None:
        message = "Which group it belongs to is unknown."
        reason = GapReason(unknown.reason)
        gap = Gap(each.account_id, each.region, each.type, unknown.action, reason, unknown.error, message)
        if gap not in self.gaps:
            self.gaps.append(gap)

    def _population(self, group: Group, found: Sequence[Resource]) -> Resource:
        population = _population_of(self.collector)
        parts = [_part(each, apart_rules(self.collector), population) for each in found]
        parts.sort(key=lambda part: (part.since, part.resource.arn), reverse=True)
        shapes = sorted({part.shape for part in parts})
        number_of = {shape: number for number, shape in enumerate(shapes)}
        parts = _named_first(parts)
        config, tags = _configuration(group, [next(p for p in parts if p.shape == shape) for shape in shapes])
        arn = _arn(found[0], group)
        counts = [0] * len(shapes)
        for part in parts:
            counts[number_of[part.shape]] += 1
        return Resource(
            type=found[0].type,
            arn=arn,
            account_id=found[0].account_id,
            region=found[0].region,
            name=group.name,
            raw_config=config,
            raw_observed={
                "Count": len(parts),
                "Counts": counts,
                "Members": [part.described(number_of[part.shape]) for part in parts[: _named(len(parts), len(shapes))]],
            },
            raw_tags=tags,
            members=tuple(replace(part.resource, population=arn) for part in parts),
        )


@dataclass(frozen=True, slots=True)
class _Part:
    """A member, split into what it shares with others and what is its own."""

    resource: Resource
    config: dict[str, Any]
    own: dict[str, Any]
    tags: Mapping[str, str] | Unknown
    own_tags: Mapping[str, str]
    since: str
    shape: bytes

    def described(self, configuration: int) -> dict[str, Any]:
        named = {"Arn": self.resource.arn, "Name": self.resource.name, "Configuration": configuration, "Own": self.own}
        return {**named, "Tags": dict(self.own_tags)} if self.own_tags else named


@cache
def apart_rules(collector: Collector) -> PathRules:
    """Return the paths of a type's members' own and observed values, as one tree."""
    rules = PathRules()
    for path in (*collector.observed, SECRET_KINDS, *_population_of(collector).apart):
        if not path.startswith(TAGS):
            rules.add(path, "observed")
    for path in collector.unordered:
        rules.add(path, "unordered")
    rules.spread()
    return rules


def _part(each: Resource, rules: PathRules, population: Any) -> _Part:
    config, own = split(merged(each.raw_config, each.raw_observed), rules, str)
    tags, own_tags = _split_tags(each.raw_tags, population.apart)
    since = _at(own, population.since) if population.since else ""
    return _Part(each, config, own, tags, own_tags, since, canonical([config, tags]))


def _split_tags(
    tags: Mapping[str, str] | Unknown, apart: Iterable[str]
) -> tuple[Mapping[str, str] | Unknown, Mapping[str, str]]:
    if isinstance(tags, Unknown):
        return tags, {}
    patterns = [path.removeprefix(TAGS) for path in apart if path.startswith(TAGS)]
    own = {key: value for key, value in tags.items() if any(fnmatchcase(key, pattern) for pattern in patterns)}
    return {key: value for key, value in tags.items() if key not in own}, own


def _at(own: Mapping[str, Any], path: str) -> str:
    value: Any = own
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def _named_first(parts: Sequence[_Part]) -> list[_Part]:
    """Return members newest first, after the newest of each configuration if too many."""
    newest = {part.shape: part for part in reversed(parts)}
    first = set(map(id, newest.values()))
    room = MEMBERS - len(newest)
    others = [part for part in parts if id(part) not in first]
    named = first | set(map(id, others[: max(room, 0)]))
    return [part for part in parts if id(part) in named] + [part for part in parts if id(part) not in named]


def _named(members: int, configurations: int) -> int:
    return min(members, max(MEMBERS, configurations))


def _configuration(group: Group, parts: Sequence[_Part]) -> tuple[dict[str, Any], Mapping[str, str] | Unknown]:
    """Return what is kept of the distinct configurations, and the tags that all have."""
    tags = _common_tags([part.tags for part in parts])
    first = parts[0].config
    common = {key: value for key, value in first.items() if all(_same(part.config, key, value) for part in parts)}
    config = {POPULATION: group.key, **common}
    if len(parts) > 1:
        config[CONFIGURATIONS] = [_differing(part, common, tags) for part in parts]
    return config, tags


def _same(config: Mapping[str, Any], key: str, value: Any) -> bool:
    return key in config and canonical(config[key]) == canonical(value)


def _common_tags(all_tags: Sequence[Mapping[str, str] | Unknown]) -> Mapping[str, str] | Unknown:
    known: list[Mapping[str, str]] = []
    for tags in all_tags:
        if isinstance(tags, Unknown):
            return tags
        known.append(tags)
    return {key: value for key, value in known[0].items() if all(tags.get(key) == value for tags in known)}


def _differing(part: _Part, common: Mapping[str, Any], tags: Mapping[str, str] | Unknown) -> dict[str, Any]:
    differing = {key: value for key, value in part.config.items() if key not in common}
    if isinstance(tags, Unknown) or isinstance(part.tags, Unknown):
        return {**differing, "Tags": part.tags}
    own = {key: value for key, value in part.tags.items() if key not in tags}
    return {**differing, "Tags": own} if own else differing


def _arn(member: Resource, group: Group) -> str:
    parsed = Arn.parse(member.arn)
    kind = parsed.resource.partition("/")[0].partition(":")[0]
    separator = parsed.resource[len(kind) : len(kind) + 1] or "/"
    whole = f"{kind}{separator}{group.key}"
    return str(parsed._replace(account_id=member.account_id, resource=whole))
