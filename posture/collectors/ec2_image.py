"""The account's own machine images.

Those with tags or shared are kept one by one; others as a population.

Pipelines leave images behind by the hundred; the untagged private ones are their history, not an estate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.shared_accounts import shared_accounts
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.population import Group, Groups, Population
from posture.core.resource import Resource
from posture.core.values import Unknown


def group_of(image: Resource, _: Groups) -> Group | None:
    """Return the group of untagged, private images; None for any other."""
    permissions = image.raw_config.get("LaunchPermissions")
    is_shared = bool(permissions) if not isinstance(permissions, Unknown) else False
    if image.tags or image.config["Public"] or is_shared:
        return None
    return Group("untagged", "Untagged images")


@collector(
    resource_type="AWS::EC2::Image",
    title="Machine image (AMI)",
    plural="Machine images (AMI)",
    service="ec2",
    family=Family.COMPUTE,
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
    unordered=("LaunchPermissions", "BlockDeviceMappings", "SharedAccounts"),
    population=Population(
        group_of,
        since="CreationDate",
        apart=(
            "ImageId",
            "Name",
            "Description",
            "ImageLocation",
            "CreationDate",
            "DeprecationTime",
            "BlockDeviceMappings.Ebs.SnapshotId",
            "BlockDeviceMappings.Ebs.VolumeSize",
            "SourceInstanceId",
            "SourceImageId",
            "SourceImageRegion",
        ),
    ),
)
def images(ask: Ask) -> Iterator[Resource]:
    """An image carries whatever was on the disk when it was made, keys and passwords included.

    Each is asked who may launch it: AWS's listing names public images, but none that are shared.
    """
    listed = ask.pages(
        "ec2",
        "describe_images",
        "Images",
        Owners=["self"],
        IncludeDisabled=True,
        IncludeDeprecated=True,
        MaxResults=500,
    )
    yield from ask.each(partial(_image, ask), listed)


def _image(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    permissions = ask.field(
        "ec2",
        "describe_image_attribute",
        "LaunchPermissions",
        ImageId=raw["ImageId"],
        Attribute="launchPermission",
    )
    named = permissions if isinstance(permissions, Unknown) else _accounts(permissions or ())
    return ask.resource(
        {**raw, "LaunchPermissions": permissions, **shared_accounts(ask, named)},
        arn=ask.arn("ec2", f"image/{raw['ImageId']}", account_id=""),
        name=raw.get("Name"),
        tags=raw.get("Tags"),
    )


def _accounts(permissions: Iterable[Mapping[str, str]]) -> list[str]:
    return [permission["UserId"] for permission in permissions if permission.get("UserId")]
