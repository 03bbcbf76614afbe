"""An Outpost in the owner's account, with what is placed on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from accounts.models import AwsAccount
from posture.core.gap import Gap
from posture.core.resource import Resource
from posture.history.models import ResourceRecord
from tests.history.world import sweep
from tests.web.world import World

REGION = "eu-central-1"
OUTPOST, SITE, VOLUME = "AWS::Outposts::Outpost", "AWS::Outposts::Site", "AWS::EC2::Volume"
AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
OWNER = "222222222222"
"""The account of the world's owner."""
ARN = f"arn:aws:outposts:{REGION}:{OWNER}:outpost/op-1"
SITE_ARN = f"arn:aws:outposts:{REGION}:{OWNER}:site/os-1"


def rack(observed: dict[str, Any] | None = None, **config: Any) -> Resource:
    """Return an Outpost with two connected service links and 2 of 3 slots taken."""
    links = [{"ServiceLinkVirtualInterfaceId": f"sl-vif-{n}", "OutpostLagId": f"op-lag-{n}"} for n in (1, 2)]
    whole = {
        "OutpostId": "op-1",
        "OwnerId": OWNER,
        "LifeCycleStatus": "ACTIVE",
        "SupportedHardwareType": "RACK",
        "SiteArn": SITE_ARN,
        "Assets": [{"AssetId": "a-1", "AssetType": "COMPUTE", "ComputeAttributes": {"State": "ACTIVE"}}],
        "ServiceLinkVirtualInterfaces": links,
        **config,
    }
    seen = {
        "ConnectedStatus": 1.0,
        "InstanceTypeCapacities": [{"InstanceType": "m5.large", "Count": 3}],
        "AssetInstances": [{"InstanceId": f"i-{n}", "InstanceType": "m5.large", "AccountId": OWNER} for n in (1, 2)],
        **(observed or {}),
    }
    return Resource(OUTPOST, ARN, OWNER, REGION, "clinic", whole, seen)


def site() -> Resource:
    """Return the Outpost's site, with a single uplink."""
    config = {
        "SiteId": "os-1",
        "AccountId": OWNER,
        "OperatingAddressCity": "Hamburg",
        "OperatingAddress": {"AddressLine1": "Klinikweg 4", "City": "Hamburg", "CountryCode": "DE"},
        "RackPhysicalProperties": {"PowerDrawKva": "POWER_10_KVA", "UplinkCount": "UPLINK_COUNT_1"},
    }
    return Resource(SITE, SITE_ARN, OWNER, REGION, "Klinik", config)


def volume(name: str, *, encrypted: bool, on: str | None = ARN) -> Resource:
    """Return an EBS volume on the Outpost, or in the region."""
    arn = f"arn:aws:ec2:{REGION}:{OWNER}:volume/{name}"
    config = {"VolumeId": name, "Encrypted": encrypted, "Size": 8, **({"OutpostArn": on} if on else {})}
    observed = {"LatestSnapshot": {"SnapshotId": "snap-1", "StartTime": AT.isoformat(), "State": "completed"}}
    return Resource(VOLUME, arn, OWNER, REGION, name, config, observed)


def others() -> list[Resource]:
    """Return a subnet on the Outpost, and its local gateway with a default route."""
    ec2 = f"arn:aws:ec2:{REGION}:{OWNER}"
    local = {"LocalGatewayId": "lgw-1", "OwnerId": OWNER}
    route = {"DestinationCidrBlock": "0.0.0.0/0", "LocalGatewayVirtualInterfaceGroupId": "grp-1", "State": "active"}
    vif = {"LocalGatewayVirtualInterfaceId": "lgw-vif-1", "OutpostLagId": "op-lag-1"}
    vpcs = [{"VpcId": "vpc-1"}]
    inside = {"VpcId": "vpc-1", "OutpostArn": ARN, "MapPublicIpOnLaunch": False}
    return [
        Resource("AWS::EC2::Subnet", f"{ec2}:subnet/s-1", OWNER, REGION, "ward", inside),
        Resource("AWS::EC2::LocalGateway", f"{ec2}:local-gateway/lgw-1", OWNER, REGION, "lgw-1",
                 {**local, "OutpostArn": ARN}),
        Resource("AWS::EC2::LocalGatewayRouteTable", f"{ec2}:local-gateway-route-table/rtb-1", OWNER, REGION, "rtb-1",
                 {**local, "OutpostArn": ARN, "Routes": [route], "LocalGatewayRouteTableVpcAssociations": vpcs}),
        Resource("AWS::EC2::LocalGatewayVirtualInterfaceGroup", f"{ec2}:group/grp-1", OWNER, REGION, "grp-1",
                 {**local, "LocalGatewayVirtualInterfaces": [vif]}),
    ]  # fmt: skip


def record(account: AwsAccount, resources: Sequence[Resource], gaps: Sequence[Gap] = (), at: datetime = AT) -> None:
    """Record the resources as what the account answered."""
    types = tuple({one.type for one in [rack(), site(), volume("v", encrypted=True), *others()]})
    sweep(account, at, resources, gaps, regions=(REGION,), swept_types=types, global_types=())


def an_outpost(world: World) -> int:
    """Record an Outpost with two volumes, one unencrypted; return its resource id."""
    record(
        world.ours,
        [
            rack(),
            site(),
            volume("vol-a", encrypted=True),
            volume("vol-b", encrypted=False),
            volume("vol-c", encrypted=False, on=None),
            *others(),
        ],
    )
    return ResourceRecord.objects.get(account=world.ours, type=OUTPOST).resource_id
