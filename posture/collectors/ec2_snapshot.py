"""EBS snapshots that people made; of those that machines make what is at risk, and the rest as populations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Relation, collector
from posture.core.resource import Resource

_MAKERS_BY_TAG = {"aws:backup:": "AWS Backup", "aws:dlm:": "Data Lifecycle Manager"}
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
        Column("observed.Count", "How many"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation("VolumeId", "AWS::EC2::Volume", "arn:{partition}:ec2:{region}:{account}:volume/{id}"),
        Relation("OutpostArn", "AWS::Outposts::Outpost"),
    ),
    ignored=("Progress", "StateMessage", "RestoreExpiryTime", "FullSnapshotSizeInBytes", "CompletionTime"),
    observed=("State", "Count", "Newest"),
    unordered=("CreateVolumePermissions",),
    data_store=True,
)
def snapshots(ask: Ask) -> Iterator[Resource]:
    """A snapshot is a whole disk in one object: one permission gives it to another account, or to everyone.

    AWS Backup, Data Lifecycle Manager and image builds replace theirs every day: one entry for each maker
    keeps their number, and only unencrypted and public ones are kept one by one.
    """
    public = {raw["SnapshotId"] for raw in _listed(ask, RestorableByUserIds=["all"])}
    kept: list[Mapping[str, Any]] = []
    populations: dict[str, list[Mapping[str, Any]]] = {}
    for raw in _listed(ask):
        maker = _maker(raw)
        safe = raw.get("Encrypted") and raw["SnapshotId"] not in public
        (populations.setdefault(maker, []) if maker and safe else kept).append(raw)
    yield from ask.each(partial(_snapshot, ask), kept)
    for maker, members in sorted(populations.items()):
        yield _population(ask, maker, members)


def _listed(ask: Ask, **narrower: Any) -> Iterator[Mapping[str, Any]]:
    return ask.pages("ec2", "describe_snapshots", "Snapshots", OwnerIds=["self"], MaxResults=1000, **narrower)


def _maker(raw: Mapping[str, Any]) -> str | None:
    """Return which machine made a snapshot; None for people."""
    keys = [tag["Key"] for tag in raw.get("Tags") or ()]
    for start, maker in _MAKERS_BY_TAG.items():
        if any(key.startswith(start) for key in keys):
            return maker
    return "Image builds" if raw.get("Description", "").startswith(_IMAGE_BUILDS) else None


def _population(ask: Ask, maker: str, members: list[Mapping[str, Any]]) -> Resource:
    newest = max(member["StartTime"] for member in members)
    return ask.resource(
        {"Population": maker, "Encrypted": True, "Count": len(members), "Newest": newest},
        arn=ask.arn("ec2", f"snapshot/{maker.lower().replace(' ', '-')}"),
        name=f"Snapshots by {maker}",
    )


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
