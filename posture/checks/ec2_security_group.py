"""Judge what security groups are for: the default ones, and unused ones."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.network import PREFIX_LIST, from_internet, prefix_list_entries, read_rules
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.ownership import owned_elsewhere
from posture.core.related import Related
from posture.core.resource import Resource

GROUP = "AWS::EC2::SecurityGroup"
INTERFACE = "AWS::EC2::NetworkInterface"
TEMPLATE = "AWS::EC2::LaunchTemplate"

OWN = {
    "GroupId": "sg-1",
    "GroupName": "web",
    "VpcId": "vpc-1",
    "OwnerId": "111122223333",
    "IpPermissions": [],
    "IpPermissionsEgress": [],
}
DEFAULT = {**OWN, "GroupName": "default"}
FROM_ITSELF = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1"}]}
TO_ANYWHERE = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def _used(*groups: str) -> Resource:
    return neighbour(INTERFACE, {"VpcId": "vpc-1", "Groups": [{"GroupId": group} for group in groups]}, name="eni-1")


def _template(*groups: str) -> Resource:
    data = {"SecurityGroupIds": list(groups)}
    return neighbour(TEMPLATE, {"LaunchTemplateName": "web", "LaunchTemplateData": data}, name="web")


@check(
    resource_type=GROUP,
    title="Default security group lets nothing through",
    problem="Default security group allows traffic",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "cis_aws_7:6.5", "aws_fsbp:EC2.2"),
    aliases=("prowler:ec2_securitygroup_default_restrict_traffic", "securityhub:EC2.2"),
    version=2,
    remediation=Remediation(
        console="Give what uses the default group one of its own; then VPC → Security groups → the default group: "
        "delete every inbound and outbound rule.",
        cli="aws ec2 describe-network-interfaces --region {region} --filters Name=group-id,Values={id}",
        terraform='resource "aws_default_security_group" "this" {\n  vpc_id = aws_vpc.this.id\n}',
    ),
    examples=(
        passes(DEFAULT),
        fails({**DEFAULT, "IpPermissions": [FROM_ITSELF], "IpPermissionsEgress": [TO_ANYWHERE]}),
        fails({**DEFAULT, "IpPermissionsEgress": [TO_ANYWHERE]}, "outbound alone"),
        is_unknown({**DEFAULT, "IpPermissions": denied("ec2:DescribeSecurityGroups")}),
        fails({**DEFAULT, "IpPermissions": [FROM_ITSELF]}, "whether or not anything is in its VPC"),
        does_not_apply({**OWN, "IpPermissions": [FROM_ITSELF]}, "a group with a purpose"),
        does_not_apply({**DEFAULT, "OwnerId": "444455556666", "IpPermissions": [FROM_ITSELF]}),
    ),
)
def ec2_security_group_default_closed(group: Resource) -> Outcome:
    """Whatever is started without naming a security group gets the default one, and with it all its rules.

    As AWS makes it, its members may talk to each other and to the whole internet. Without rules it is a safety
    net: what forgot to choose a group can do nothing, which is noticed, and not everything, which is not.
    """
    shared = owned_elsewhere(group)
    if shared:
        return shared
    if group.config["GroupName"] != "default":
        return not_applicable("This is not a VPC's default security group.", "GroupName")
    inbound, outbound = group.config.items_of("IpPermissions"), group.config.items_of("IpPermissionsEgress")
    if not inbound and not outbound:
        return passed("The default group has no rules.", "IpPermissions", "IpPermissionsEgress")
    paths = [key for key, rules in (("IpPermissions", inbound), ("IpPermissionsEgress", outbound)) if rules]
    return failed(f"The default group has {len(inbound)} inbound and {len(outbound)} outbound rules.", *paths)


@check(
    resource_type=GROUP,
    title="Security group is used",
    problem="Security group is not used",
    severity=Severity.LOW,
    controls=("practices:vpc",),
    aliases=("prowler:ec2_securitygroup_not_used",),
    needs=(INTERFACE, GROUP, TEMPLATE, PREFIX_LIST),
    remediation=Remediation(
        console="EC2 → Security groups → the group → Actions → Delete security groups. AWS refuses while an "
        "interface or another group's rule still points to it.",
        cli="aws ec2 delete-security-group --region {region} --group-id {id}",
    ),
    examples=(
        passes(OWN, related=(_used("sg-1"),)),
        passes(
            OWN,
            "another group's rule names it",
            related=(neighbour(GROUP, {**OWN, "GroupId": "sg-2", "IpPermissions": [FROM_ITSELF]}, name="sg-2"),),
        ),
        passes(OWN, "a launch template names it", related=(_template("sg-1"),)),
        fails(OWN, related=(_used("sg-2"), _template("sg-2"))),
        fails({**OWN, "IpPermissions": [FROM_ITSELF]}, "named by itself alone"),
        fails({**OWN, "IpPermissions": [TO_ANYWHERE]}, "unused and open to the internet"),
        is_unknown(OWN, gaps=(INTERFACE,)),
        does_not_apply(DEFAULT, "a default group cannot be deleted"),
        does_not_apply({**OWN, "OwnerId": "444455556666"}),
    ),
)
def ec2_security_group_used(group: Resource, related: Related) -> Outcome:
    """A group that guards nothing today is picked from a list tomorrow, with whatever its rules let in.

    Old groups keep the exceptions of projects long gone. Fewer groups are groups that somebody can read.
    """
    shared = owned_elsewhere(group)
    if shared:
        return shared
    if group.config["GroupName"] == "default":
        return not_applicable("A VPC's default group cannot be deleted.", "GroupName")
    user = _user_of(group, related)
    if user:
        return passed(user, "GroupId")
    rules = read_rules(group.config.items_of("IpPermissions"), prefix_list_entries(related))
    if from_internet(rules.openings):
        return failed("Nothing uses this group, and its rules let in the internet.", "GroupId", "IpPermissions")
    return failed("No network interface, launch template or other group's rule uses this group.", "GroupId")


def _user_of(group: Resource, related: Related) -> str | None:
    """Say what uses a group, None where nothing does."""
    own = group.config["GroupId"]
    for interface in related.here_by(INTERFACE, _groups_of, own):
        return f"It guards {interface.name}."
    for other in related.here_by(GROUP, _named_by, own):
        if other.config["GroupId"] != own:
            return f"A rule of {other.config['GroupId']} names it."
    for template in related.here_by(TEMPLATE, _groups_of_template, own):
        return f"The launch template {template.name} names it."
    return None


def _groups_of(interface: Resource) -> set[str]:
    return {str(entry.get("GroupId")) for entry in interface.config.items_of("Groups")}


def _groups_of_template(template: Resource) -> set[str]:
    data = template.config.get("LaunchTemplateData")
    if data is None:
        return set()
    own = {str(group) for group in data.items_of("SecurityGroupIds")}
    return own | {str(g) for interface in data.items_of("NetworkInterfaces") for g in interface.items_of("Groups")}


def _named_by(group: Resource) -> set[str]:
    """Return the ids of the groups that a group's rules name."""
    rules = [*group.config.items_of("IpPermissions"), *group.config.items_of("IpPermissionsEgress")]
    return {str(pair.get("GroupId")) for rule in rules for pair in rule.get("UserIdGroupPairs") or []}
