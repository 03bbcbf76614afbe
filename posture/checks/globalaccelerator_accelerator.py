"""Judge Global Accelerator's accelerators: flow logs, and what is behind them."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource
from posture.core.values import any_of

ACCELERATOR = "AWS::GlobalAccelerator::Accelerator"


@check(
    resource_type=ACCELERATOR,
    title="Global accelerator keeps flow logs",
    problem="Global accelerator keeps no flow logs",
    severity=Severity.LOW,
    controls=("practices:activity", "practices:vpc"),
    remediation=Remediation(
        console="Global Accelerator's console does not show them: use the CLI.",
        cli="aws globalaccelerator update-accelerator-attributes --region us-west-2 --accelerator-arn {arn} "
        "--flow-logs-enabled --flow-logs-s3-bucket <bucket> --flow-logs-s3-prefix accelerators",
        terraform='resource "aws_globalaccelerator_accelerator" "this" {\n  attributes {\n'
        "    flow_logs_enabled = true\n    flow_logs_s3_bucket = aws_s3_bucket.logs.id\n  }\n}",
    ),
    examples=(
        passes({"Enabled": True, "Attributes": {"FlowLogsEnabled": True, "FlowLogsS3Bucket": "logs"}}),
        fails({"Enabled": True, "Attributes": {"FlowLogsEnabled": False}}),
        is_unknown({"Enabled": True, "Attributes": denied("globalaccelerator:DescribeAcceleratorAttributes")}),
        does_not_apply({"Enabled": False, "Attributes": {"FlowLogsEnabled": False}}, "switched off"),
    ),
)
def globalaccelerator_accelerator_flow_logs(accelerator: Resource) -> Outcome:
    """Behind an accelerator the load balancer may see AWS's addresses alone: these logs have those of the clients.

    After an incident they are the one record of who came in.
    """
    if not accelerator.config["Enabled"]:
        return not_applicable("The accelerator is switched off.", "Enabled")
    path = "Attributes.FlowLogsEnabled"
    if accelerator.config["Attributes"]["FlowLogsEnabled"]:
        return passed("Flow logs go to a bucket.", path)
    return failed("It keeps no flow logs.", path)


def _behind(*endpoints: str) -> dict[str, Any]:
    described = [{"EndpointId": each, "Weight": 128} for each in endpoints]
    return {
        "Enabled": True,
        "Listeners": [{"EndpointGroups": [{"EndpointGroupRegion": "eu-west-1", "EndpointDescriptions": described}]}],
    }


@check(
    resource_type=ACCELERATOR,
    title="Global accelerator has something behind it",
    problem="Global accelerator has nothing behind it",
    severity=Severity.LOW,
    controls=("practices:legacy",),
    remediation=Remediation(
        console="Global Accelerator → {name} → Disable, then Delete, after a look at which names in DNS lead to it.",
        cli="aws globalaccelerator update-accelerator --region us-west-2 --accelerator-arn {arn} --no-enabled",
    ),
    examples=(
        passes(_behind("eipalloc-1")),
        passes(
            {
                **_behind("eipalloc-1"),
                "Listeners": [*_behind("eipalloc-1")["Listeners"], {"EndpointGroups": denied("a:B")}],
            },
            "another listener cannot be read",
        ),
        fails(_behind()),
        fails({"Enabled": True, "Listeners": []}, "no listener"),
        is_unknown(
            {"Enabled": True, "Listeners": [{"EndpointGroups": denied("globalaccelerator:ListEndpointGroups")}]}
        ),
        is_unknown({"Enabled": True, "Listeners": denied("globalaccelerator:ListListeners")}),
        does_not_apply({"Enabled": False, "Listeners": []}, "switched off"),
    ),
)
def globalaccelerator_accelerator_used(accelerator: Resource) -> Outcome:
    """It costs 18 dollars a month, and keeps addresses that partners trust for whatever is put behind it next."""
    if not accelerator.config["Enabled"]:
        return not_applicable("The accelerator is switched off.", "Enabled")
    listeners = accelerator.config["Listeners"] or ()
    if any_of(*(lambda each=each: _has_endpoint(each) for each in listeners)):
        return passed("It leads to an endpoint.", "Listeners")
    return failed("No listener of it leads to an endpoint.", "Listeners")


def _has_endpoint(listener: Any) -> bool:
    return any(group["EndpointDescriptions"] for group in listener["EndpointGroups"] or ())
