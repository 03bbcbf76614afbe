"""Judge CloudFormation stacks: drift, and what they reveal to whoever reads them."""

from __future__ import annotations

from posture.checks.environments import EXAMPLE_KINDS, secrets_in
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.resource import Resource

STACK = "AWS::CloudFormation::Stack"
DESCRIBE = "cloudformation:DescribeStacks"
_TOKEN = {"ParameterKey": "PartnerToken", "ParameterValue": "hmac-sha256:1", "NoEcho": False}
_MASKED = {**_TOKEN, "NoEcho": True}


@check(
    resource_type=STACK,
    title="CloudFormation stack is as its template says",
    problem="CloudFormation stack has drifted from its template",
    severity=Severity.LOW,
    controls=("practices:activity",),
    reads_observed=True,
    remediation=Remediation(
        console="CloudFormation → the stack → Stack actions → View drift results: take the change over into the "
        "template, or update the stack to undo it.",
        cli="aws cloudformation detect-stack-drift --region {region} --stack-name {arn}",
    ),
    examples=(
        passes({}, observed={"DriftInformation": {"StackDriftStatus": "IN_SYNC"}}),
        fails({}, observed={"DriftInformation": {"StackDriftStatus": "DRIFTED"}}),
        is_unknown({}, observed={"DriftInformation": denied(DESCRIBE)}),
        is_unknown({}, "partly looked at", observed={"DriftInformation": {"StackDriftStatus": "UNKNOWN"}}),
        does_not_apply({}, "nobody looked", observed={"DriftInformation": {"StackDriftStatus": "NOT_CHECKED"}}),
    ),
)
def cloudformation_stack_not_drifted(stack: Resource) -> Outcome:
    """A change by hand outside the template was reviewed by nobody, and the next update of the stack undoes it.

    CloudFormation compares only when it is asked to. Plumbline does not ask, since that is no read; it shows what the
    last comparison found.
    """
    status = stack.observed.at("DriftInformation", "StackDriftStatus")
    path = "observed.DriftInformation.StackDriftStatus"
    if status == "IN_SYNC":
        return passed("What the stack made was as its template says when CloudFormation last compared.", path)
    if status == "DRIFTED":
        return failed("What the stack made was changed outside its template.", path)
    if status == "NOT_CHECKED":
        return not_applicable("CloudFormation was never asked to compare the stack with its template.", path)
    return unknown("CloudFormation could not compare the whole stack with its template.", path)


@check(
    resource_type=STACK,
    title="CloudFormation stack shows no secret",
    problem="CloudFormation stack exposes a secret",
    severity=Severity.HIGH,
    controls=("practices:iam", "practices:encryption"),
    aliases=("prowler:cloudformation_stack_outputs_find_secrets",),
    remediation=Remediation(
        console="Give the template the ARN of a secret in Secrets Manager instead of the secret, or mark the parameter "
        "as NoEcho; take the output away. Then change the secret, since it was readable.",
    ),
    examples=(
        passes({"Parameters": [_MASKED], "Outputs": []}, "hidden by NoEcho"),
        passes({"Parameters": [{**_TOKEN, "ParameterKey": "PartnerTokenArn"}]}, "where the secret is"),
        fails({"Parameters": [_TOKEN]}),
        fails({"Outputs": [{"OutputKey": "AdminPassword", "OutputValue": "hmac-sha256:1"}]}, "an output"),
        fails(
            {"Outputs": [{"OutputKey": "Database", "OutputValue": "hmac-sha256:url"}]},
            "by value",
            observed=EXAMPLE_KINDS,
        ),
        fails(
            {
                "Parameters": [
                    {"ParameterKey": "Db", "ParameterValue": "hmac-sha256:0", "ResolvedValue": "hmac-sha256:url"}
                ]
            },
            "by the value of the parameter in Systems Manager that it names",
            observed=EXAMPLE_KINDS,
        ),
        is_unknown({"Parameters": denied(DESCRIBE)}),
    ),
    reads_observed=True,
    version=2,
)
def cloudformation_stack_without_secrets(stack: Resource) -> Outcome:
    """Whoever may describe stacks reads parameters and outputs, and they stay in the history of its events.

    It is judged by their names and by what their values looked like when they were read; Plumbline keeps only
    fingerprints of them.
    """
    parameters = [one for one in stack.config.items_of("Parameters") if not one.get("NoEcho")]
    shown = [
        (one["ParameterKey"], one[key])
        for one in parameters
        for key in ("ParameterValue", "ResolvedValue")
        if one.get(key) is not None
    ]
    given = [(one["OutputKey"], one["OutputValue"]) for one in stack.config.items_of("Outputs")]
    found = secrets_in(stack, [*shown, *given])
    if found:
        paths = [path for path, values in (("Parameters", shown), ("Outputs", given)) if secrets_in(stack, values)]
        return failed(f"These seem to hold secrets: {', '.join(found)}.", *paths)
    return passed(
        "No parameter or output that is shown looks like a secret, by its name or by its value.",
        "Parameters",
        "Outputs",
    )
