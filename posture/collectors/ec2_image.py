"""The account's own machine images: those with tags, and every one that is public.

Pipelines leave images behind by the hundred; the untagged private ones are their history, not an estate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::EC2::Image",
    title="Machine image (AMI)",
    plural="Machine images (AMI)",
    service="ec2",
    actions=("ec2:DescribeImages", "ec2:DescribeImageAttribute"),
    columns=(
        Column("Name", "Image name"),
        Column("Public", "Public"),
        Column("Architecture", "Architecture"),
        Column("CreationDate", "Created"),
        Column("DeprecationTime", "Deprecated from"),
    ),
    relations=(
        Relation(
            "BlockDeviceMappings.Ebs.SnapshotId",
            "AWS::EC2::Snapshot",
            "arn:{partition}:ec2:{region}::snapshot/{id}",
        ),
    ),
    ignored=("StateReason", "ScanResults", "ImageAllowed"),
    observed=("State", "LastLaunchedTime"),
    unordered=("LaunchPermissions", "BlockDeviceMappings"),
)
def images(ask: Ask) -> Iterator[Resource]:
    """An image carries whatever was on the disk when it was made, keys and passwords included."""
    listed = ask.pages(
        "ec2",
        "describe_images",
        "Images",
        Owners=["self"],
        IncludeDisabled=True,
        IncludeDeprecated=True,
        MaxResults=500,
    )
    yield from ask.each(partial(_image, ask), (raw for raw in listed if raw.get("Tags") or raw.get("Public")))


def _image(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    permissions = ask.field(
        "ec2",
        "describe_image_attribute",
        "LaunchPermissions",
        ImageId=raw["ImageId"],
        Attribute="launchPermission",
    )
    return ask.resource(
        {**raw, "LaunchPermissions": permissions},
        arn=ask.arn("ec2", f"image/{raw['ImageId']}", account_id=""),
        name=raw.get("Name"),
        tags=raw.get("Tags"),
    )
