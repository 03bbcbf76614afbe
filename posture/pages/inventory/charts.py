"""Charts of one resource: its relations, and its versions through time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.http import HttpRequest

from posture.collectors import all_collectors
from posture.drawing import relations as drawn
from posture.drawing import versions as line
from posture.drawing.versions import Begin
from posture.history import query
from posture.history.query import ResourceRecord, VersionStep
from posture.history.scope import Scope
from posture.pages.inventory.names import in_words, type_title
from posture.pages.inventory.relations import Pointing, RelationGroup, RelationTarget
from posture.pages.inventory.version_history import VersionComparison
from posture.web.pictures import Panel, PanelValue
from posture.web.resource_names import name_of
from posture.web.scoping import here_with, url_in_scope
from posture.web.templatetags.words import moment, plural, short_arn

CONTAINERS = (
    "AWS::Organizations::OrganizationalUnit",
    "AWS::Outposts::Site",
    "AWS::Outposts::Outpost",
    "AWS::EC2::VPC",
    "AWS::EC2::Subnet",
    "AWS::ECS::Cluster",
    "AWS::RDS::DBCluster",
    "AWS::EFS::FileSystem",
)
"""Types that contain others, from the outermost inwards."""
WITHIN = frozenset(
    {"VpcId", "SubnetId", "OutpostArn", "SiteArn", "ParentArn", "clusterArn", "DBClusterIdentifier", "FileSystemId"}
    | {"DBSubnetGroup.VpcId", "VpcConfig.VpcId"}
)
"""Paths of relations to containers; others are relations to what a resource uses."""
COPIES = ("Snapshot",)
"""Suffixes of types that are copies of their relation's target, not inside it."""
SIDE_MAX, INSIDE_MAX = 6, 12
BEGINS = {
    VersionStep.FIRST: Begin.FIRST,
    VersionStep.CHANGED: Begin.CHANGED,
    VersionStep.VISIBILITY: Begin.VISIBILITY,
    VersionStep.BACK: Begin.BACK,
    VersionStep.KEPT: Begin.KEPT,
}
BEGIN_WORDS = {
    Begin.FIRST: "first seen",
    Begin.CHANGED: "changed",
    Begin.VISIBILITY: "visibility changed",
    Begin.BACK: "there again",
    Begin.KEPT: "oldest version kept",
}


def _is_containment(kind: str, path: str, target: str) -> bool:
    """Return True if a relation leads from a resource to its container."""
    return target in CONTAINERS and path in WITHIN and not kind.endswith(COPIES)


def relations(
    request: HttpRequest, record: ResourceRecord, targets: Sequence[RelationTarget], pointing: Pointing
) -> Panel:
    """Return the chart of a resource's containers, contents and references."""
    around = sorted((one for one in targets if _is_around(record, one)), key=_depth)
    to = [one for one in targets if one not in around]
    inside = [group for group in pointing.groups if _is_inside(record, group)]
    from_ = [group for group in pointing.groups if group not in inside]
    account = drawn.RelationNode(
        "Account",
        record.account.name,
        url_in_scope(request, "organization:account", {"account_id": record.account.account_id}),
    )
    found = drawn.Relations(
        drawn.RelationNode(type_title(record.type), name_of(record)),
        [account, *(_target(request, one) for one in around)],
        [_chip(request, group) for group in inside[:INSIDE_MAX]],
        [_target(request, one) for one in to[:SIDE_MAX]],
        [_group(request, group) for group in from_[:SIDE_MAX]],
        max(0, len(to) - SIDE_MAX),
        max(0, len(from_) - SIDE_MAX),
    )
    title = _title(around, inside, to, from_)
    return Panel(
        title,
        "",
        "",
        drawn.draw(found, title),
        ("Relation", "What", "Name"),
        list(_relation_rows(found)),
        drawn.draw_narrow(found, title),
        id="related",
        about=name_of(record),
    )


def _relation_rows(found: drawn.Relations) -> Iterator[Sequence[PanelValue]]:
    """Yield the rows of the chart of relations, and how many are left out."""
    parts = (("is in", found.around), ("holds", found.inside), ("points to", found.to), ("pointed to by", found.from_))
    for words, nodes in parts:
        for node in nodes:
            yield words, node.kind, f"{node.name}, nothing known" if node.is_missing else node.name
    for words, number in (("points to", found.more_to), ("pointed to by", found.more_from)):
        if number:
            yield words, "more", number


def _is_around(record: ResourceRecord, one: RelationTarget) -> bool:
    collector = all_collectors().get(record.type)
    kinds = {relation.path: relation.resource_type for relation in collector.relations} if collector else {}
    return _is_containment(record.type, one.path, kinds.get(one.path, ""))


def _depth(one: RelationTarget) -> int:
    kind = one.record.type if one.record else ""
    if kind in CONTAINERS:
        return CONTAINERS.index(kind)
    return next((depth for depth, each in enumerate(CONTAINERS) if type_title(each) == one.title), len(CONTAINERS))


def _is_inside(record: ResourceRecord, group: RelationGroup) -> bool:
    kind = group.records[0].type
    collector = all_collectors().get(kind)
    ties = [one for one in collector.relations if one.resource_type == record.type] if collector else []
    return any(_is_containment(kind, one.path, record.type) for one in ties)


def _target(request: HttpRequest, one: RelationTarget) -> drawn.RelationNode:
    if one.record is None:
        return drawn.RelationNode(one.title, short_arn(one.arn), is_missing=True)
    url = url_in_scope(request, "inventory:resource", {"resource_id": one.record.resource_id})
    is_unseen = one.record.unseen_since is not None
    name = name_of(one.record) if one.record.name else short_arn(one.arn)
    return drawn.RelationNode(type_title(one.record.type), name, url, is_unseen=is_unseen)


def _group(request: HttpRequest, group: RelationGroup) -> drawn.RelationNode:
    first = group.records[0]
    is_unseen = any(one.unseen_since for one in group.records)
    if len(group.records) == 1:
        url = url_in_scope(request, "inventory:resource", {"resource_id": first.resource_id})
        return drawn.RelationNode(type_title(first.type), name_of(first), url, is_unseen=is_unseen)
    return drawn.RelationNode(
        in_words(len(group.records), first.type), f"{first.name} and others", "#ties", is_unseen=is_unseen
    )


def _chip(request: HttpRequest, group: RelationGroup) -> drawn.RelationNode:
    first = group.records[0]
    is_unseen = any(one.unseen_since for one in group.records)
    if len(group.records) > 1:
        return drawn.RelationNode("", in_words(len(group.records), first.type), "#ties", is_unseen=is_unseen)
    url = url_in_scope(request, "inventory:resource", {"resource_id": first.resource_id})
    return drawn.RelationNode(type_title(first.type), name_of(first), url, is_unseen=is_unseen)


def _title(
    around: Sequence[RelationTarget],
    inside: Sequence[RelationGroup],
    to: Sequence[RelationTarget],
    from_: Sequence[RelationGroup],
) -> str:
    """Return the title: its container and contents, and the number of references."""
    parts = []
    if around:
        last = around[-1]
        parts.append(f"in {name_of(last.record) if last.record else short_arn(last.arn)}")
    if inside:
        parts.append(f"holds {plural(sum(len(one.records) for one in inside), 'resource')}")
    if to:
        parts.append(f"points to {plural(len(to), 'other')}")
    if from_:
        parts.append(f"{plural(sum(len(one.records) for one in from_), 'other')} point to it")
    sentence = ", ".join(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}" if sentence else "No relation to a collected resource"


def versions(
    request: HttpRequest, scope: Scope, found: Sequence[ResourceRecord], comparison: VersionComparison | None
) -> Panel:
    """Return a resource's versions as a line through time."""
    newest_first = list(_drawn_versions(request, scope, found, comparison))
    drawn, unseen = newest_first[::-1], _unseen(found[0], scope.now)
    title = _versions_title(len(found), sum(one.begin is Begin.CHANGED for one in drawn))
    return Panel(
        title,
        "Drift",
        "",
        line.draw(drawn, unseen, scope.now, title),
        ("From", "Until", "How it began"),
        [(moment(one.since), moment(one.until), BEGIN_WORDS[one.begin]) for one in newest_first],
        line.draw(drawn, unseen, scope.now, title, line.NARROW),
        id="versions",
        about=name_of(found[0]),
    )


def _drawn_versions(
    request: HttpRequest, scope: Scope, found: Sequence[ResourceRecord], comparison: VersionComparison | None
) -> Iterator[line.Version]:
    compared = (comparison.before.id, comparison.after.id) if comparison else (None, None)
    for version, before, step in query.label_versions(found):
        begin = BEGINS[step]
        yield line.Version(
            version.valid_from,
            version.gone_at or version.valid_to or scope.now,
            begin,
            f"{BEGIN_WORDS[begin]} {moment(version.valid_from)}",
            f"{here_with(request, a=before.id, b=version.id, change='')}#versions" if before else "",
            version.id == compared[0],
            version.id == compared[1],
        )


def _versions_title(number: int, changes: int) -> str:
    if changes:
        return f"Changed {_times(changes)} in {plural(number, 'version')}"
    if number > 1:
        return f"{plural(number, 'version')}, none of them a change of its configuration"
    return "No changes since first seen"


def _times(number: int) -> str:
    return "once" if number == 1 else "twice" if number == 2 else f"{number:,} times"  # noqa: PLR2004


def _unseen(newest: ResourceRecord, end: datetime) -> list[tuple[datetime, datetime]]:
    spans = [(each.lower, min(each.upper or end, end)) for each in newest.unseen_periods or () if each.lower <= end]
    if newest.unseen_since is not None:
        spans.append((newest.unseen_since, end))
    return spans
