"""Judges machine images: who may launch them, and whether their disks are encrypted."""

from __future__ import annotations

from posture.core.check import Remediation, cannot_tell, check, denied, does_not_apply, fails, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

IMAGE = "AWS::EC2::Image"


@check(
    resource_type=IMAGE,
    title="Machine image is not public",
    problem="Machine image is public",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:data",),
    aliases=("prowler:ec2_ami_public",),
    remediation=Remediation(
        console="EC2 → AMIs → the image → Actions → Edit AMI permissions → Private. Then EC2 → Settings → Block public "
        "access for AMIs.",
        cli="aws ec2 modify-image-attribute --region {region} --image-id {id} "
        "--attribute launchPermission --operation-type remove --user-groups all",
        terraform='resource "aws_ec2_image_block_public_access" "this" {\n  state = "block-new-sharing"\n}',
    ),
    examples=(
        passes({"Public": False}),
        fails({"Public": True}),
        cannot_tell({"Public": denied("ec2:DescribeImages")}),
    ),
)
def ec2_image_not_public(image: Resource) -> Outcome:
    """Anyone can launch a public image and search its disks for keys, code and configuration at leisure."""
    if image.config["Public"]:
        return failed("Every AWS account may launch the image.", "Public")
    return passed("The image is not public.", "Public")


@check(
    resource_type=IMAGE,
    title="Machine image has encrypted disks",
    problem="Machine image has unencrypted disks",
    severity=Severity.LOW,
    controls=("practices:encryption",),
    remediation=Remediation(
        console="EC2 → AMIs → Actions → Copy AMI with Encrypt EBS snapshots; move launch templates to the copy and "
        "deregister the original.",
        cli="aws ec2 copy-image --region {region} --source-region {region} --source-image-id {id} --name "
        "{name}-encrypted "
        "--encrypted",
    ),
    examples=(
        passes({"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}]}),
        fails({"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": False}}]}),
        cannot_tell({"BlockDeviceMappings": denied("ec2:DescribeImages")}),
        does_not_apply({"BlockDeviceMappings": [{"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}]}, "no EBS"),
    ),
)
def ec2_image_encrypted(image: Resource) -> Outcome:
    """What starts from an unencrypted image has unencrypted disks, unless somebody thinks of it at each launch."""
    disks = [
        (index, mapping)
        for index, mapping in enumerate(image.config.items_of("BlockDeviceMappings"))
        if mapping.get("Ebs")
    ]
    if not disks:
        return not_applicable("The image has no EBS disks.", "BlockDeviceMappings")
    plain = [(index, mapping["DeviceName"]) for index, mapping in disks if not mapping["Ebs"].get("Encrypted")]
    if plain:
        names = ", ".join(name for _, name in plain)
        return failed(
            f"Not encrypted: {names}.", *(f"BlockDeviceMappings[{index}].Ebs.Encrypted" for index, _ in plain)
        )
    return passed("Every disk of the image is encrypted.", "BlockDeviceMappings")
