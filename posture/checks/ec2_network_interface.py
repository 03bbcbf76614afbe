"""Judges network interfaces that the account made itself."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

OWN = {"NetworkInterfaceId": "eni-1", "RequesterManaged": False}
ATTACHED = {"AttachmentId": "eni-attach-1", "InstanceId": "i-1"}


@check(
    resource_type="AWS::EC2::NetworkInterface",
    title="Network interface is attached",
    problem="Network interface is not attached",
    severity=Severity.LOW,
    controls=("practices:vpc",),
    remediation=Remediation(
        console="EC2 → Network interfaces → the interface → Actions → Delete, once nobody keeps it for its address.",
        cli="aws ec2 delete-network-interface --region {region} --network-interface-id {id}",
    ),
    examples=(
        passes({**OWN, "Attachment": ATTACHED}),
        fails(OWN),
        is_unknown({**OWN, "Attachment": denied("ec2:DescribeNetworkInterfaces")}),
        does_not_apply({"RequesterManaged": True, "InterfaceType": "lambda"}, "a service made it"),
    ),
)
def ec2_network_interface_attached(interface: Resource) -> Outcome:
    """A loose interface keeps its address, its security groups and maybe its Elastic IP for whoever finds it.

    It stays behind when a server is taken down by hand, and keeps you from deleting its groups and subnet.
    """
    if interface.config.get("RequesterManaged"):
        return not_applicable("A service made this interface and removes it.", "RequesterManaged")
    attachment = interface.config.get("Attachment")
    if not attachment:
        return failed("The interface is attached to nothing.", "Attachment")
    return passed(f"Attached to {attachment.get('InstanceId') or attachment.get('InstanceOwnerId')}.", "Attachment")
