"""The organizational units: where they are in the tree, and their policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.collectors import organization_tree
from posture.core.collector import Ask, Column, Family, ListingScope, Relation, collector
from posture.core.resource import GLOBAL, Resource


@collector(
    resource_type="AWS::Organizations::OrganizationalUnit",
    title="Organizational unit",
    plural="Organizational units",
    service="organizations",
    family=Family.IDENTITY,
    arn_names=("organizations:ou",),
    scope=ListingScope.ORGANIZATION,
    actions=(
        "organizations:ListOrganizationalUnitsForParent",
        "organizations:ListPolicies",
        "organizations:ListRoots",
        "organizations:ListTagsForResource",
        "organizations:ListTargetsForPolicy",
    ),
    columns=(
        Column("Path", "Path"),
        Column("ParentId", "Parent"),
        Column("Policies.Name", "Policies"),
    ),
    relations=(Relation("ParentArn", "AWS::Organizations::OrganizationalUnit"),),
)
def units(ask: Ask) -> Iterator[Resource]:
    """Units group accounts that want the same guardrails; a policy on a unit holds for all below it."""
    roots = organization_tree.roots(ask)
    found = organization_tree.policies(ask, organization_tree.policy_types(roots))
    attached = organization_tree.attached(found)
    nodes = {node.id: node for node in organization_tree.nodes(ask, roots)}
    below = [node for node in nodes.values() if node.names]
    tags = ask.each(lambda unit: _tags(ask, unit), below)
    for unit, labels in zip(below, tags, strict=True):
        parent = nodes[unit.ids[-2]]
        raw = {
            "Id": unit.id,
            "Path": unit.path,
            "ParentId": parent.id,
            "ParentArn": parent.arn,
            "Policies": attached.get(unit.id, []),
        }
        yield ask.resource(raw, arn=unit.arn, name=unit.name, tags=labels, region=GLOBAL)


def _tags(ask: Ask, unit: organization_tree.Node) -> Any:
    return ask.listing("organizations", "list_tags_for_resource", "Tags", ResourceId=unit.id)
