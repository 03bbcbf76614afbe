"""Judges EMR's block of public access."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

BLOCKED, PORTS = "BlockPublicSecurityGroupRules", "PermittedPublicSecurityGroupRuleRanges"
SSH = 22
_GET = denied("elasticmapreduce:GetBlockPublicAccessConfiguration")


def _ports(first: int, last: int) -> dict[str, object]:
    return {BLOCKED: True, PORTS: [{"MinRange": first, "MaxRange": last}]}


@check(
    resource_type="AWS::EMR::BlockPublicAccessConfiguration",
    title="EMR blocks clusters that are open to the internet",
    problem="EMR starts clusters that are open to the internet",
    severity=Severity.CRITICAL,
    controls=("practices:vpc", "aws_fsbp:EMR.2"),
    aliases=("securityhub:EMR.2", "prowler:emr_cluster_account_public_block_enabled"),
    remediation=Remediation(
        console="EMR → Block public access → Edit: turn on, with no exceptions but port 22.",
        cli="aws emr put-block-public-access-configuration --region {region} --block-public-access-configuration "
        "BlockPublicSecurityGroupRules=true",
        terraform='resource "aws_emr_block_public_access_configuration" "this" {\n'
        "  block_public_security_group_rules = true\n}",
    ),
    examples=(
        passes(_ports(22, 22), "AWS's default"),
        passes({BLOCKED: True, PORTS: []}),
        fails({BLOCKED: False, PORTS: []}),
        fails(_ports(8088, 8088), "another port is allowed"),
        is_unknown({BLOCKED: _GET, PORTS: _GET}),
    ),
)
def emr_block_public_access_configuration_on(setting: Resource) -> Outcome:
    """Interfaces of Hadoop run commands for whoever reaches them, and scanners look for them all day.

    The block refuses to start a cluster that would be open, before anybody finds it.
    """
    if not setting.config[BLOCKED]:
        return failed("Clusters may be open to the internet on any port.", BLOCKED)
    for index, each in enumerate(setting.config[PORTS]):
        if each["MinRange"] != SSH or each.get("MaxRange", SSH) != SSH:
            last = each.get("MaxRange", each["MinRange"])
            return failed(f"Ports {each['MinRange']} to {last} may be open to the internet.", f"{PORTS}[{index}]")
    return passed("Clusters that are open to the internet are not started.", BLOCKED)
