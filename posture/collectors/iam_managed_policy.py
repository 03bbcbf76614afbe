"""IAM managed policies: those of the account, and those of AWS that somebody has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.collectors.iam_authorization import ACTION, details, policy
from posture.core.arn import Arn
from posture.core.collector import Ask, Column, Family, ListingScope, collector
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown

AWS_MANAGED = "aws"
"""The account in the ARN of a policy of AWS."""


@collector(
    resource_type="AWS::IAM::ManagedPolicy",
    title="IAM managed policy",
    plural="IAM managed policies",
    service="iam",
    family=Family.IDENTITY,
    arn_names=("iam:policy",),
    scope=ListingScope.GLOBAL,
    actions=(ACTION,),
    columns=(
        Column("Owner", "Owner"),
        Column("AttachmentCount", "Attached to"),
        Column("PermissionsBoundaryUsageCount", "Bounds"),
        Column("DefaultVersionId", "Version"),
        Column("UpdateDate", "Changed"),
    ),
    ignored=("PolicyId",),
)
def managed_policies(ask: Ask) -> Iterator[Resource]:
    """A managed policy says what everybody whom it is attached to may do; one wide statement is wide for all of them.

    Only the version in force is kept. AWS's own policies are listed where something has them.
    """
    for raw in details(ask, "Policies"):
        arn = Arn.parse(raw["Arn"])
        owner = "AWS" if arn.account_id == AWS_MANAGED else "customer"
        if owner == "customer" or raw.get("AttachmentCount") or raw.get("PermissionsBoundaryUsageCount"):
            full = {
                **{key: value for key, value in raw.items() if key not in {"PolicyVersionList", "Arn"}},
                "Owner": owner,
                "PolicyDocument": _in_force(raw),
            }
            yield ask.resource(full, arn=raw["Arn"], name=arn.name, region=GLOBAL)


def _in_force(raw: Mapping[str, Any]) -> dict[str, Any] | Unknown | None:
    """Return the document of the default version."""
    versions = raw.get("PolicyVersionList") or ()
    return next((policy(each.get("Document")) for each in versions if each.get("IsDefaultVersion")), None)
