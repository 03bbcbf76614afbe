"""A population: members of one group that come and go, kept as one resource.

Instances of an Auto Scaling group are replaced every day by equal ones. One by one they would be most of
an account's history and show nothing. So the engine folds the members of one group into one resource:

    {"Population": "asg/web", "InstanceType": "m7g.large", …}                     all members are alike
    {"Population": "asg/web", …what all have in common…, "Configurations": [{…}, {…}]}   they are not

What differs between members (ids, addresses, times) is left out of the configuration, so that it does not change
while members are replaced by equal ones. Which members there are is observed, as their latest value:

    {"Count": 40, "Counts": [38, 2], "Members": [{"Arn": …, "Name": …, "Configuration": 0, "Own": {…}}, …]}

`Members` names some hundred, newest first, and of each configuration at least one. Checks judge each
configuration, or each member where they look around or at what is observed: see `judged`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from posture.core.arn import Arn
from posture.core.outcome import Outcome, Status
from posture.core.resource import CONFIGURATIONS, POPULATION, Resource
from posture.core.values import Unknown

MEMBERS = 300
"""Members that a population names, the newest; of each configuration one at least."""
NAMED_IN_WORDS = 3
NAMED_AS_EVIDENCE = 50
OWN_TEXT_MIN_CHARACTERS = 7
"""Characters of the shortest address."""


@dataclass(frozen=True, slots=True)
class Group:
    """What a member belongs to: a key, and what people call it.

    The key is stable and unique for its type and region.
    """

    key: str
    name: str


class Groups(Protocol):
    """The groups of other types' members: a volume belongs to its instance's group."""

    def of(self, resource_type: str, member_id: str) -> Group | None:
        """Return the group of a member by the last part of its ARN; None if in none.

        Raises `UnknownFieldError` where the type could not be listed in this region.
        """
        ...


@dataclass(frozen=True, slots=True)
class Population:
    """How a collector distinguishes members of groups from resources of their own.

    `group_of` returns a member's group, None for a resource of its own. `apart` are dotted paths, as those
    of a collector, of what differs between members of one group; `tags.` and a pattern names tags. `since` is
    the path of a member's beginning. `after` are the types whose groups `group_of` asks for.
    """

    group_of: Callable[[Resource, Groups], Group | None]
    apart: tuple[str, ...]
    since: str = ""
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedUnit:
    """What is judged for a population: a configuration by one member, or one member."""

    resource: Resource
    represents: int
    configuration: int | None
    listed: Sequence[int]
    """Which of the listed members it stands for."""


def members(resource: Resource) -> Sequence[Resource]:
    """Return a population's members: all in the sweep that saw them, else those named.

    Of an older version, of which nothing observed is kept, one stands for each configuration.
    """
    listed = _listed(resource)
    if resource.members or listed:
        return resource.members or [_member(resource, each) for each in listed]
    return [_representative(resource, number) for number in range(len(configurations(resource.raw_config)))]


def unfolded(resource: Resource) -> Sequence[Resource]:
    """Return what a resource represents: itself, or the members of a population."""
    return members(resource) if resource.is_population else (resource,)


def configurations(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the distinct configurations of a population, without members' own parts."""
    common = {key: value for key, value in config.items() if key != CONFIGURATIONS}
    return [{**common, **_without(each, "Tags")} for each in config.get(CONFIGURATIONS) or [{}]]


def judged(resource: Resource, judge: Callable[[Resource], Outcome], *, each_member: bool) -> Outcome:
    """Judge each configuration, or each member, of a population like a resource.

    It fails if any fails, else it is unknown if any is, else it passes if any does.
    """
    units = list(_members(resource) if each_member else _configurations(resource))
    return folded(resource, [(unit, judge(unit.resource)) for unit in units])


def folded(resource: Resource, said: Sequence[tuple[JudgedUnit, Outcome]]) -> Outcome:
    """Return one outcome for many: the worst, with how many members have it and which."""
    status = next(one for one in _WORST_FIRST if any(outcome.status is one for _, outcome in said))
    chosen = [(unit, outcome) for unit, outcome in said if outcome.status is status]
    is_bad = status is Status.FAIL or status is Status.UNKNOWN
    listed = sorted({index for unit, _ in chosen for index in unit.listed}) if is_bad else []
    paths = [path for unit, outcome in chosen for each in outcome.evidence for path in _placed(resource, unit, each)]
    paths += [f"observed.Members[{index}].Arn" for index in listed[:NAMED_AS_EVIDENCE]]
    return Outcome(
        status,
        _words(resource, said, chosen, listed),
        tuple(dict.fromkeys(paths)),
        any(outcome.moves_score for _, outcome in chosen),
    )


_WORST_FIRST = (Status.FAIL, Status.UNKNOWN, Status.PASS, Status.NOT_APPLICABLE)


def _words(
    resource: Resource,
    said: Sequence[tuple[JudgedUnit, Outcome]],
    chosen: Sequence[tuple[JudgedUnit, Outcome]],
    listed: Sequence[int],
) -> str:
    whole, number = (sum(unit.represents for unit, _ in each) for each in (said, chosen))
    example = "; for example" if number > 1 and _is_of_one(resource, chosen) else ""
    words = f"{_how_many(resource, number, whole, listed)}{example}: {chosen[0][1].reason}"
    unknown = sum(unit.represents for unit, outcome in said if outcome.status is Status.UNKNOWN)
    hidden = unknown and chosen[0][1].status is not Status.UNKNOWN
    return f"{words} Unknown for {unknown}." if hidden else words


def _is_of_one(resource: Resource, chosen: Sequence[tuple[JudgedUnit, Outcome]]) -> bool:
    """Whether the first reason may not hold for all chosen.

    Others differ, or it quotes one member's own value.
    """
    unit, outcome = chosen[0]
    if any(other.reason != outcome.reason for _, other in chosen):
        return True
    listed = _listed(resource)
    return any(text in outcome.reason for index in unit.listed[:1] for text in _texts(listed[index].get("Own")))


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of a member's own values, without those too short to be its own."""
    if isinstance(value, str) and len(value) >= OWN_TEXT_MIN_CHARACTERS:
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)


def _how_many(resource: Resource, number: int, whole: int, listed: Sequence[int]) -> str:
    if number == whole > 1:
        return f"All {whole} members"
    ids = [Arn.parse(_listed(resource)[index]["Arn"]).name for index in listed[:NAMED_IN_WORDS]]
    more = f" and {number - len(ids)} more" if number > len(ids) else ""
    names = f" ({', '.join(ids)}{more})" if ids else ""
    return f"{number} of {whole} member{'s' if whole > 1 else ''}{names}"


def _placed(resource: Resource, unit: JudgedUnit, path: str) -> Iterator[str]:
    """Yield the path in a population of what decided on one of its units."""
    if path.startswith("observed."):
        for index in unit.listed[:1]:
            yield f"observed.Members[{index}].Own.{path.removeprefix('observed.')}"
        return
    root, _, key = path.partition(".")
    at = root.partition("[")[0]
    differing = resource.raw_config.get(CONFIGURATIONS)
    number = unit.configuration
    if number is None or not differing:
        yield path
    elif root == "tags":
        is_own = not key or key in _own_tags(differing, number)
        yield f"{CONFIGURATIONS}[{number}].Tags{path.removeprefix('tags')}" if is_own else path
    else:
        differs = any(at in each for each in differing)
        yield f"{CONFIGURATIONS}[{number}].{path}" if differs else path


def _own_tags(differing: Sequence[Mapping[str, Any]], number: int) -> Mapping[str, str]:
    tags = differing[number].get("Tags", {})
    return {} if isinstance(tags, Unknown) else tags


def _configurations(resource: Resource) -> Iterator[JudgedUnit]:
    listed, counts = _listed(resource), resource.raw_observed.get("Counts")
    for number in range(len(configurations(resource.raw_config))):
        mine = [index for index, each in enumerate(listed) if each["Configuration"] == number]
        judged_for_all = _member(resource, listed[mine[0]]) if mine else _representative(resource, number)
        yield JudgedUnit(judged_for_all, counts[number] if counts else 1, number, mine)


def _members(resource: Resource) -> Iterator[JudgedUnit]:
    listed = _listed(resource)
    for index, each in enumerate(members(resource)):
        is_listed = index < len(listed)
        number = listed[index]["Configuration"] if is_listed else None
        yield JudgedUnit(_with_key(resource, each), 1, number, (index,) if is_listed else ())


def _with_key(resource: Resource, member: Resource) -> Resource:
    return replace(member, raw_config={POPULATION: resource.raw_config[POPULATION], **member.raw_config})


def _listed(resource: Resource) -> Sequence[Mapping[str, Any]]:
    return resource.raw_observed.get("Members") or ()


def _member(resource: Resource, listed: Mapping[str, Any]) -> Resource:
    """Return a member from what is kept of it; observed fields are in its config too."""
    number = listed["Configuration"]
    differing = resource.raw_config.get(CONFIGURATIONS) or [{}]
    whole = merged(configurations(resource.raw_config)[number], listed.get("Own") or {})
    return Resource(
        type=resource.type,
        arn=listed["Arn"],
        account_id=resource.account_id,
        region=resource.region,
        name=listed["Name"],
        raw_config=whole,
        raw_observed=whole,
        raw_tags=_tags(resource.raw_tags, differing[number].get("Tags"), listed.get("Tags", {})),
        population=resource.arn,
    )


def _representative(resource: Resource, number: int) -> Resource:
    return _member(resource, {"Arn": resource.arn, "Name": resource.name, "Configuration": number})


def _tags(
    common: Mapping[str, str] | Unknown, differing: Mapping[str, str] | Unknown | None, own: Mapping[str, str]
) -> Mapping[str, str] | Unknown:
    """Return a member's tags: those of all, of its configuration, and its own.

    Those of its configuration are all of its tags where others' are unknown.
    """
    if isinstance(differing, Unknown):
        return differing
    if isinstance(common, Unknown):
        return common if differing is None else {**differing, **own}
    return {**common, **(differing or {}), **own}


def _without(mapping: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name != key}


def merged(kept: Any, own: Any) -> Any:
    """Merge a value that was split in two: mappings by key, lists by index."""
    if isinstance(kept, Mapping) and isinstance(own, Mapping):
        return {**kept, **{key: merged(kept.get(key), value) for key, value in own.items()}}
    if isinstance(kept, list | tuple) and isinstance(own, list | tuple) and len(kept) == len(own):
        return [one if other is None else merged(one, other) for one, other in zip(kept, own, strict=True)]
    return own
