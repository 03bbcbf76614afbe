"""Judges site-to-site VPN connections."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, Responsibility, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed, unknown
from posture.core.resource import Resource

VPN = {"VpnConnectionId": "vpn-1"}


def _tunnels(*states: str) -> dict[str, Any]:
    return {"VgwTelemetry": [{"OutsideIpAddress": f"203.0.113.{i}", "Status": s} for i, s in enumerate(states, 10)]}


@check(
    resource_type="AWS::EC2::VPNConnection",
    title="Both tunnels of the VPN are up",
    problem="A tunnel of the VPN is down",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "practices:hybrid", "aws_fsbp:EC2.20"),
    aliases=("prowler:vpc_vpn_connection_tunnels_up", "securityhub:EC2.20"),
    responsibility=Responsibility.SHARED,
    reads_observed=True,
    remediation=Remediation(
        console="VPC → Site-to-Site VPN connections → the connection → Tunnel details: the status shows which side "
        "gave up. Configure the second tunnel on your device, too; AWS replaces one at a time for maintenance.",
        cli="aws ec2 describe-vpn-connections --region {region} --vpn-connection-ids {id} "
        "--query 'VpnConnections[].VgwTelemetry'",
    ),
    examples=(
        passes(VPN, observed=_tunnels("UP", "UP")),
        fails(VPN, observed=_tunnels("UP", "DOWN")),
        fails(VPN, observed=_tunnels("DOWN", "DOWN")),
        is_unknown(VPN, observed={"VgwTelemetry": denied("ec2:DescribeVpnConnections")}),
        is_unknown(VPN, "AWS reports no tunnels", observed={"VgwTelemetry": []}),
    ),
)
def ec2_vpn_connection_tunnels_up(connection: Resource) -> Outcome:
    """AWS gives each connection two tunnels, and takes either of them down for its own maintenance.

    With one tunnel the site is cut off at such a time, and people build ways around that nobody reviews.
    """
    tunnels = connection.observed.items_of("VgwTelemetry")
    if not tunnels:
        return unknown("AWS reports no tunnels.", "observed.VgwTelemetry")
    down = [(index, tunnel) for index, tunnel in enumerate(tunnels) if tunnel.get("Status") != "UP"]
    if not down:
        return passed(f"All {len(tunnels)} tunnels are up.", "observed.VgwTelemetry")
    named = " and ".join(str(tunnel.get("OutsideIpAddress")) for _, tunnel in down)
    paths = (f"observed.VgwTelemetry[{index}].Status" for index, _ in down)
    return failed(f"Down: the tunnel{'s' if len(down) > 1 else ''} to {named}.", *paths)
