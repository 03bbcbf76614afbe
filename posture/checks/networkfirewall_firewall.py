"""Judge network firewalls: logs, zones, and protection from deletion."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.related import Related
from posture.core.resource import Resource

FIREWALL, SUBNET = "AWS::NetworkFirewall::Firewall", "AWS::EC2::Subnet"
DESCRIBE, DESCRIBE_LOGS = "network-firewall:DescribeFirewall", "network-firewall:DescribeLoggingConfiguration"
_EDIT = "VPC → Network Firewall → Firewalls → {name} → Firewall details → "
_UPDATE = "aws network-firewall update-{} --region {{region}} --firewall-arn {{arn}} "


@check(
    resource_type=FIREWALL,
    title="Network firewall logs what it sees",
    problem="Network firewall keeps no logs",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "practices:vpc", "aws_fsbp:NetworkFirewall.2"),
    aliases=("securityhub:NetworkFirewall.2", "prowler:networkfirewall_logging_enabled"),
    remediation=Remediation(
        console=_EDIT + "Logging → Edit: alert and flow, to a bucket of the log archive or a log group.",
        cli=_UPDATE.format("logging-configuration") + "--logging-configuration file://logging.json",
    ),
    examples=(
        passes({"LogDestinations": [{"LogType": "ALERT", "LogDestinationType": "S3"}]}),
        fails({"LogDestinations": []}),
        is_unknown({"LogDestinations": denied(DESCRIBE_LOGS)}),
    ),
)
def networkfirewall_firewall_logs(firewall: Resource) -> Outcome:
    """A firewall that drops without a word stops attackers and explains nothing: nobody learns that somebody tried.

    Alerts name the rules that matched, flows the connections.
    """
    kinds = sorted(each["LogType"] for each in firewall.config["LogDestinations"])
    if kinds:
        return passed(f"It keeps logs: {', '.join(kinds).lower()}.", "LogDestinations")
    return failed("It keeps no logs.", "LogDestinations")


@check(
    resource_type=FIREWALL,
    title="Network firewall cannot be deleted by accident",
    problem="Network firewall can be deleted by accident",
    severity=Severity.LOW,
    controls=("practices:vpc", "aws_fsbp:NetworkFirewall.9"),
    aliases=("securityhub:NetworkFirewall.9", "prowler:networkfirewall_deletion_protection"),
    remediation=Remediation(
        console=_EDIT + "Change protections → Delete protection.",
        cli=_UPDATE.format("firewall-delete-protection") + "--delete-protection",
        terraform='resource "aws_networkfirewall_firewall" "this" {\n  delete_protection = true\n}',
    ),
    examples=(
        passes({"DeleteProtection": True}),
        fails({"DeleteProtection": False}),
        is_unknown({"DeleteProtection": denied(DESCRIBE)}),
    ),
)
def networkfirewall_firewall_deletion_protected(firewall: Resource) -> Outcome:
    """Without the firewall its routes lead nowhere, or past it: either the network stops, or nothing is looked at."""
    if firewall.config["DeleteProtection"]:
        return passed("Deleting it takes a change of its protection first.", "DeleteProtection")
    return failed("It can be deleted at once.", "DeleteProtection")


@check(
    resource_type=FIREWALL,
    title="Network firewall keeps its subnets",
    problem="Network firewall can lose its subnets by accident",
    severity=Severity.LOW,
    controls=("practices:vpc", "aws_fsbp:NetworkFirewall.10"),
    aliases=("securityhub:NetworkFirewall.10",),
    remediation=Remediation(
        console=_EDIT + "Change protections → Subnet change protection.",
        cli=_UPDATE.format("subnet-change-protection") + "--subnet-change-protection",
        terraform='resource "aws_networkfirewall_firewall" "this" {\n  subnet_change_protection = true\n}',
    ),
    examples=(
        passes({"SubnetChangeProtection": True}),
        fails({"SubnetChangeProtection": False}),
        is_unknown({"SubnetChangeProtection": denied(DESCRIBE)}),
    ),
)
def networkfirewall_firewall_subnets_protected(firewall: Resource) -> Outcome:
    """A firewall that loses a subnet loses its endpoint in that zone, and what the zone's routes send there."""
    if firewall.config["SubnetChangeProtection"]:
        return passed("Its subnets are protected from change.", "SubnetChangeProtection")
    return failed("Its subnets can be taken away at once.", "SubnetChangeProtection")


def _in(*subnets: str) -> dict[str, Any]:
    return {"SubnetMappings": [{"SubnetId": each} for each in subnets]}


_HERE = [
    neighbour(SUBNET, {"SubnetId": "subnet-a", "AvailabilityZone": "eu-central-1a"}),
    neighbour(SUBNET, {"SubnetId": "subnet-b", "AvailabilityZone": "eu-central-1b"}),
    neighbour(SUBNET, {"SubnetId": "subnet-c", "AvailabilityZone": "eu-central-1b"}),
]


@check(
    resource_type=FIREWALL,
    title="Network firewall is in several zones",
    problem="Network firewall is in one zone alone",
    severity=Severity.MEDIUM,
    controls=("practices:vpc",),
    aliases=("securityhub:NetworkFirewall.1", "prowler:networkfirewall_multi_az"),
    needs=(SUBNET,),
    remediation=Remediation(
        console=_EDIT + "Associated policy and VPC → Edit: a subnet in each zone that has workloads.",
        cli="aws network-firewall associate-subnets --region {region} --firewall-arn {arn} "
        "--subnet-mappings SubnetId=<subnet>",
    ),
    examples=(
        passes(_in("subnet-a", "subnet-b"), related=_HERE),
        passes({"SubnetMappings": [], "AvailabilityZoneMappings": [{}, {}]}, "at a transit gateway"),
        fails(_in("subnet-a"), related=_HERE),
        fails(_in("subnet-b", "subnet-c"), "two subnets of one zone", related=_HERE),
        is_unknown(_in("subnet-a", "subnet-b"), gaps=[SUBNET]),
        is_unknown(_in("subnet-a", "subnet-x"), "a subnet that another account shares", related=_HERE),
        is_unknown({"SubnetMappings": denied(DESCRIBE)}),
        does_not_apply({"SubnetMappings": []}, "in no VPC yet"),
    ),
)
def networkfirewall_firewall_in_several_zones(firewall: Resource, related: Related) -> Outcome:
    """When its zone fails, traffic of all zones that goes through it fails too, and routes are changed in a hurry."""
    zones = firewall.config.get("AvailabilityZoneMappings") or ()
    mapped = [each["SubnetId"] for each in firewall.config["SubnetMappings"] or ()]
    if not zones and not mapped:
        return not_applicable("It is in no subnet.", "SubnetMappings")
    if len(zones) > 1:
        return passed(f"It is in {len(zones)} zones.", "AvailabilityZoneMappings")
    if len(mapped) == 1 or zones:
        return failed("It is in one zone.", "SubnetMappings" if mapped else "AvailabilityZoneMappings")
    return _by_zones(mapped, related)


def _by_zones(subnet_ids: list[str], related: Related) -> Outcome:
    known = {each.config["SubnetId"]: each.config["AvailabilityZone"] for each in related.here(SUBNET)}
    found = {known[each] for each in subnet_ids if each in known}
    if len(found) > 1:
        return passed(f"It is in {' and '.join(sorted(found))}.", "SubnetMappings")
    missing = [each for each in subnet_ids if each not in known]
    if missing:
        return unknown(f"The account does not have {', '.join(missing)}, and so not its zone.", "SubnetMappings")
    return failed(f"All of its subnets are in {' and '.join(found)}.", "SubnetMappings")
