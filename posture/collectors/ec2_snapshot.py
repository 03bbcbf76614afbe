"""EBS snapshots: people's and public ones one by one, others as populations."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

from posture.collectors.shared_accounts import shared_accounts
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.population import Group, Groups, Population
from posture.core.resource import Resource
from posture.core.values import Unknown

_MAKERS_BY_TAG = {"aws:backup:": "AWS Backup", "aws:dlm:": "Data Lifecycle Manager"}
_IMAGE_BUILDS = ("Created by CreateImage(", "Copied for DestinationAmi ", "Created by AWS-VMImport")
_PERMISSIONS = "CreateVolumePermissions"


def group_of(snapshot: Resource, _: Groups) -> Group | None:
    """Return the machine that makes and removes a snapshot; None for a public one."""
    if _PERMISSIONS in snapshot.raw_config:
        return None
    maker = _maker(snapshot.tags, snapshot.config.get("Description"))
    return Group(maker.lower().replace(" ", "-"), f"Snapshots by {maker}") if maker else None


@collector(
    resource_type="AWS::EC2::Snapshot",
    title="EBS snapshot",
    plural="EBS snapshots",
    service="ec2",
    family=Family.STORAGE,
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
    unordered=(_PERMISSIONS, "SharedAccounts"),
    data_store=True,
    population=Population(
        group_of,
        since="StartTime",
        apart=(
            "SnapshotId",
            "VolumeId",
            "VolumeSize",
            "StartTime",
            "Description",
            "DataEncryptionKeyId",
            "CompletionDurationMinutes",
            "TransferType",
            "tags.*",
        ),
    ),
)
def snapshots(ask: Ask) -> Iterator[Resource]:
    """A snapshot is a whole disk in one object: one permission gives it to another account, or to everyone.

    AWS Backup, Data Lifecycle Manager and image builds replace theirs every day: they are kept as one entry for
    each maker, which says how many are unencrypted. Only public ones are asked for their permissions.
    """
    own = iter(_listed(ask))
    first = next(own, None)
    if first is None:
        return
    public = {raw["SnapshotId"] for raw in _listed(ask, RestorableByUserIds=["all"])}
    yield from ask.each(partial(_snapshot, ask, public), chain([first], own))


def _listed(ask: Ask, **narrower: Any) -> Iterator[Mapping[str, Any]]:
    return ask.pages("ec2", "describe_snapshots", "Snapshots", OwnerIds=["self"], MaxResults=1000, **narrower)


def _maker(tags: Iterable[str], description: str | None) -> str | None:
    """Return which machine made a snapshot, by its tag keys or description, or None."""
    for start, maker in _MAKERS_BY_TAG.items():
        if any(key.startswith(start) for key in tags):
            return maker
    return "Image builds" if (description or "").startswith(_IMAGE_BUILDS) else None


def _snapshot(ask: Ask, public: Container[str], raw: Mapping[str, Any]) -> Resource:
    arn = ask.arn("ec2", f"snapshot/{raw['SnapshotId']}", account_id="")
    made_by_machine = _maker([tag["Key"] for tag in raw.get("Tags") or ()], raw.get("Description"))
    if made_by_machine and raw["SnapshotId"] not in public:
        return ask.resource(raw, arn=arn, tags=raw.get("Tags"))
    permissions = ask.field(
        "ec2",
        "describe_snapshot_attribute",
        _PERMISSIONS,
        SnapshotId=raw["SnapshotId"],
        Attribute="createVolumePermission",
    )
    named = permissions if isinstance(permissions, Unknown) else _accounts(permissions or ())
    full = {**raw, _PERMISSIONS: permissions, **shared_accounts(ask, named)}
    return ask.resource(full, arn=arn, tags=raw.get("Tags"))


def _accounts(permissions: Iterable[Mapping[str, str]]) -> list[str]:
    return [permission["UserId"] for permission in permissions if permission.get("UserId")]
