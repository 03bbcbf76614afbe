"""Judges EC2 instances by what their user data looked like."""

from __future__ import annotations

from posture.checks.environments import EXAMPLE_KINDS, secrets_in
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.resource import POPULATION, Resource

INSTANCE = "AWS::EC2::Instance"
SCRIPT = "UserData.Value"


@check(
    resource_type=INSTANCE,
    title="Instance has no secret in its user data",
    problem="Instance has a secret in its user data",
    severity=Severity.HIGH,
    controls=("practices:iam", "practices:encryption"),
    aliases=("prowler:ec2_instance_secrets_user_data",),
    remediation=Remediation(
        console="Change the secret first, since it was readable, and let the script read the new one from Secrets "
        "Manager by the instance's role. Then stop the instance → Actions → Instance settings → Edit user data.",
        cli="aws ec2 modify-instance-attribute --region {region} --instance-id {id} "
        "--user-data Value=fileb://user-data.sh",
        terraform='resource "aws_instance" "this" {\n  # The script reads the secret from Secrets Manager.\n'
        '  user_data = file("user-data.sh")\n}',
    ),
    examples=(
        passes({"UserData": {"Value": "hmac-sha256:1"}}),
        fails({"UserData": {"Value": "hmac-sha256:url"}}, observed=EXAMPLE_KINDS),
        is_unknown({"UserData": denied("ec2:DescribeInstanceAttribute")}),
        is_unknown({"UserData": None}, "AWS's answer leaves it out"),
        is_unknown({"InstanceId": "i-1"}, "nobody has asked for it yet"),
        does_not_apply({"UserData": {}}, "no user data"),
        does_not_apply({POPULATION: "asg/web", "InstanceType": "m7g.large"}, "its group gives the user data"),
    ),
    reads_observed=True,
)
def ec2_instance_user_data_without_secrets(instance: Resource) -> Outcome:
    """Every process on the instance reads its user data from the metadata service, without a password.

    So does whoever may describe the instance's attributes, and many read-only roles may. It is judged by what the
    script looked like when it was read; Plumbline keeps only a fingerprint of it.
    """
    if POPULATION in instance.config and "UserData" not in instance.config:
        return not_applicable("Its group gives the user data; launch templates are judged themselves.", POPULATION)
    data = instance.config["UserData"]
    if data is None:
        return unknown("AWS does not say whether this instance has user data.", "UserData")
    script = data.get("Value")
    if not script:
        return not_applicable("The instance has no user data.", "UserData")
    found = secrets_in(instance, [("The user data", script)])
    if found:
        return failed(f"The instance seems to hand out a secret: {found[0]}.", SCRIPT)
    return passed("Nothing in the user data looks like a secret.", SCRIPT)
