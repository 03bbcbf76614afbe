"""EBS volumes, those on Outposts with their latest snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.population import Group, Groups, Population
from posture.core.resource import Resource
from posture.core.values import Unknown

INSTANCE = "AWS::EC2::Instance"


def group_of(volume: Resource, groups: Groups) -> Group | None:
    """Return the group of the instance with which a volume is deleted, or None."""
    for attachment in volume.config.items_of("Attachments"):
        if attachment.get("DeleteOnTermination") and attachment.get("InstanceId"):
            return groups.of(INSTANCE, attachment["InstanceId"])
    return None


@collector(
    resource_type="AWS::EC2::Volume",
    title="EBS volume",
    plural="EBS volumes",
    service="ec2",
    family=Family.STORAGE,
    actions=("ec2:DescribeVolumes", "ec2:DescribeSnapshots"),
    columns=(
        Column("Size", "Size (GiB)"),
        Column("VolumeType", "Type"),
        Column("Encrypted", "Encrypted"),
        Column("Attachments.InstanceId", "Attached to"),
        Column("OutpostArn", "Outpost"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation("Attachments.InstanceId", INSTANCE, "arn:{partition}:ec2:{region}:{account}:instance/{id}"),
        Relation("OutpostArn", "AWS::Outposts::Outpost"),
        Relation("SnapshotId", "AWS::EC2::Snapshot", "arn:{partition}:ec2:{region}::snapshot/{id}"),
    ),
    ignored=("Attachments.AttachTime", "Attachments.State", "FastRestored", "VolumeArn"),
    observed=("State", "LatestSnapshot"),
    unordered=("Attachments",),
    data_store=True,
    population=Population(
        group_of,
        since="CreateTime",
        after=(INSTANCE,),
        apart=(
            "VolumeId",
            "CreateTime",
            "AvailabilityZone",
            "AvailabilityZoneId",
            "Attachments.InstanceId",
            "Attachments.VolumeId",
            "tags.Name",
            "tags.aws:ec2:fleet-id",
            "tags.karpenter.sh/nodeclaim",
        ),
    ),
)
def volumes(ask: Ask) -> Iterator[Resource]:
    """Volumes hold the disks of instances, and keep their data after the instance is gone.

    On an Outpost they are on hardware in your own building, where AWS makes no copies for you.
    """
    listed = ask.pages("ec2", "describe_volumes", "Volumes", MaxResults=500, IncludeManagedResources=True)
    yield from ask.each(partial(_volume, ask), listed)


def _volume(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    latest = {"LatestSnapshot": _latest_snapshot(ask, raw["VolumeId"])} if raw.get("OutpostArn") else {}
    arn = ask.arn("ec2", f"volume/{raw['VolumeId']}")
    return ask.resource({**raw, **latest}, arn=arn, tags=raw.get("Tags"))


def _latest_snapshot(ask: Ask, volume_id: str) -> dict[str, Any] | Unknown | None:
    """Return the newest snapshot of a volume: its id, start, state and place."""
    volume = [{"Name": "volume-id", "Values": [volume_id]}]
    snapshots = ask.listing(
        "ec2", "describe_snapshots", "Snapshots", OwnerIds=["self"], Filters=volume, MaxResults=1000
    )
    if isinstance(snapshots, Unknown) or not snapshots:
        return snapshots if isinstance(snapshots, Unknown) else None
    newest = max(snapshots, key=lambda snapshot: snapshot["StartTime"])
    return {key: newest.get(key) for key in ("SnapshotId", "StartTime", "State", "OutpostArn")}
