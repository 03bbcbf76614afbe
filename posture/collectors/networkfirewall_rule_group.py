"""Stateless rule groups of AWS Network Firewall that a firewall uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.networkfirewall_center import GONE, POLICIES, SERVICE, policies
from posture.core.arn import Arn
from posture.core.collector import Ask, Cadence, Column, Family, collector
from posture.core.resource import Resource
from posture.core.values import Unknown

_STATELESS = "RulesSource.StatelessRulesAndCustomActions.StatelessRules"


@collector(
    resource_type="AWS::NetworkFirewall::RuleGroup",
    title="Network firewall rule group",
    plural="Network firewall rule groups",
    service=SERVICE,
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    arn_names=("networkfirewall:statelessrulegroup", "networkfirewall:statefulrulegroup"),
    actions=(*POLICIES, "network-firewall:DescribeRuleGroup"),
    columns=(
        Column("Type", "Kind"),
        Column("Capacity", "Capacity"),
        Column(f"{_STATELESS}.Priority", "Rules"),
        Column("OwnerId", "Owner"),
    ),
    ignored=("UpdateToken",),
)
def rule_groups(ask: Ask) -> Iterator[Resource]:
    """Rules for single packets, which decide before any rule that knows connections.

    Stateful groups can be large, and are named by the policies that use them without being read.
    """
    arns = sorted(
        {
            each["ResourceArn"]
            for answer in policies(ask).values()
            for each in answer["FirewallPolicy"].get("StatelessRuleGroupReferences") or ()
        }
    )
    for arn, answer in zip(arns, ask.each(partial(_described, ask), arns), strict=True):
        if answer is not None:
            yield _rule_group(ask, arn, answer)


def _described(ask: Ask, arn: str) -> dict[str, Any] | Unknown | None:
    return ask.call(SERVICE, "describe_rule_group", absent=GONE, RuleGroupArn=arn, Type="STATELESS")


def _rule_group(ask: Ask, arn: str, answer: Mapping[str, Any] | Unknown) -> Resource:
    parsed = Arn.parse(arn)
    raw: dict[str, Any] = {"RuleGroupName": parsed.name, "Type": "STATELESS", "OwnerId": parsed.account_id}
    if isinstance(answer, Unknown):
        return ask.resource({**raw, "RulesSource": answer}, arn=arn, name=parsed.name, tags=answer)
    response = answer["RuleGroupResponse"]
    raw |= {"Capacity": response.get("Capacity"), **(answer.get("RuleGroup") or {})}
    return ask.resource(raw, arn=arn, name=parsed.name, tags=response.get("Tags"))
