"""Judges launch templates by the version that is their default."""

from __future__ import annotations

from typing import Any

from posture.checks.environments import EXAMPLE_KINDS, secrets_in
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.resource import Resource

TEMPLATE = "AWS::EC2::LaunchTemplate"
DATA = "LaunchTemplateData"
UNSEEN = {DATA: denied("ec2:DescribeLaunchTemplateVersions")}
NEW_VERSION = (
    "EC2 → Launch templates → the template → Actions → Modify template (Create new version), then set it as the "
)


def _interfaces(*entries: dict[str, Any]) -> dict[str, Any]:
    return {DATA: {"NetworkInterfaces": list(entries)}}


@check(
    resource_type=TEMPLATE,
    title="Launch template wants metadata tokens (IMDSv2)",
    problem="Launch template does not require metadata tokens (IMDSv2)",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "practices:iam", "cis_aws_7:6.7", "aws_fsbp:EC2.170"),
    aliases=("prowler:ec2_launch_template_imdsv2_required", "securityhub:EC2.170"),
    remediation=Remediation(
        console=NEW_VERSION + "default: Advanced details → Metadata version: V2 only.",
        cli="aws ec2 create-launch-template-version --region {region} --launch-template-id {id} "
        "--source-version '$Default' --launch-template-data file://imdsv2.json",
        terraform='resource "aws_launch_template" "this" {\n  metadata_options {\n    http_tokens = "required"\n  }\n}',
    ),
    examples=(
        passes({DATA: {"MetadataOptions": {"HttpTokens": "required"}}}),
        passes({DATA: {"MetadataOptions": {"HttpEndpoint": "disabled"}}}, "the service is off"),
        fails({DATA: {"MetadataOptions": {"HttpTokens": "optional"}}}),
        fails({DATA: {"InstanceType": "m7g.large"}}, "left to the image's and the region's defaults"),
        is_unknown(UNSEEN),
        is_unknown({DATA: None}, "AWS lists no default version"),
    ),
)
def ec2_launch_template_imdsv2_required(template: Resource) -> Outcome:
    """Instances inherit this: repairing them one by one lasts until the next one is started.

    With IMDSv1 a web application that can be tricked into fetching an address hands over the keys of its role.
    """
    data = template.config.get(DATA)
    if data is None:
        return unknown("AWS lists no default version of this template.", DATA)
    options = data.get("MetadataOptions") or {}
    if options.get("HttpEndpoint") == "disabled":
        return passed("It starts instances without a metadata service.", f"{DATA}.MetadataOptions.HttpEndpoint")
    if options.get("HttpTokens") == "required":
        return passed("Its instances want a token.", f"{DATA}.MetadataOptions.HttpTokens")
    return failed("It does not say that its instances want a token.", DATA)


@check(
    resource_type=TEMPLATE,
    title="Launch template gives no public addresses",
    problem="Launch template gives public addresses",
    severity=Severity.HIGH,
    controls=("practices:vpc", "aws_fsbp:EC2.25"),
    aliases=("securityhub:EC2.25",),
    remediation=Remediation(
        console=NEW_VERSION + "default: Network settings → Auto-assign public IP: Disable.",
        cli="aws ec2 create-launch-template-version --region {region} --launch-template-id {id} "
        "--source-version '$Default' --launch-template-data file://private.json",
        terraform='resource "aws_launch_template" "this" {\n  network_interfaces {\n'
        "    associate_public_ip_address = false\n  }\n}",
    ),
    examples=(
        passes(_interfaces({"DeviceIndex": 0, "AssociatePublicIpAddress": False})),
        passes({DATA: {"InstanceType": "m7g.large"}}, "the subnet decides"),
        fails(_interfaces({"DeviceIndex": 0, "AssociatePublicIpAddress": True})),
        is_unknown(UNSEEN),
        is_unknown({DATA: None}, "AWS lists no default version"),
    ),
)
def ec2_launch_template_no_public_address(template: Resource) -> Outcome:
    """Each instance that is started from this template is put on the internet, whatever its subnet says.

    An Auto Scaling group does so by itself, at night, as often as it likes.
    """
    data = template.config.get(DATA)
    if data is None:
        return unknown("AWS lists no default version of this template.", DATA)
    for index, interface in enumerate(data.items_of("NetworkInterfaces")):
        if interface.get("AssociatePublicIpAddress"):
            path = f"{DATA}.NetworkInterfaces[{index}].AssociatePublicIpAddress"
            return failed("Its instances get a public address.", path)
    return passed("It asks for no public address.", DATA)


@check(
    resource_type=TEMPLATE,
    title="Launch template has no secret in its user data",
    problem="Launch template has a secret in its user data",
    severity=Severity.HIGH,
    controls=("practices:iam", "practices:encryption"),
    aliases=("prowler:ec2_launch_template_no_secrets",),
    remediation=Remediation(
        console=NEW_VERSION + "default: let the script read the secret from Secrets Manager by the instance's role. "
        "Delete the old versions, and change the secret, since it was readable.",
        cli="aws ec2 create-launch-template-version --region {region} --launch-template-id {id} "
        "--source-version '$Default' --launch-template-data file://user-data.json",
    ),
    examples=(
        passes({DATA: {"UserData": "hmac-sha256:1"}}),
        fails({DATA: {"UserData": "hmac-sha256:url"}}, observed=EXAMPLE_KINDS),
        is_unknown(UNSEEN),
        is_unknown({DATA: None}, "AWS lists no default version"),
        does_not_apply({DATA: {"InstanceType": "m7g.large"}}, "no user data"),
    ),
    reads_observed=True,
)
def ec2_launch_template_user_data_without_secrets(template: Resource) -> Outcome:
    """Whoever may describe templates reads the script, and so does every process on the instances it starts.

    It is judged by what the script looked like when it was read; Plumbline keeps only a fingerprint of it.
    """
    data = template.config.get(DATA)
    if data is None:
        return unknown("AWS lists no default version of this template.", DATA)
    script = data.get("UserData")
    if not script:
        return not_applicable("The template has no user data.", f"{DATA}.UserData")
    found = secrets_in(template, [("The user data", script)])
    if found:
        return failed(f"The default version seems to hold a secret: {found[0]}.", f"{DATA}.UserData")
    return passed("Nothing in the user data looks like a secret.", f"{DATA}.UserData")
