"""Judge stateless rule groups of Network Firewall."""

from __future__ import annotations

from typing import Any

from posture.core.check import (
    EXAMPLE_ACCOUNT,
    Remediation,
    check,
    denied,
    does_not_apply,
    fails,
    is_unknown,
    passes,
)
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.ownership import owned_elsewhere
from posture.core.resource import Resource


def _group(rules: list[dict[str, Any]], owner: str = EXAMPLE_ACCOUNT) -> dict[str, Any]:
    return {"OwnerId": owner, "RulesSource": {"StatelessRulesAndCustomActions": {"StatelessRules": rules}}}


@check(
    resource_type="AWS::NetworkFirewall::RuleGroup",
    title="Stateless rule group has rules",
    problem="Stateless rule group has no rules",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:NetworkFirewall.6"),
    aliases=("securityhub:NetworkFirewall.6",),
    remediation=Remediation(
        console="VPC → Network Firewall → Rule groups → {name} → Rules → Edit; or take the group out of its policies.",
        cli="aws network-firewall update-rule-group --region {region} --rule-group-arn {arn} --update-token <token> "
        "--rule-group file://rules.json",
    ),
    examples=(
        passes(_group([{"Priority": 1, "RuleDefinition": {"Actions": ["aws:drop"]}}])),
        fails(_group([])),
        is_unknown({"OwnerId": EXAMPLE_ACCOUNT, "RulesSource": denied("network-firewall:DescribeRuleGroup")}),
        does_not_apply(_group([], "444455556666"), "another account's"),
    ),
)
def networkfirewall_rule_group_has_rules(group: Resource) -> Outcome:
    """A group without rules looks like protection in the policy's list, and every packet passes it by."""
    shared = owned_elsewhere(group)
    if shared:
        return shared
    path = "RulesSource.StatelessRulesAndCustomActions.StatelessRules"
    count = len(group.config["RulesSource"]["StatelessRulesAndCustomActions"]["StatelessRules"])
    return passed(f"It has {count} rule{'' if count == 1 else 's'}.", path) if count else failed("It has none.", path)
