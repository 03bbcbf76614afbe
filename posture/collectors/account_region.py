"""What an account has set for a whole region: one resource per account and region."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, collector
from posture.core.resource import Resource
from posture.core.values import Unknown


@collector(
    resource_type="AWS::Account::Region",
    title="Account region",
    plural="Account regions",
    service="account",
    family=Family.OTHER,
    cadence=Cadence.DAILY,
    actions=(
        "ec2:DescribeRegions",
        "ec2:GetEbsDefaultKmsKeyId",
        "ec2:GetEbsEncryptionByDefault",
        "ec2:GetImageBlockPublicAccessState",
        "ec2:GetInstanceMetadataDefaults",
        "ec2:GetSnapshotBlockPublicAccessState",
    ),
    columns=(
        Column("OptInStatus", "Opt-in"),
        Column("EbsEncryptionByDefault", "EBS encrypted by default"),
        Column("SnapshotBlockPublicAccess.State", "Public snapshots"),
        Column("ImageBlockPublicAccess.ImageBlockPublicAccessState", "Public images"),
        Column("InstanceMetadataDefaults.HttpTokens", "Metadata tokens by default"),
    ),
)
def regions(ask: Ask) -> Iterator[Resource]:
    """What the account has decided once for everything in the region, before any resource exists.

    It is emitted even where every setting is refused, because checks that ask "is this tool on in
    this region?" judge this resource and need one to judge.
    """
    yield ask.resource(
        {
            "RegionName": ask.region,
            "OptInStatus": _opt_in_status(ask),
            "EbsEncryptionByDefault": ask.field("ec2", "get_ebs_encryption_by_default", "EbsEncryptionByDefault"),
            "EbsDefaultKmsKeyId": ask.field("ec2", "get_ebs_default_kms_key_id", "KmsKeyId"),
            "SnapshotBlockPublicAccess": ask.call("ec2", "get_snapshot_block_public_access_state"),
            "ImageBlockPublicAccess": ask.call("ec2", "get_image_block_public_access_state"),
            "InstanceMetadataDefaults": ask.field("ec2", "get_instance_metadata_defaults", "AccountLevel"),
        },
        arn=ask.arn("account", f"region/{ask.region}"),
        name=ask.region,
    )


def _opt_in_status(ask: Ask) -> Any:
    regions = ask.field("ec2", "describe_regions", "Regions", RegionNames=[ask.region])
    if isinstance(regions, Unknown):
        return regions
    return next((region.get("OptInStatus") for region in regions or () if region["RegionName"] == ask.region), None)
