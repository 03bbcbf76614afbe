"""Judges Elastic IP addresses."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource


@check(
    resource_type="AWS::EC2::EIP",
    title="Elastic IP address is associated",
    problem="Elastic IP address is not associated",
    severity=Severity.LOW,
    controls=("practices:vpc", "aws_fsbp:EC2.12"),
    aliases=("prowler:ec2_elastic_ip_unassigned", "securityhub:EC2.12"),
    remediation=Remediation(
        console="EC2 → Elastic IPs → the address → Actions → Release. Before that, remove it from DNS records and from "
        "partners' lists of trusted addresses: AWS gives it to somebody else.",
        cli="aws ec2 release-address --region {region} --allocation-id {id}",
    ),
    examples=(
        passes({"PublicIp": "203.0.113.77", "AssociationId": "eipassoc-1", "InstanceId": "i-1"}),
        fails({"PublicIp": "203.0.113.77"}),
        is_unknown({"PublicIp": "203.0.113.77", "AssociationId": denied("ec2:DescribeAddresses")}),
    ),
)
def ec2_eip_associated(address: Resource) -> Outcome:
    """An address that stands for nothing is paid by the hour, and is still trusted by whoever once allowed it.

    A DNS record that points to it will point to a stranger's server on the day that it is released.
    """
    if address.config.get("AssociationId"):
        holder = address.config.get("InstanceId") or address.config.get("NetworkInterfaceId") or "an interface"
        return passed(f"Associated with {holder}.", "AssociationId")
    return failed(f"{address.config.get('PublicIp')} is associated with nothing.", "AssociationId")
