"""Judge the Organization's policies: attachment, and conditions that can work."""

from __future__ import annotations

from posture.core import policy as policies
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.conditions import fault
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import GLOBAL, Resource

POLICY = "AWS::Organizations::Policy"
AUTHORIZATION = frozenset({"SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"})
OWN = {"Type": "SERVICE_CONTROL_POLICY", "AwsManaged": False}


def _network(operator: str, *ranges: str) -> dict[str, object]:
    statement = {
        "Sid": "OnlyFromTheOffice",
        "Effect": "Deny",
        "Action": ["*"],
        "Resource": ["*"],
        "Condition": {operator: {"aws:SourceIp": list(ranges)}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


@check(
    resource_type=POLICY,
    title="Organization policy is attached",
    problem="Organization policy is attached to nothing",
    severity=Severity.LOW,
    controls=("practices:accounts",),
    remediation=Remediation(
        console="AWS Organizations → Policies → the policy → Targets → Attach, to a test unit first. If nobody needs "
        "it, delete it.",
        cli="aws organizations attach-policy --policy-id <policy-id> --target-id <ou-id>",
    ),
    examples=(
        passes({**OWN, "Targets": [{"TargetId": "r-a1b2", "Name": "Root", "Type": "ROOT"}]}, region=GLOBAL),
        fails({**OWN, "Targets": []}, region=GLOBAL),
        does_not_apply({**OWN, "AwsManaged": True, "Targets": []}, "One of AWS's own", region=GLOBAL),
        is_unknown({**OWN, "Targets": denied("organizations:ListTargetsForPolicy")}, region=GLOBAL),
    ),
)
def organizations_policy_attached(policy: Resource) -> Outcome:
    """A guardrail that is attached to nothing reads like protection in every list of policies, and is none."""
    if policy.config["AwsManaged"]:
        return not_applicable("AWS's own policies are there whether they are used or not.", "AwsManaged")
    targets = policy.config["Targets"]
    if not targets:
        return failed("The policy is attached to nothing.", "Targets")
    names = [target["Name"] for target in targets]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004 - as many as a sentence holds
    return passed(f"Attached to {', '.join(names[:3])}{more}.", "Targets")


@check(
    resource_type=POLICY,
    title="Organization policy's conditions can work",
    problem="Organization policy has a condition that cannot work",
    severity=Severity.HIGH,
    controls=("practices:accounts", "practices:iam", "cis_aws_7:2.1.2"),
    remediation=Remediation(
        console="AWS Organizations → Policies → the policy → Edit policy: give the condition the ranges, accounts or "
        "organization that are meant. Test on one unit: a wrong Deny can lock everybody out.",
        cli="aws organizations update-policy --policy-id <policy-id> --content file://policy.json",
    ),
    examples=(
        passes({**OWN, "Content": _network("NotIpAddress", "203.0.113.0/24")}, region=GLOBAL),
        fails({**OWN, "Content": _network("NotIpAddress", "")}, "An empty range", region=GLOBAL),
        fails({**OWN, "Content": _network("NotIpAddress", "203.0.113.0/240")}, "A broken range", region=GLOBAL),
        fails({**OWN, "Content": _network("NotIpAddress", "0.0.0.0/0")}, "Every address", region=GLOBAL),
        does_not_apply({**OWN, "Type": "TAG_POLICY", "Content": {"tags": {}}}, "Not about access", region=GLOBAL),
        is_unknown({**OWN, "Content": denied("organizations:DescribePolicy")}, region=GLOBAL),
    ),
)
def organizations_policy_conditions_work(policy: Resource) -> Outcome:
    """A Deny from all but your own addresses is only as good as the addresses in it.

    With an empty or broken range it denies everyone or no one, and nothing shows which until the day it
    matters.
    """
    if policy.config["Type"] not in AUTHORIZATION:
        return not_applicable("This type of policy has no conditions.", "Type")
    # Touching it first lets an unreadable text be unknown.
    content = policy.config["Content"]
    for statement in policies.parse(content).statements:
        for condition in statement.conditions:
            wrong = fault(condition)
            if wrong:
                path = statement.path(condition.path, root="Content")
                return failed(f"Statement {statement.label}: {condition.operator} {condition.key} {wrong}.", path)
    return passed("Each condition names values that can work.", "Content")
