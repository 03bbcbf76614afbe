"""Policies of AWS Network Firewall: rule groups, and what happens by default."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.networkfirewall_center import POLICIES, SERVICE, policies
from posture.core.arn import Arn
from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::NetworkFirewall::FirewallPolicy",
    title="Network firewall policy",
    plural="Network firewall policies",
    service=SERVICE,
    family=Family.NETWORK,
    cadence=Cadence.DAILY,
    actions=POLICIES,
    columns=(
        Column("StatelessRuleGroupReferences.ResourceArn", "Stateless groups"),
        Column("StatefulRuleGroupReferences.ResourceArn", "Stateful groups"),
        Column("StatelessDefaultActions", "Default"),
        Column("StatelessFragmentDefaultActions", "Default for fragments"),
        Column("OwnerId", "Owner"),
    ),
    relations=(
        Relation("StatelessRuleGroupReferences.ResourceArn", "AWS::NetworkFirewall::RuleGroup"),
        Relation("StatefulRuleGroupReferences.ResourceArn", "AWS::NetworkFirewall::RuleGroup"),
    ),
    unordered=("StatelessRuleGroupReferences", "StatefulRuleGroupReferences"),
)
def firewall_policies(ask: Ask) -> Iterator[Resource]:
    """The policy decides what a firewall lets through; those that a firewall of the region uses are read.

    Firewall Manager shares policies of its own account, which `OwnerId` names.
    """
    for arn, answer in policies(ask).items():
        response = answer["FirewallPolicyResponse"]
        yield ask.resource(
            {
                "FirewallPolicyName": response["FirewallPolicyName"],
                "OwnerId": Arn.parse(arn).account_id,
                **answer["FirewallPolicy"],
            },
            arn=arn,
            name=response["FirewallPolicyName"],
            tags=response.get("Tags"),
        )
