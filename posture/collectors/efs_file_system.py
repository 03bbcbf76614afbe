"""EFS file systems with their policies, backups and mount targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource


@collector(
    resource_type="AWS::EFS::FileSystem",
    title="EFS file system",
    plural="EFS file systems",
    service="efs",
    family=Family.STORAGE,
    arn_names=("elasticfilesystem:filesystem",),
    actions=(
        "elasticfilesystem:DescribeFileSystems",
        "elasticfilesystem:DescribeFileSystemPolicy",
        "elasticfilesystem:DescribeBackupPolicy",
        "elasticfilesystem:DescribeMountTargets",
    ),
    columns=(
        Column("Encrypted", "Encrypted"),
        Column("BackupPolicy.Status", "Automatic backups"),
        Column("MountTargets.SubnetId", "Mounted in"),
        Column("ThroughputMode", "Throughput"),
        Column("CreationTime", "Created"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation("MountTargets.SubnetId", "AWS::EC2::Subnet", "arn:{partition}:ec2:{region}:{account}:subnet/{id}"),
        Relation("MountTargets.VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
    ),
    ignored=("SizeInBytes", "MountTargets.LifeCycleState", "CreationToken"),
    observed=("LifeCycleState",),
    unordered=("MountTargets",),
    data_store=True,
)
def file_systems(ask: Ask) -> Iterator[Resource]:
    """A file system is mounted by many machines at once; without a policy each of them may do everything."""
    listed = ask.pages("efs", "describe_file_systems", "FileSystems")
    yield from ask.each(partial(_file_system, ask), listed)


def _file_system(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    get = partial(ask.field, "efs", absent=("PolicyNotFound",), FileSystemId=raw["FileSystemId"])
    details = {
        "Policy": document(get("describe_file_system_policy", "Policy"), "elasticfilesystem:DescribeFileSystemPolicy"),
        "BackupPolicy": get("describe_backup_policy", "BackupPolicy"),
        "MountTargets": ask.listing("efs", "describe_mount_targets", "MountTargets", FileSystemId=raw["FileSystemId"]),
    }
    return ask.resource(
        {**raw, **details},
        arn=raw.get("FileSystemArn") or ask.arn("elasticfilesystem", f"file-system/{raw['FileSystemId']}"),
        name=raw.get("Name"),
        tags=raw.get("Tags"),
    )
