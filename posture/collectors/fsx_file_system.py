"""FSx file systems of Windows, Lustre, ONTAP and OpenZFS. Files are never read."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::FSx::FileSystem",
    title="FSx file system",
    plural="FSx file systems",
    service="fsx",
    family=Family.STORAGE,
    cadence=Cadence.DAILY,
    actions=("fsx:DescribeFileSystems",),
    columns=(
        Column("FileSystemType", "Kind"),
        Column("StorageCapacity", "Size (GiB)"),
        Column("KmsKeyId", "Key"),
        Column("DNSName", "Name in DNS"),
        Column("CreationTime", "Created"),
    ),
    relations=(
        Relation("KmsKeyId", "AWS::KMS::Key"),
        Relation("VpcId", "AWS::EC2::VPC", "arn:{partition}:ec2:{region}:{account}:vpc/{id}"),
        Relation("SubnetIds", "AWS::EC2::Subnet", "arn:{partition}:ec2:{region}:{account}:subnet/{id}"),
    ),
    ignored=(
        "AdministrativeActions",
        "LustreConfiguration.DataRepositoryConfiguration.FailureDetails",
        "LustreConfiguration.DataRepositoryConfiguration.Lifecycle",
        "WindowsConfiguration.Aliases.Lifecycle",
        "WindowsConfiguration.MaintenanceOperationsInProgress",
    ),
    observed=("FailureDetails", "Lifecycle"),
    secret=("OntapConfiguration.FsxAdminPassword",),
    unordered=("NetworkInterfaceIds", "SubnetIds"),
    data_store=True,
)
def file_systems(ask: Ask) -> Iterator[Resource]:
    """Shared folders hold what people work on: how they are backed up and encrypted, and whether access is logged."""
    for raw in ask.pages("fsx", "describe_file_systems", "FileSystems", MaxResults=100):
        yield ask.resource(raw, arn=raw["ResourceARN"], tags=raw.get("Tags"))
