"""Judges the resource policies of CloudWatch Logs."""

from __future__ import annotations

from posture.checks.stores import judge_policy_not_public, policy_examples
from posture.core.check import Remediation, check
from posture.core.outcome import Outcome, Severity
from posture.core.resource import Resource


@check(
    resource_type="AWS::Logs::ResourcePolicy",
    title="Logs resource policy lets in nobody unknown",
    problem="Logs resource policy allows public access",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:iam", "practices:activity", "cis_aws_7:2.21"),
    aliases=("prowler:cloudwatch_log_group_not_publicly_accessible",),
    remediation=Remediation(
        console="The console cannot do it: use the command, with a policy that names the services or accounts.",
        cli="aws logs put-resource-policy --region {region} --policy-name {name} --policy-document file://policy.json",
        terraform='resource "aws_cloudwatch_log_resource_policy" "this" {\n'
        "  policy_document = data.aws_iam_policy_document.logs.json\n}",
    ),
    examples=policy_examples("policyDocument", "logs:DescribeResourcePolicies"),
    version=2,
)
def logs_resource_policy_not_public(policy: Resource) -> Outcome:
    """Anyone could read what your applications log, or write events that hide an intruder's own among them."""
    return judge_policy_not_public(policy, "policyDocument")
