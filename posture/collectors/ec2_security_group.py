"""Security groups with their rules, as the groups themselves hold them."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::EC2::SecurityGroup",
    title="Security group",
    plural="Security groups",
    service="ec2",
    family=Family.NETWORK,
    actions=("ec2:DescribeSecurityGroups",),
    columns=(
        Column("GroupId", "Group"),
        Column("GroupName", "Group name"),
        Column("VpcId", "VPC"),
        Column("IpPermissions", "Inbound rules"),
        Column("IpPermissionsEgress", "Outbound rules"),
    ),
    relations=(
        Relation("VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
        Relation(
            "IpPermissions.UserIdGroupPairs.GroupId",
            "AWS::EC2::SecurityGroup",
            "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
        ),
    ),
    unordered=tuple(
        f"{direction}{part}"
        for direction in ("IpPermissions", "IpPermissionsEgress")
        for part in ("", ".IpRanges", ".Ipv6Ranges", ".PrefixListIds", ".UserIdGroupPairs")
    ),
)
def security_groups(ask: Ask) -> Iterator[Resource]:
    """The firewall at each network interface: who may reach it on which port, and what it may reach.

    The rules' own ids are left out: they would cost a second listing and say nothing that ports and ranges do not.
    """
    for raw in ask.pages("ec2", "describe_security_groups", "SecurityGroups", MaxResults=1000):
        arn = ask.arn("ec2", f"security-group/{raw['GroupId']}", account_id=raw.get("OwnerId"))
        yield ask.resource(raw, arn=arn, name=_name(raw), tags=raw.get("Tags"))


def _name(raw: dict[str, str]) -> str | None:
    # A dozen groups are called "default": their ids distinguish them better.
    return None if raw["GroupName"] == "default" else raw["GroupName"]
