"""EBS snapshots that people made, and of those that machines make only what is at risk.

AWS Backup, Data Lifecycle Manager and image builds replace their snapshots every day: listing each
would drown the changes that somebody decided on. Of these only unencrypted and public ones are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Relation, collector
from posture.core.resource import Resource

_MACHINE_TAGS = ("aws:backup:", "aws:dlm:")
_IMAGE_BUILDS = ("Created by CreateImage(", "Copied for DestinationAmi ", "Created by AWS-VMImport")


@collector(
    resource_type="AWS::EC2::Snapshot",
    title="EBS snapshot",
    plural="EBS snapshots",
    service="ec2",
    actions=("ec2:DescribeSnapshots", "ec2:DescribeSnapshotAttribute"),
    columns=(
        Column("VolumeId", "Volume"),
        Column("VolumeSize", "Size (GiB)"),
        Column("Encrypted", "Encrypted"),
        Column("CreateVolumePermissions.Group", "Open to"),
        Column("StartTime", "Taken"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation("VolumeId", "AWS::EC2::Volume", "arn:{partition}:ec2:{region}:{account}:volume/{id}"),
        Relation("OutpostArn", "AWS::Outposts::Outpost"),
    ),
    ignored=("Progress", "StateMessage", "RestoreExpiryTime", "FullSnapshotSizeInBytes", "CompletionTime"),
    observed=("State",),
    unordered=("CreateVolumePermissions",),
    data_store=True,
)
def snapshots(ask: Ask) -> Iterator[Resource]:
    """A snapshot is a whole disk in one object: one permission gives it to another account, or to everyone."""
    public = {raw["SnapshotId"] for raw in _listed(ask, RestorableByUserIds=["all"])}
    kept = (
        raw
        for raw in _listed(ask)
        if not _made_by_machine(raw) or not raw.get("Encrypted") or raw["SnapshotId"] in public
    )
    yield from ask.each(partial(_snapshot, ask), kept)


def _listed(ask: Ask, **narrower: Any) -> Iterator[Mapping[str, Any]]:
    return ask.pages("ec2", "describe_snapshots", "Snapshots", OwnerIds=["self"], MaxResults=1000, **narrower)


def _made_by_machine(raw: Mapping[str, Any]) -> bool:
    keys = [tag["Key"] for tag in raw.get("Tags") or ()]
    return any(key.startswith(_MACHINE_TAGS) for key in keys) or raw.get("Description", "").startswith(_IMAGE_BUILDS)


def _snapshot(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    permissions = ask.field(
        "ec2",
        "describe_snapshot_attribute",
        "CreateVolumePermissions",
        SnapshotId=raw["SnapshotId"],
        Attribute="createVolumePermission",
    )
    arn = ask.arn("ec2", f"snapshot/{raw['SnapshotId']}", account_id="")
    return ask.resource({**raw, "CreateVolumePermissions": permissions}, arn=arn, tags=raw.get("Tags"))
