"""EFS access points: doors into a file system, each with its own root and user."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::EFS::AccessPoint",
    title="EFS access point",
    plural="EFS access points",
    service="efs",
    family=Family.STORAGE,
    cadence=Cadence.DAILY,
    arn_names=("elasticfilesystem:accesspoint",),
    actions=("elasticfilesystem:DescribeAccessPoints",),
    columns=(
        Column("FileSystemId", "File system"),
        Column("RootDirectory.Path", "Root directory"),
        Column("PosixUser.Uid", "User id"),
        Column("PosixUser.Gid", "Group id"),
    ),
    relations=(
        Relation(
            "FileSystemId",
            "AWS::EFS::FileSystem",
            "arn:{partition}:elasticfilesystem:{region}:{account}:file-system/{id}",
        ),
    ),
    ignored=("ClientToken",),
    observed=("LifeCycleState",),
    unordered=("PosixUser.SecondaryGids",),
)
def access_points(ask: Ask) -> Iterator[Resource]:
    """An access point confines an application to its own folder and user, if it is set to."""
    for raw in ask.pages("efs", "describe_access_points", "AccessPoints"):
        yield ask.resource(raw, arn=raw["AccessPointArn"], name=raw.get("Name"), tags=raw.get("Tags"))
