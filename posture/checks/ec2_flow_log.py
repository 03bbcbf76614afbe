"""Judges flow logs."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed, unknown
from posture.core.resource import Resource

LOG = {"FlowLogId": "fl-1", "ResourceId": "vpc-1", "LogDestination": "arn:aws:s3:::logs"}


@check(
    resource_type="AWS::EC2::FlowLog",
    title="Flow log is delivered",
    problem="Flow log is not delivered",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "practices:activity", "cis_aws_7:4.7"),
    remediation=Remediation(
        console="VPC → Your VPCs → the VPC → Flow logs: the status shows the error. Most often the bucket's policy "
        "does not let delivery.logs.amazonaws.com write, or the log group's role is gone.",
        cli="aws ec2 describe-flow-logs --region {region} --flow-log-ids {id}",
    ),
    reads_observed=True,
    examples=(
        passes(LOG, observed={"DeliverLogsStatus": "SUCCESS"}),
        fails(LOG, observed={"DeliverLogsStatus": "FAILED"}),
        is_unknown(LOG, "nothing was delivered yet"),
        is_unknown(LOG, observed={"DeliverLogsStatus": denied("ec2:DescribeFlowLogs")}),
    ),
)
def ec2_flow_log_delivered(log: Resource) -> Outcome:
    """A flow log that cannot be written is listed as active all the same, and records nothing.

    It is noticed when the record is needed. A change to the bucket's policy or to a key is enough to break it.
    """
    status = log.observed.get("DeliverLogsStatus")
    if status == "SUCCESS":
        return passed("The last delivery succeeded.", "observed.DeliverLogsStatus")
    if status == "FAILED":
        goal = log.config.get("LogDestination") or log.config.get("LogGroupName")
        return failed(f"The last delivery to {goal} failed.", "observed.DeliverLogsStatus")
    return unknown("AWS reports no delivery yet.")
