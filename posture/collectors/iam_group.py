"""IAM groups: what their members may do."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.iam_authorization import ACTION, attached_policies, details, inline_policies
from posture.core.collector import Ask, Column, Family, ListingScope, Relation, collector
from posture.core.resource import GLOBAL, Resource


@collector(
    resource_type="AWS::IAM::Group",
    title="IAM group",
    plural="IAM groups",
    service="iam",
    family=Family.IDENTITY,
    scope=ListingScope.GLOBAL,
    actions=(ACTION,),
    columns=(
        Column("Path", "Path"),
        Column("AttachedManagedPolicies", "Managed policies"),
        Column("GroupPolicyList.PolicyName", "Inline policies"),
    ),
    relations=(Relation("AttachedManagedPolicies", "AWS::IAM::ManagedPolicy"),),
)
def groups(ask: Ask) -> Iterator[Resource]:
    """A group gives its users their permissions, so that who changes jobs loses what the old one needed."""
    for raw in details(ask, "GroupDetailList"):
        full = {
            "GroupName": raw["GroupName"],
            "GroupId": raw.get("GroupId"),
            "Path": raw.get("Path"),
            "CreateDate": raw.get("CreateDate"),
            "GroupPolicyList": inline_policies(raw.get("GroupPolicyList")),
            "AttachedManagedPolicies": attached_policies(raw.get("AttachedManagedPolicies")),
        }
        yield ask.resource(full, arn=raw["Arn"], name=raw["GroupName"], region=GLOBAL)
