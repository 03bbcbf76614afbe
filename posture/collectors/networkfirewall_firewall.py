"""Firewalls of AWS Network Firewall: where they are, and what they log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.networkfirewall_center import FIREWALLS, GONE, SERVICE, firewalls
from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_EC2 = "arn:{partition}:ec2:{region}:{account}:"
_DETAILS = ("FirewallPolicyArn", "VpcId", "SubnetMappings", "DeleteProtection", "SubnetChangeProtection")


@collector(
    resource_type="AWS::NetworkFirewall::Firewall",
    title="Network firewall",
    plural="Network firewalls",
    service=SERVICE,
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    actions=(*FIREWALLS, "network-firewall:DescribeLoggingConfiguration"),
    columns=(
        Column("VpcId", "VPC"),
        Column("FirewallPolicyArn", "Policy"),
        Column("SubnetMappings.SubnetId", "Subnets"),
        Column("LogDestinations.LogType", "Logs"),
        Column("DeleteProtection", "Protected"),
    ),
    relations=(
        Relation("FirewallPolicyArn", "AWS::NetworkFirewall::FirewallPolicy"),
        Relation("VpcId", "AWS::EC2::VPC", _EC2 + "vpc/{id}"),
        Relation("SubnetMappings.SubnetId", "AWS::EC2::Subnet", _EC2 + "subnet/{id}"),
        Relation("TransitGatewayId", "AWS::EC2::TransitGateway", _EC2 + "transit-gateway/{id}"),
    ),
    ignored=("NumberOfAssociations",),
    unordered=("SubnetMappings", "LogDestinations", "AvailabilityZoneMappings", "EnabledAnalysisTypes"),
)
def network_firewalls(ask: Ask) -> Iterator[Resource]:
    """A firewall looks at what routes send through it, by its policy's rules; `LogDestinations` keep what it saw."""
    listed = firewalls(ask)
    for raw, logs in zip(listed, ask.each(partial(_log_destinations, ask), listed), strict=True):
        described = raw["described"]
        if isinstance(described, Unknown):
            described = dict.fromkeys(_DETAILS, described)
        full = {"FirewallName": raw["FirewallName"], **described, "LogDestinations": logs}
        yield ask.resource(full, arn=raw["FirewallArn"], name=raw["FirewallName"], tags=described.get("Tags"))


def _log_destinations(ask: Ask, raw: Mapping[str, Any]) -> list[Any] | Unknown | None:
    found = ask.field(
        SERVICE,
        "describe_logging_configuration",
        "LoggingConfiguration.LogDestinationConfigs",
        absent=GONE,
        FirewallArn=raw["FirewallArn"],
    )
    return [] if found is None else found
