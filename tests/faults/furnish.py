"""What the accounts hold: one thing for each AWS protocol, well kept or not."""

from __future__ import annotations

from typing import Any

from posture.collectors import all_collectors
from posture.core.collector import Collector
from tests.simulated import REGION, Estate

TYPES = (
    "AWS::EC2::SecurityGroup",  # ec2
    "AWS::EC2::VPC",
    "AWS::EC2::Volume",
    "AWS::IAM::AccountSummary",  # query
    "AWS::S3::Bucket",  # rest-xml
    "AWS::SecretsManager::Secret",  # json
    "AWS::EFS::FileSystem",  # rest-json
)


def collectors() -> dict[str, Collector]:
    """Return the collectors that the fault cases sweep with."""
    return {kind: all_collectors()[kind] for kind in TYPES}


UNASKED = frozenset({"ec2:DescribeSnapshots", "s3:GetBucketLocation"})
"""Actions that these accounts give no reason to use: no volume comes from a snapshot, and buckets name their region."""


def actions() -> list[str]:
    """Return every action that sweeping these accounts takes."""
    return sorted({action for collector in collectors().values() for action in collector.actions} - UNASKED)


def furnish(estate: Estate, account_id: str) -> None:
    """Put resources into an account, of which some pass their checks and some fail."""

    def client(service: str) -> Any:
        return estate.simulator.client(service, account_id, REGION)

    ec2, s3, secrets, efs = client("ec2"), client("s3"), client("secretsmanager"), client("efs")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="open", Description="open", VpcId=vpc)["GroupId"]
    everywhere = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[everywhere])
    for encrypted in (True, False):
        ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1, Encrypted=encrypted)
    bucket = f"kept-{account_id}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "owner", "Value": "a team"}]})
    for name in ("first", "second"):
        secrets.create_secret(Name=name, SecretString="s")
    for encrypted in (True, False):
        efs.create_file_system(CreationToken=f"token-{encrypted}", Encrypted=encrypted)
