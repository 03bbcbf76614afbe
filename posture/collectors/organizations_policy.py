"""The Organization's policies of every enabled type, with text and targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.collectors import organization_tree
from posture.collectors.organization_tree import RCP, SCP
from posture.core import policy
from posture.core.collector import Ask, Column, Family, ListingScope, collector
from posture.core.resource import GLOBAL, Resource

READ = "organizations:DescribePolicy"


@collector(
    resource_type="AWS::Organizations::Policy",
    title="Organization policy",
    plural="Organization policies",
    service="organizations",
    family=Family.IDENTITY,
    scope=ListingScope.ORGANIZATION,
    actions=(
        "organizations:DescribePolicy",
        "organizations:ListPolicies",
        "organizations:ListRoots",
        "organizations:ListTagsForResource",
        "organizations:ListTargetsForPolicy",
    ),
    columns=(
        Column("Type", "Type"),
        Column("Description", "Description"),
        Column("AwsManaged", "Made by AWS"),
        Column("Targets.Name", "Attached to"),
    ),
)
def policies(ask: Ask) -> Iterator[Resource]:
    """Guardrails that no administrator of a member account can undo: SCPs, RCPs, declarative policies and more.

    Only types that are enabled on the root are in force, and only those are listed.
    """
    kinds = organization_tree.policy_types(organization_tree.roots(ask))
    yield from ask.each(lambda summary: _policy(ask, summary), organization_tree.policies(ask, kinds))


def _policy(ask: Ask, summary: Mapping[str, Any]) -> Resource:
    text = ask.field("organizations", "describe_policy", "Policy.Content", PolicyId=summary["Id"])
    managed = bool(summary.get("AwsManaged"))
    tags = None if managed else ask.listing("organizations", "list_tags_for_resource", "Tags", ResourceId=summary["Id"])
    raw = {**summary, "Content": _content(text, summary["Type"])}
    return ask.resource(raw, arn=summary["Arn"], name=summary["Name"], tags=tags, region=GLOBAL)


def _content(text: Any, kind: str) -> Any:
    """Return the policy's text as a tree; SCPs and RCPs in IAM's canonical form."""
    if kind in {SCP, RCP}:
        return policy.document(text, READ)
    if not isinstance(text, str):
        return text
    try:
        return policy.load(text)
    except ValueError as error:
        return policy.unreadable(READ, error)
