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


def _options(*tunnels: dict[str, Any]) -> dict[str, Any]:
    named = [{"OutsideIpAddress": f"203.0.113.{i}", **each} for i, each in enumerate(tunnels, 10)]
    return {**VPN, "Options": {"TunnelOptions": named}}


_LOGGED = {
    "LogOptions": {"CloudWatchLogOptions": {"LogEnabled": True, "LogGroupArn": "arn:aws:logs:a:b:log-group:vpn"}}
}
_UNLOGGED = {"LogOptions": {"CloudWatchLogOptions": {"LogEnabled": False}}}


@check(
    resource_type="AWS::EC2::VPNConnection",
    title="Both tunnels of the VPN are logged",
    problem="A tunnel of the VPN is not logged",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "practices:hybrid", "aws_fsbp:EC2.171"),
    aliases=("securityhub:EC2.171",),
    remediation=Remediation(
        console="VPC → Site-to-Site VPN connections → the connection → Actions → Modify VPN tunnel options: Tunnel "
        "activity log, for one tunnel after the other. A tunnel is down for some minutes meanwhile.",
        cli="aws ec2 modify-vpn-tunnel-options --region {region} --vpn-connection-id {id} "
        "--vpn-tunnel-outside-ip-address <address> --tunnel-options "
        "'LogOptions={{CloudWatchLogOptions={{LogEnabled=true,LogGroupArn=<log group>}}}}'",
    ),
    examples=(
        passes(_options(_LOGGED, _LOGGED)),
        fails(_options(_LOGGED, _UNLOGGED)),
        fails(_options({}, {}), "logs were never set"),
        is_unknown({**VPN, "Options": denied("ec2:DescribeVpnConnections")}),
        is_unknown(_options(), "AWS reports no tunnels"),
    ),
)
def ec2_vpn_connection_logged(connection: Resource) -> Outcome:
    """When a site is cut off, or somebody tries keys from outside, the tunnel's log is what says so.

    AWS keeps none by itself, and the device at the other end sees its own half.
    """
    tunnels = connection.config["Options"].items_of("TunnelOptions")
    if not tunnels:
        return unknown("AWS reports no tunnels.", "Options.TunnelOptions")
    silent = [
        index
        for index, tunnel in enumerate(tunnels)
        if not tunnel.at("LogOptions", "CloudWatchLogOptions", "LogEnabled", default=False)
    ]
    if not silent:
        return passed(f"All {len(tunnels)} tunnels are logged.", "Options.TunnelOptions")
    named = " and ".join(str(tunnels[index].get("OutsideIpAddress")) for index in silent)
    paths = (f"Options.TunnelOptions[{index}].LogOptions" for index in silent)
    return failed(f"Not logged: the tunnel{'s' if len(silent) > 1 else ''} to {named}.", *paths)


@check(
    resource_type="AWS::EC2::VPNConnection",
    title="VPN takes IKEv2 alone",
    problem="VPN takes IKEv1",
    severity=Severity.LOW,
    controls=("practices:encryption", "practices:legacy", "practices:hybrid"),
    remediation=Remediation(
        console="VPC → Site-to-Site VPN connections → the connection → Actions → Modify VPN tunnel options: IKE "
        "version ikev2, once the device at the other end uses it.",
        cli="aws ec2 modify-vpn-tunnel-options --region {region} --vpn-connection-id {id} "
        "--vpn-tunnel-outside-ip-address <address> --tunnel-options 'IKEVersions=[{{Value=ikev2}}]'",
    ),
    examples=(
        passes(_options({"IkeVersions": [{"Value": "ikev2"}]}, {"IkeVersions": [{"Value": "ikev2"}]})),
        fails(_options({"IkeVersions": [{"Value": "ikev1"}, {"Value": "ikev2"}]}, {})),
        fails(_options({}), "by default both"),
        is_unknown({**VPN, "Options": denied("ec2:DescribeVpnConnections")}),
        is_unknown(_options(), "AWS reports no tunnels"),
    ),
)
def ec2_vpn_connection_ikev2(connection: Resource) -> Outcome:
    """IKEv1 was retired in 2023 (RFC 9395): its weak algorithms stay, and its key exchange can be guessed offline."""
    tunnels = connection.config["Options"].items_of("TunnelOptions")
    if not tunnels:
        return unknown("AWS reports no tunnels.", "Options.TunnelOptions")
    for index, tunnel in enumerate(tunnels):
        versions = {each["Value"] for each in tunnel.items_of("IkeVersions")}
        if versions != {"ikev2"}:
            place = f"Options.TunnelOptions[{index}].IkeVersions"
            return failed(f"The tunnel to {tunnel.get('OutsideIpAddress')} takes IKEv1.", place)
    return passed("Each tunnel takes IKEv2 alone.", "Options.TunnelOptions")
