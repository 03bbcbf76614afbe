"""IAM instance profiles: which role an EC2 instance gets by which profile."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.iam_authorization import ACTION, details
from posture.core.collector import Ask, Column, Family, ListingScope, Relation, collector
from posture.core.resource import GLOBAL, Resource


@collector(
    resource_type="AWS::IAM::InstanceProfile",
    title="IAM instance profile",
    plural="IAM instance profiles",
    service="iam",
    family=Family.IDENTITY,
    scope=ListingScope.GLOBAL,
    actions=(ACTION,),
    columns=(Column("Path", "Path"), Column("Role", "Role"), Column("CreateDate", "Created")),
    relations=(Relation("Role", "AWS::IAM::Role"),),
)
def instance_profiles(ask: Ask) -> Iterator[Resource]:
    """A profile hands a role to instances: whoever runs code on one of them has what the role may do.

    Profiles without a role are not listed, since IAM names profiles by their roles.
    """
    for role in details(ask, "RoleDetailList"):
        for raw in role.get("InstanceProfileList") or ():
            full = {
                "InstanceProfileName": raw["InstanceProfileName"],
                "InstanceProfileId": raw.get("InstanceProfileId"),
                "Path": raw.get("Path"),
                "CreateDate": raw.get("CreateDate"),
                "Role": role["Arn"],
            }
            yield ask.resource(full, arn=raw["Arn"], name=raw["InstanceProfileName"], region=GLOBAL)
