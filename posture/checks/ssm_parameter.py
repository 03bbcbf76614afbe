"""Judges parameters of Systems Manager by their names and types."""

from __future__ import annotations

from posture.checks.environments import names_a_secret
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource


@check(
    resource_type="AWS::SSM::Parameter",
    title="Parameter that seems to be a secret is encrypted",
    problem="Parameter seems to be a secret and is not encrypted",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "practices:iam"),
    remediation=Remediation(
        console="Systems Manager → Parameter Store: create it again with the type SecureString, then delete this one. "
        "Its old versions were readable, so change the secret.",
        cli="aws ssm put-parameter --region {region} --name {name} --type SecureString --overwrite "
        "--value <new secret>",
        terraform='resource "aws_ssm_parameter" "this" {\n  type = "SecureString"\n}',
    ),
    examples=(
        passes({"Name": "/orders/db-password", "Type": "SecureString"}),
        fails({"Name": "/orders/db_password", "Type": "String"}),
        does_not_apply({"Name": "/orders/stage", "Type": "String"}, "not named like a secret"),
        does_not_apply({"Name": "/orders/db_password_arn", "Type": "String"}, "names where a secret is kept"),
        is_unknown({"Name": "/orders/db_password", "Type": denied("ssm:DescribeParameters")}),
    ),
)
def ssm_parameter_secret_encrypted(parameter: Resource) -> Outcome:
    """A parameter in plain text is read by all who may read parameters, without a key that could stop them.

    It is judged by its name alone; Plumbline never reads values.
    """
    if not names_a_secret(parameter.config["Name"].rpartition("/")[2]):
        return not_applicable("Its name is not that of a secret.", "Name")
    kind = parameter.config["Type"]
    if kind == "SecureString":
        return passed("It is a SecureString.", "Type")
    return failed(f"By its name it is a secret, and its type is {kind}.", "Type")
