"""Network firewalls of a region, and the policies that they use. No collector.

Policies and rule groups are followed from the firewalls, so that a region without firewalls costs one call. The engine
asks AWS once for all of the collectors that read them here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask
from posture.core.values import Unknown, UnknownFieldError

SERVICE = "network-firewall"
GONE = ("ResourceNotFoundException",)
FIREWALLS = ("network-firewall:ListFirewalls", "network-firewall:DescribeFirewall")
POLICIES = (*FIREWALLS, "network-firewall:DescribeFirewallPolicy")


def firewalls(ask: Ask) -> list[dict[str, Any]]:
    """Return the region's firewalls, each with what describes it under `described`."""
    listed = list(ask.pages(SERVICE, "list_firewalls", "Firewalls"))
    answers = ask.each(partial(_described, ask), listed)
    return [{**raw, "described": one} for raw, one in zip(listed, answers, strict=True) if one is not None]


def _described(ask: Ask, raw: Mapping[str, Any]) -> dict[str, Any] | Unknown | None:
    found: dict[str, Any] | Unknown | None = ask.field(
        SERVICE, "describe_firewall", "Firewall", absent=GONE, FirewallArn=raw["FirewallArn"]
    )
    return found


def policies(ask: Ask) -> dict[str, dict[str, Any]]:
    """Return what describes the policies that the region's firewalls use, by ARN.

    Raises where it cannot be read: a gap, since nothing else says which there are.
    """
    used = (known(each["described"]) for each in firewalls(ask))
    arns = sorted({arn for each in used if (arn := each.get("FirewallPolicyArn"))})
    answers = ask.each(partial(_policy, ask), arns)
    return {arn: known(answer) for arn, answer in zip(arns, answers, strict=True) if answer is not None}


def _policy(ask: Ask, arn: str) -> dict[str, Any] | Unknown | None:
    return ask.call(SERVICE, "describe_firewall_policy", absent=GONE, FirewallPolicyArn=arn)


def known(answer: Any) -> Any:
    """Return an answer, or raise where it is unknown."""
    if isinstance(answer, Unknown):
        raise UnknownFieldError(answer)
    return answer
