"""Judge network firewall policies: rules, and what happens by default."""

from __future__ import annotations

from posture.core.check import (
    EXAMPLE_ACCOUNT,
    Example,
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

POLICY = "AWS::NetworkFirewall::FirewallPolicy"
DESCRIBE = "network-firewall:DescribeFirewallPolicy"
SAFE = frozenset({"aws:drop", "aws:forward_to_sfe"})
"""Actions that do not let a packet through unseen: drop it, or hand it to the stateful engine."""
_EDIT = "VPC → Network Firewall → Firewall policies → {name} → "
_OWN = {"OwnerId": EXAMPLE_ACCOUNT}
_ELSEWHERE = {"OwnerId": "444455556666"}
_UPDATE = "aws network-firewall update-firewall-policy --region {region} --firewall-policy-arn {arn} "
_BY_DEFAULT = Remediation(
    console=_EDIT + "Stateless default actions → Edit: Drop, or Forward to stateful rule groups.",
    cli=_UPDATE + "--update-token <token> --firewall-policy file://policy.json",
)


@check(
    resource_type=POLICY,
    title="Network firewall policy has rules",
    problem="Network firewall policy has no rules",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:NetworkFirewall.3"),
    aliases=("securityhub:NetworkFirewall.3", "prowler:networkfirewall_policy_rule_group_associated"),
    remediation=Remediation(
        console=_EDIT + "Stateful rule groups → Add rule groups, of AWS's managed ones to begin with.",
        cli=_UPDATE + "--update-token <token> --firewall-policy file://policy.json",
    ),
    examples=(
        passes(
            {
                **_OWN,
                "StatefulRuleGroupReferences": [{"ResourceArn": "arn:aws:network-firewall:a:b:stateful-rulegroup/x"}],
            }
        ),
        passes(
            {**_OWN, "StatelessRuleGroupReferences": [{"ResourceArn": "arn:aws:network-firewall:a:b:c", "Priority": 1}]}
        ),
        fails(_OWN),
        fails({**_OWN, "StatefulRuleGroupReferences": [], "StatelessRuleGroupReferences": []}),
        is_unknown({**_OWN, "StatelessRuleGroupReferences": denied(DESCRIBE)}),
        does_not_apply(_ELSEWHERE, "another account's"),
    ),
)
def networkfirewall_firewall_policy_has_rules(policy: Resource) -> Outcome:
    """A policy without rules decides everything by its defaults: the firewall costs its price and looks at nothing."""
    shared = owned_elsewhere(policy)
    if shared:
        return shared
    keys = ("StatelessRuleGroupReferences", "StatefulRuleGroupReferences")
    count = sum(len(policy.config.items_of(key)) for key in keys)
    if count:
        return passed(f"It has {count} rule group{'' if count == 1 else 's'}.", *keys)
    return failed("It has no rule group.", *keys)


def _default_examples(key: str) -> tuple[Example, ...]:
    return (
        passes({**_OWN, key: ["aws:forward_to_sfe"]}),
        passes({**_OWN, key: ["aws:drop", "CountThem"]}, "with an action of one's own"),
        fails({**_OWN, key: ["aws:pass"]}),
        is_unknown({**_OWN, key: denied(DESCRIBE)}),
        is_unknown(_OWN, "the answer leaves it out"),
        does_not_apply({**_ELSEWHERE, key: ["aws:pass"]}, "another account's"),
    )


def _judge_default(policy: Resource, key: str) -> Outcome:
    shared = owned_elsewhere(policy)
    if shared:
        return shared
    actions = policy.config[key]
    judge = passed if SAFE.intersection(actions) else failed
    return judge(f"The default is {', '.join(actions)}.", key)


@check(
    resource_type=POLICY,
    title="Network firewall policy looks at whole packets by default",
    problem="Network firewall policy lets whole packets pass by default",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:NetworkFirewall.4"),
    aliases=("securityhub:NetworkFirewall.4", "prowler:networkfirewall_policy_default_action_full_packets"),
    remediation=_BY_DEFAULT,
    examples=_default_examples("StatelessDefaultActions"),
)
def networkfirewall_firewall_policy_default_for_packets(policy: Resource) -> Outcome:
    """What no stateless rule matches then passes without a look by the rules that know connections.

    A firewall with the most careful stateful rules lets everything through that way.
    """
    return _judge_default(policy, "StatelessDefaultActions")


@check(
    resource_type=POLICY,
    title="Network firewall policy looks at fragments of packets by default",
    problem="Network firewall policy lets fragments of packets pass by default",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:NetworkFirewall.5"),
    aliases=("securityhub:NetworkFirewall.5", "prowler:networkfirewall_policy_default_action_fragmented_packets"),
    remediation=_BY_DEFAULT,
    examples=_default_examples("StatelessFragmentDefaultActions"),
)
def networkfirewall_firewall_policy_default_for_fragments(policy: Resource) -> Outcome:
    """Cutting packets into pieces is the oldest way around a firewall: only whole packets show what they carry."""
    return _judge_default(policy, "StatelessFragmentDefaultActions")
