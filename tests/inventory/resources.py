"""Related resources in the world's accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accounts.models import AwsAccount
from posture.core.gap import Gap
from posture.core.resource import Resource
from posture.core.values import Unknown
from tests.history.world import day, sweep

REGION = "eu-central-1"


def made(
    account: AwsAccount, kind: str, own_id: str, tags: dict[str, str] | Unknown | None = None, **config: Any
) -> Resource:
    """Return an EC2 resource: `kind` as in its ARN."""
    types = {"vpc": "VPC", "subnet": "Subnet", "network-interface": "NetworkInterface"}
    arn = f"arn:aws:ec2:{REGION}:{account.account_id}:{kind}/{own_id}"
    config = {"IsDefault": False, "MapPublicIpOnLaunch": False, **config}
    return Resource(f"AWS::EC2::{types[kind]}", arn, "", REGION, own_id, config, raw_tags={} if tags is None else tags)


def tied(account: AwsAccount) -> list[Resource]:
    """Return a VPC with a subnet and an interface in it."""
    return [
        made(account, "vpc", "vpc-1", {"owner": "Olga"}, VpcId="vpc-1", CidrBlock="10.0.0.0/16"),
        made(account, "subnet", "subnet-1", VpcId="vpc-1", SubnetId="subnet-1", CidrBlock="10.0.1.0/24"),
        made(
            account,
            "network-interface",
            "eni-1",
            VpcId="vpc-1",
            SubnetId="subnet-1",
            PrivateIpAddress="10.0.1.7",
            Groups=[{"GroupId": "sg-gone"}],
        ),
    ]


def record(account: AwsAccount, resources: Sequence[Resource], gaps: Sequence[Gap] = (), at: float = 0) -> None:
    """Record the resources as what the account answered on a day."""
    types = tuple(f"AWS::EC2::{kind}" for kind in ("VPC", "Subnet", "NetworkInterface"))
    sweep(account, day(at), resources, gaps, regions=(REGION,), swept_types=types, global_types=())
