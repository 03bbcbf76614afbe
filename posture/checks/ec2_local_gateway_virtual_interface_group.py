"""Judges how a rack is joined to the customer's network."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, Responsibility, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.ownership import owned_elsewhere
from posture.core.resource import Resource

INTERFACES = "LocalGatewayVirtualInterfaces"


def _group(*lags: str, owner: str = "111122223333") -> dict[str, Any]:
    members = [{"LocalGatewayVirtualInterfaceId": f"lgw-vif-{i}", "OutpostLagId": lag} for i, lag in enumerate(lags)]
    return {"LocalGatewayVirtualInterfaceGroupId": "lgw-vif-grp-1", "OwnerId": owner, INTERFACES: members}


@check(
    resource_type="AWS::EC2::LocalGatewayVirtualInterfaceGroup",
    title="Rack reaches the customer's network by two links",
    problem="Rack lacks a second link to the customer's network",
    severity=Severity.MEDIUM,
    controls=("practices:hybrid",),
    responsibility=Responsibility.SHARED,
    remediation=Remediation(
        console="Connect the rack's second network device to another device of yours, and ask AWS Support to bring up "
        "the second local gateway interface with its own LAG and BGP session.",
        cli="aws ec2 describe-local-gateway-virtual-interfaces --region {region} "
        "--filters Name=local-gateway-virtual-interface-group-id,Values={id}",
    ),
    examples=(
        passes(_group("op-lag-1", "op-lag-2")),
        fails(_group(), "no interface at all"),
        fails(_group("op-lag-1"), "a single interface"),
        fails(_group("op-lag-1", "op-lag-1"), "two interfaces on one LAG"),
        is_unknown({**_group(), INTERFACES: [{}, {}]}, "AWS does not name their LAGs"),
        is_unknown({**_group(), INTERFACES: denied("ec2:DescribeLocalGatewayVirtualInterfaces")}),
        does_not_apply(_group("op-lag-1", owner="444455556666")),
    ),
    version=2,
)
def ec2_local_gateway_virtual_interface_group_redundant(group: Resource) -> Outcome:
    """A rack has two network devices so that one may fail. With one link to your network, that fails with it.

    The workloads go on and nobody can reach them. The second device, cable and BGP session are yours to give.
    """
    shared = owned_elsewhere(group)
    if shared:
        return shared
    members = group.config[INTERFACES]
    # Two interfaces may share a LAG: only by its id can that be seen.
    links = {str(member["OutpostLagId"]) for member in members} if len(members) > 1 else set()
    if len(links) > 1:
        return passed(f"The group uses {len(links)} links.", INTERFACES)
    if not members:
        return failed("The group has no interface.", INTERFACES)
    return failed("The rack reaches the customer's network over a single link.", INTERFACES)
