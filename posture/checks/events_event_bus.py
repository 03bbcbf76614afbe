"""Judges event buses by their policies."""

from __future__ import annotations

from posture.checks.stores import judge_policy_not_public, policy_examples
from posture.core.check import EXAMPLE_ACCOUNT, Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

BUS = "AWS::Events::EventBus"
DEFAULT = "default"
_STATEMENT = {"Effect": "Allow", "Principal": {"AWS": [f"arn:aws:iam::{EXAMPLE_ACCOUNT}:root"]}}


@check(
    resource_type=BUS,
    title="Event bus's policy lets in nobody unknown",
    problem="Event bus's policy allows public access",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:iam", "cis_aws_7:2.21"),
    aliases=("prowler:eventbridge_bus_exposed",),
    remediation=Remediation(
        console="EventBridge → Event buses → {name} → Permissions → Edit: name the accounts, or the organization by "
        "aws:PrincipalOrgID.",
        cli="aws events put-permission --region {region} --event-bus-name {name} --policy file://policy.json",
        terraform='resource "aws_cloudwatch_event_bus_policy" "this" {\n'
        "  policy = data.aws_iam_policy_document.bus.json\n}",
    ),
    examples=policy_examples("Policy", "events:ListEventBuses"),
    version=2,
)
def events_event_bus_policy_not_public(bus: Resource) -> Outcome:
    """Anyone could send events that your rules take for your own, and start what they start."""
    return judge_policy_not_public(bus, "Policy")


@check(
    resource_type=BUS,
    title="Custom event bus has a policy",
    problem="Custom event bus has no policy",
    severity=Severity.LOW,
    controls=("practices:iam", "aws_fsbp:EventBridge.3"),
    aliases=("securityhub:EventBridge.3",),
    remediation=Remediation(
        console="EventBridge → Event buses → {name} → Permissions → Edit: a policy that names who may send events.",
        cli="aws events put-permission --region {region} --event-bus-name {name} --policy file://policy.json",
    ),
    examples=(
        passes({"Name": "orders", "Policy": {"Statement": [_STATEMENT]}}),
        fails({"Name": "orders", "Policy": None}),
        does_not_apply({"Name": DEFAULT, "Policy": None}, "the default bus"),
        is_unknown({"Name": "orders", "Policy": denied("events:ListEventBuses")}),
    ),
)
def events_event_bus_has_policy(bus: Resource) -> Outcome:
    """Without a policy, every identity of the account whose own policy says so may send events.

    A policy of the bus says in one place who is meant to.
    """
    if bus.config["Name"] == DEFAULT:
        return not_applicable("It is the account's default bus.", "Name")
    if bus.config["Policy"] is None:
        return failed("It has no policy.", "Policy")
    return passed("It has a policy.", "Policy")
