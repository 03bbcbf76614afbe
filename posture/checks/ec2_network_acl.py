"""Judges network ACLs, each in its owner's account."""

from __future__ import annotations

from typing import Any

from posture.checks.ports import ADMINISTRATION, PORT_NAMES
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.network_acl import admitted_port
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.ownership import owned_elsewhere
from posture.core.resource import Resource
from posture.core.well_known_ports import named_ports

ACL = "AWS::EC2::NetworkAcl"

IN_SUBNET = [{"SubnetId": "subnet-1"}]
OWN = {"NetworkAclId": "acl-1", "VpcId": "vpc-1", "OwnerId": "111122223333", "Associations": IN_SUBNET}
ALL_IN = {"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "Egress": False, "CidrBlock": "0.0.0.0/0"}
LAST = {**ALL_IN, "RuleNumber": 32767, "RuleAction": "deny"}


def _tcp(number: int, action: str, first: int, last: int, source: str = "0.0.0.0/0") -> dict[str, Any]:
    return {
        "RuleNumber": number,
        "Protocol": "6",
        "RuleAction": action,
        "Egress": False,
        "CidrBlock": source,
        "PortRange": {"From": first, "To": last},
    }


DENIED = (
    _tcp(1, "deny", 22, 22),
    _tcp(2, "deny", 3389, 3389),
    _tcp(3, "deny", 5985, 5986),
    _tcp(4, "deny", 5900, 5901),
    {**_tcp(5, "deny", 0, 65535), "Protocol": "17"},
)


@check(
    resource_type=ACL,
    title="Network ACL keeps administration ports from the internet",
    problem="Network ACL opens administration ports to the internet",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "cis_aws_7:6.2", "aws_fsbp:EC2.21"),
    aliases=(
        "prowler:ec2_networkacl_allow_ingress_tcp_port_22",
        "prowler:ec2_networkacl_allow_ingress_tcp_port_3389",
        "securityhub:EC2.21",
    ),
    version=2,
    remediation=Remediation(
        console="VPC → Network ACLs → the ACL → Inbound rules → Edit: put Deny entries for 22, 3389, 5900-5901 and "
        "5985-5986 with low numbers before the Allow, or allow only what the subnet serves.",
        cli="aws ec2 create-network-acl-entry --region {region} --network-acl-id {id} --ingress --rule-number 50 "
        "--protocol tcp --port-range From=22,To=22 --cidr-block 0.0.0.0/0 --rule-action deny",
    ),
    examples=(
        passes({**OWN, "Entries": [_tcp(100, "allow", 443, 443), LAST]}),
        passes(
            {
                **OWN,
                "Entries": [*DENIED, ALL_IN, LAST],
            },
            "denied before all is allowed",
        ),
        fails(
            {**OWN, "Entries": [_tcp(100, "allow", 8022, 8022), LAST]},
            "an administration port of the organization's own",
            parameters={ADMINISTRATION.name: (22, 8022)},
        ),
        fails({**OWN, "Entries": [ALL_IN, LAST]}, "as AWS makes it, whether or not anything is in its VPC"),
        fails({**OWN, "Entries": [ALL_IN, _tcp(200, "deny", 22, 22)]}, "the Deny comes too late"),
        is_unknown({**OWN, "Entries": denied("ec2:DescribeNetworkAcls")}),
        fails({**OWN, "Associations": [], "Entries": [ALL_IN]}, "also where no subnet uses it"),
        does_not_apply({**OWN, "OwnerId": "444455556666", "Entries": [ALL_IN]}),
    ),
)
def ec2_network_acl_admin_ports_closed(acl: Resource) -> Outcome:
    """The network ACL is the second lock behind the security groups: one wrong rule there is caught here.

    As AWS makes it, it lets everything through. Nothing on the internet needs to reach SSH, RDP, VNC or WinRM in
    any subnet, so a few Deny entries cost nothing.
    """
    shared = owned_elsewhere(acl)
    if shared:
        return shared
    found = admitted_port(acl.config.items_of("Entries"), ADMINISTRATION.value)
    if found is None:
        return passed("No entry lets the internet reach an administration port.", "Entries")
    port, path = found
    number = acl.config["Entries"][int(path.removeprefix("Entries[").removesuffix("]"))]["RuleNumber"]
    return failed(f"Entry {number} lets the internet reach port {named_ports([port], PORT_NAMES)}.", path)


@check(
    resource_type=ACL,
    title="Network ACL is used",
    problem="Network ACL is not used",
    severity=Severity.LOW,
    controls=("practices:vpc", "aws_fsbp:EC2.16"),
    aliases=("prowler:ec2_networkacl_unused", "securityhub:EC2.16"),
    remediation=Remediation(
        console="VPC → Network ACLs → the ACL → Actions → Delete network ACL.",
        cli="aws ec2 delete-network-acl --region {region} --network-acl-id {id}",
    ),
    examples=(
        passes({**OWN, "IsDefault": False}),
        fails({**OWN, "IsDefault": False, "Associations": []}),
        is_unknown({**OWN, "IsDefault": False, "Associations": denied("ec2:DescribeNetworkAcls")}),
        does_not_apply({**OWN, "IsDefault": True, "Associations": []}, "a default ACL cannot be deleted"),
        does_not_apply({**OWN, "IsDefault": False, "Associations": [], "OwnerId": "444455556666"}),
    ),
)
def ec2_network_acl_used(acl: Resource) -> Outcome:
    """An ACL that guards no subnet is a plan that nobody carried out, or the rest of one that was undone.

    Somebody may believe that it protects something. It protects nothing.
    """
    shared = owned_elsewhere(acl)
    if shared:
        return shared
    if acl.config["IsDefault"]:
        return not_applicable("A VPC's default network ACL cannot be deleted.", "IsDefault")
    subnets = acl.config.items_of("Associations")
    if subnets:
        return passed(f"It guards {len(subnets)} subnet{'s' if len(subnets) > 1 else ''}.", "Associations")
    return failed("No subnet uses this network ACL.", "Associations")
