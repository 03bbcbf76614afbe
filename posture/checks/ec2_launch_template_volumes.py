"""Judges the volumes that launch templates ask for."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed, unknown
from posture.core.resource import Resource

DATA = "LaunchTemplateData"


def _volume(**ebs: Any) -> dict[str, Any]:
    return {DATA: {"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": ebs}]}}


@check(
    resource_type="AWS::EC2::LaunchTemplate",
    title="Launch template does not turn off encryption of volumes",
    problem="Launch template turns off encryption of volumes",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:EC2.181"),
    aliases=("securityhub:EC2.181",),
    remediation=Remediation(
        console="EC2 → Launch templates → the template → Actions → Modify template (Create new version): Storage → the "
        "volume → Encrypted: Yes; then set the version as the default.",
        cli="aws ec2 create-launch-template-version --region {region} --launch-template-id {id} "
        "--source-version '$Default' --launch-template-data file://encrypted.json",
        terraform='resource "aws_launch_template" "this" {\n  block_device_mappings {\n    ebs {\n'
        "      encrypted = true\n    }\n  }\n}",
    ),
    examples=(
        passes(_volume(Encrypted=True)),
        passes(_volume(VolumeSize=20), "left to the image and the region's default"),
        passes({DATA: {"InstanceType": "m7g.large"}}, "no volumes"),
        fails(_volume(Encrypted=False)),
        is_unknown({DATA: denied("ec2:DescribeLaunchTemplateVersions")}),
        is_unknown({DATA: None}, "AWS lists no default version"),
    ),
)
def ec2_launch_template_volumes_encrypted(template: Resource) -> Outcome:
    """Each instance that is started from it gets a disk in plain text, and so do its snapshots and images."""
    data = template.config.get(DATA)
    if data is None:
        return unknown("AWS lists no default version of this template.", DATA)
    for index, mapping in enumerate(data.items_of("BlockDeviceMappings")):
        if mapping.at("Ebs", "Encrypted") is False:
            path = f"{DATA}.BlockDeviceMappings[{index}].Ebs.Encrypted"
            return failed(f"It asks for no encryption of {mapping['DeviceName']}.", path)
    return passed("It turns off encryption of no volume.", DATA)
