"""Judges what an account has set for a whole region."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource
from posture.core.values import first_known


@check(
    resource_type="AWS::Account::Region",
    title="New EBS volumes are encrypted by default",
    problem="New EBS volumes are not encrypted by default",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "cis_aws_7:6.1.1", "aws_fsbp:EC2.7"),
    aliases=("prowler:ec2_ebs_default_encryption", "securityhub:EC2.7"),
    remediation=Remediation(
        console="EC2 → Account attributes → Data protection and security → EBS encryption → Manage → Always encrypt "
        "new EBS volumes. Repeat in each region; volumes that exist are not touched.",
        cli="aws ec2 enable-ebs-encryption-by-default --region {region}",
        terraform='resource "aws_ebs_encryption_by_default" "this" {\n  enabled = true\n}',
    ),
    examples=(
        passes({"EbsEncryptionByDefault": True, "EbsDefaultKmsKeyId": "alias/aws/ebs"}),
        fails({"EbsEncryptionByDefault": False}),
        is_unknown({"EbsEncryptionByDefault": denied("ec2:GetEbsEncryptionByDefault")}),
    ),
)
def ec2_region_ebs_encryption_default(region: Resource) -> Outcome:
    """Without this setting, every new volume and snapshot copy depends on someone ticking a box.

    One switch per region makes the safe choice the only one, for people and for pipelines alike, and
    costs nothing. Volumes that exist stay as they are; only what is created later is encrypted.
    """
    if region.config["EbsEncryptionByDefault"]:
        key = first_known(lambda: region.config.get("EbsDefaultKmsKeyId"), lambda: "")
        with_key = f" with {key}" if key else ""
        return passed(f"New volumes in {region.region} are encrypted{with_key}.", "EbsEncryptionByDefault")
    return failed(
        f"New volumes in {region.region} are encrypted only if whoever creates them asks for it.",
        "EbsEncryptionByDefault",
    )


@check(
    resource_type="AWS::Account::Region",
    title="EBS snapshots cannot be shared publicly",
    problem="EBS snapshots can be public",
    severity=Severity.HIGH,
    controls=("practices:data", "aws_fsbp:EC2.182"),
    aliases=("prowler:ec2_ebs_snapshot_account_block_public_access", "securityhub:EC2.182"),
    remediation=Remediation(
        console="EC2 → Account attributes → Data protection and security → Block public access for EBS snapshots → "
        "Manage → Block all public access. In an Organization, a declarative EC2 policy sets it everywhere at once.",
        cli="aws ec2 enable-snapshot-block-public-access --state block-all-sharing --region {region}",
        terraform='resource "aws_ebs_snapshot_block_public_access" "this" {\n  state = "block-all-sharing"\n}',
    ),
    examples=(
        passes({"SnapshotBlockPublicAccess": {"State": "block-all-sharing", "ManagedBy": "account"}}),
        fails(
            {"SnapshotBlockPublicAccess": {"State": "block-new-sharing"}},
            "What was public before stays public",
        ),
        fails({"SnapshotBlockPublicAccess": {"State": "unblocked"}}),
        is_unknown({"SnapshotBlockPublicAccess": denied("ec2:GetSnapshotBlockPublicAccessState")}),
    ),
)
def ec2_region_snapshot_public_access_blocked(region: Resource) -> Outcome:
    """A public snapshot is a whole disk that any AWS customer in the world can copy and mount.

    It takes one wrong click or one line of a script to share it. The block makes that impossible for
    the account and region, whatever permissions the person has.
    """
    state = region.config["SnapshotBlockPublicAccess"]["State"]
    evidence = "SnapshotBlockPublicAccess.State"
    if state == "block-all-sharing":
        return passed(f"No snapshot in {region.region} can be public.", evidence)
    if state == "block-new-sharing":
        return failed("New public sharing is blocked, but snapshots that were public before stay public.", evidence)
    return failed(f"Any EBS snapshot in {region.region} can be shared with the whole world.", evidence)


@check(
    resource_type="AWS::Account::Region",
    title="Machine images cannot be shared publicly",
    problem="Machine images can be shared publicly",
    severity=Severity.MEDIUM,
    controls=("practices:data",),
    aliases=("prowler:ec2_ami_account_block_public_access",),
    remediation=Remediation(
        console="EC2 → Account attributes → Data protection and security → Block public access for AMIs → Manage → "
        "Block new public sharing. Images that are public already must be made private one by one.",
        cli="aws ec2 enable-image-block-public-access --image-block-public-access-state block-new-sharing "
        "--region {region}",
        terraform='resource "aws_ec2_image_block_public_access" "this" {\n  state = "block-new-sharing"\n}',
    ),
    examples=(
        passes({"ImageBlockPublicAccess": {"ImageBlockPublicAccessState": "block-new-sharing"}}),
        fails({"ImageBlockPublicAccess": {"ImageBlockPublicAccessState": "unblocked"}}),
        is_unknown({"ImageBlockPublicAccess": denied("ec2:GetImageBlockPublicAccessState")}),
    ),
)
def ec2_region_image_public_access_blocked(region: Resource) -> Outcome:
    """A public image gives anyone the software, the configuration and whatever secrets were left in it.

    Few organizations publish images on purpose; for all others the block removes the accident. It does
    not touch images that are public already.
    """
    state = region.config["ImageBlockPublicAccess"]["ImageBlockPublicAccessState"]
    evidence = "ImageBlockPublicAccess.ImageBlockPublicAccessState"
    if state == "block-new-sharing":
        return passed(f"No image in {region.region} can newly be made public.", evidence)
    return failed(f"Any image in {region.region} can be shared with the whole world.", evidence)


@check(
    resource_type="AWS::Account::Region",
    title="New instances require IMDSv2 by default",
    problem="New instances accept IMDSv1 by default",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "cis_aws_7:6.7"),
    aliases=("prowler:ec2_instance_account_imdsv2_enabled",),
    remediation=Remediation(
        console="EC2 → Account attributes → Data protection and security → IMDS defaults → Manage → Metadata version: "
        "V2 only. Instances that run already keep their own setting.",
        cli="aws ec2 modify-instance-metadata-defaults --http-tokens required --region {region}",
        terraform='resource "aws_ec2_instance_metadata_defaults" "this" {\n  http_tokens = "required"\n}',
    ),
    examples=(
        passes({"InstanceMetadataDefaults": {"HttpTokens": "required"}}),
        fails({"InstanceMetadataDefaults": {"HttpTokens": "optional"}}),
        fails({"InstanceMetadataDefaults": {}}, "No preference set"),
        is_unknown({"InstanceMetadataDefaults": denied("ec2:GetInstanceMetadataDefaults")}),
    ),
)
def ec2_region_imdsv2_default(region: Resource) -> Outcome:
    """IMDSv1 hands an instance's credentials to anyone who can make it fetch a URL.

    The regional default makes every newly launched instance ask for a session token first, unless its
    launch says otherwise, so that one flaw in a web application no longer becomes a stolen role.
    """
    tokens = region.config.at("InstanceMetadataDefaults", "HttpTokens")
    if tokens == "required":
        return passed(f"New instances in {region.region} require IMDSv2.", "InstanceMetadataDefaults.HttpTokens")
    if tokens is None:
        return failed(
            f"No default is set in {region.region}, so an image or a launch decides whether IMDSv1 works.",
            "InstanceMetadataDefaults",
        )
    return failed(
        f"The default in {region.region} lets new instances answer IMDSv1.", "InstanceMetadataDefaults.HttpTokens"
    )
