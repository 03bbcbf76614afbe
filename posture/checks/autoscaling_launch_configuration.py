"""Judge launch configurations, with which old Auto Scaling groups start instances."""

from __future__ import annotations

from posture.checks.environments import EXAMPLE_KINDS, secrets_in
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

CONFIGURATION = "AWS::AutoScaling::LaunchConfiguration"
DESCRIBE = "autoscaling:DescribeLaunchConfigurations"
_REPLACE = (
    "A launch configuration cannot be changed: EC2 → Launch configurations → {name} → Copy to launch template, "
    "set {what} there, switch the group to it, and delete {name}."
)


@check(
    resource_type=CONFIGURATION,
    title="Launch configuration wants metadata tokens (IMDSv2)",
    problem="Launch configuration does not require metadata tokens (IMDSv2)",
    severity=Severity.HIGH,
    controls=("practices:legacy", "practices:iam", "aws_fsbp:AutoScaling.3", "cis_aws_7:6.7"),
    aliases=("securityhub:AutoScaling.3", "prowler:autoscaling_group_launch_configuration_requires_imdsv2"),
    remediation=Remediation(
        console=_REPLACE.replace("{what}", "metadata version V2 only"),
        terraform='resource "aws_launch_template" "this" {\n  metadata_options {\n    http_tokens = "required"\n  }\n}',
    ),
    examples=(
        passes({"MetadataOptions": {"HttpTokens": "required"}}),
        passes({"MetadataOptions": {"HttpEndpoint": "disabled"}}, "the service is off"),
        fails({"MetadataOptions": {"HttpTokens": "optional"}}),
        fails({"InstanceType": "m5.large"}, "left to the defaults"),
        is_unknown({"MetadataOptions": denied(DESCRIBE)}),
    ),
)
def autoscaling_launch_configuration_imdsv2_required(configuration: Resource) -> Outcome:
    """With IMDSv1 a web application that can be tricked into fetching an address hands over its role's keys.

    Repairing the instances one by one lasts until the group starts the next one.
    """
    options = configuration.config.get("MetadataOptions") or {}
    if options.get("HttpEndpoint") == "disabled":
        return passed("It starts instances without a metadata service.", "MetadataOptions.HttpEndpoint")
    if options.get("HttpTokens") == "required":
        return passed("Its instances want a token.", "MetadataOptions.HttpTokens")
    return failed("It does not say that its instances want a token.", "MetadataOptions")


@check(
    resource_type=CONFIGURATION,
    title="Launch configuration gives no public addresses",
    problem="Launch configuration gives public addresses",
    severity=Severity.HIGH,
    controls=("practices:vpc", "aws_fsbp:AutoScaling.5"),
    aliases=("securityhub:AutoScaling.5", "prowler:autoscaling_group_launch_configuration_no_public_ip"),
    remediation=Remediation(
        console=_REPLACE.replace("{what}", "Auto-assign public IP: Disable"),
        terraform='resource "aws_launch_template" "this" {\n  network_interfaces {\n'
        "    associate_public_ip_address = false\n  }\n}",
    ),
    examples=(
        passes({"AssociatePublicIpAddress": False}),
        passes({"InstanceType": "m5.large"}, "the subnet decides"),
        fails({"AssociatePublicIpAddress": True}),
        is_unknown({"AssociatePublicIpAddress": denied(DESCRIBE)}),
    ),
)
def autoscaling_launch_configuration_no_public_address(configuration: Resource) -> Outcome:
    """Each instance that the group starts is put on the internet, at night and as often as the load wants it."""
    if configuration.config.get("AssociatePublicIpAddress"):
        return failed("Its instances get a public address.", "AssociatePublicIpAddress")
    return passed("It asks for no public address.", "AssociatePublicIpAddress")


@check(
    resource_type=CONFIGURATION,
    title="Launch configuration has no secret in its user data",
    problem="Launch configuration has a secret in its user data",
    severity=Severity.HIGH,
    controls=("practices:iam", "practices:encryption"),
    aliases=("prowler:autoscaling_find_secrets_ec2_launch_configuration",),
    remediation=Remediation(
        console=_REPLACE.replace("{what}", "a script that reads the secret from Secrets Manager by the instance's role")
        + " Change the secret, since it was readable.",
    ),
    examples=(
        passes({"UserData": "hmac-sha256:1"}),
        fails({"UserData": "hmac-sha256:url"}, observed=EXAMPLE_KINDS),
        is_unknown({"UserData": denied(DESCRIBE)}),
        does_not_apply({"UserData": ""}, "no user data"),
        does_not_apply({"InstanceType": "m5.large"}, "no user data at all"),
    ),
    reads_observed=True,
)
def autoscaling_launch_configuration_user_data_without_secrets(configuration: Resource) -> Outcome:
    """Whoever may describe launch configurations reads the script, and so does every process on the instances.

    It is judged by what the script looked like when it was read; Plumbline keeps only a fingerprint of it.
    """
    script = configuration.config.get("UserData")
    if not script:
        return not_applicable("It has no user data.", "UserData")
    found = secrets_in(configuration, [("The user data", script)])
    if found:
        return failed(f"It seems to hold a secret: {found[0]}.", "UserData")
    return passed("Nothing in the user data looks like a secret.", "UserData")
