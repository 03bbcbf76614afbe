"""An Outpost: site, rack, local gateway, a subnet on it, what runs there."""

from __future__ import annotations

from typing import Any

from devtools.simulator.builder import Builder, made_up
from devtools.simulator.declared import Name
from devtools.simulator.kinds import kind, tags_of
from devtools.simulator.kinds.compute import IMAGE


@kind("outpost", 80)
def make_outpost(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Install an Outpost in `city` with `instances` and `volumes`.

    `vpc` is extended onto it (`cidr`).
    """
    if not builder.recall(name):
        arn = _rack(builder, name, now)
        builder.remember(name, arn=arn)
        _extend(builder, name, now, arn)
        _gateway(builder, name, now, arn)
    _fill(builder, name, now, before)


def _id(name: Name, prefix: str) -> str:
    return made_up(prefix, name.account, name.region, name.name)


def _rack(builder: Builder, name: Name, now: dict[str, Any]) -> str:
    root = f"arn:aws:outposts:{name.region}:{name.account}"
    site_id, outpost_id = _id(name, "os-"), _id(name, "op-")
    place = {
        "SiteId": site_id,
        "SiteArn": f"{root}:site/{site_id}",
        "AccountId": name.account,
        "Name": now["site"],
        "Description": f"Server room of {now['site']}",
        "Tags": now.get("tags", {}),
        "OperatingAddressCountryCode": now.get("country", "DE"),
        "OperatingAddressStateOrRegion": now.get("state", "Hamburg"),
        "OperatingAddressCity": now["city"],
        "RackPhysicalProperties": {
            "PowerDrawKva": "POWER_10_KVA",
            "PowerPhase": "THREE_PHASE",
            "PowerConnector": "IEC309",
            "PowerFeedDrop": "ABOVE_RACK",
            "UplinkGbps": "UPLINK_10G",
            "UplinkCount": now.get("uplinks", "UPLINK_COUNT_1"),
            "FiberOpticCableType": "SINGLE_MODE",
            "OpticalStandard": "OPTIC_10GBASE_LR",
            "MaximumSupportedWeightLbs": "MAX_1600_LBS",
        },
    }
    outpost = {
        "OutpostId": outpost_id,
        "OwnerId": name.account,
        "OutpostArn": f"{root}:outpost/{outpost_id}",
        "SiteId": site_id,
        "SiteArn": place["SiteArn"],
        "Name": name.name,
        "Description": now.get("description", ""),
        "LifeCycleStatus": "ACTIVE",
        "AvailabilityZone": f"{name.region}a",
        "AvailabilityZoneId": "euc1-az2",
        "Tags": now.get("tags", {}),
        "SupportedHardwareType": "RACK",
    }
    address = {
        "ContactName": "Front desk",
        "ContactPhoneNumber": "+494055503",
        "AddressLine1": now.get("street", "Klinikweg 4"),
        "City": now["city"],
        "StateOrRegion": now.get("state", "Hamburg"),
        "PostalCode": "20246",
        "CountryCode": now.get("country", "DE"),
    }
    assets = [_asset(name, outpost_id, number, now) for number in range(now.get("hosts", 2))]
    builder.put(
        name.account,
        name.region,
        "outposts",
        Outposts=[outpost],
        Sites=[place],
        Assets=assets,
        addresses={site_id: address},
        instance_types={outpost_id: [["c5.large", 2], ["m5.large", 2], ["r5.xlarge", 4]]},
    )
    _link(builder, name, now, str(outpost["OutpostArn"]))
    return str(outpost["OutpostArn"])


def _link(builder: Builder, name: Name, now: dict[str, Any], arn: str) -> None:
    """Connect the rack to its region, by `UPLINK_COUNT_1` links by default."""
    count = int(now.get("uplinks", "UPLINK_COUNT_1").rsplit("_", 1)[-1])
    owned = {"OutpostArn": arn, "OwnerId": name.account}
    lags = [made_up("op-lag-", *_words(name), str(number)) for number in range(count)]
    links = [made_up("sl-vif-", *_words(name), str(number)) for number in range(count)]
    builder.put(
        name.account,
        name.region,
        "ec2",
        OutpostLags=[
            {**owned, "OutpostLagId": lag, "State": "available", "ServiceLinkVirtualInterfaceIds": [link]}
            for lag, link in zip(lags, links, strict=True)
        ],
        ServiceLinkVirtualInterfaces=[
            {
                **owned,
                "OutpostId": _id(name, "op-"),
                "ServiceLinkVirtualInterfaceId": link,
                "OutpostLagId": lag,
                "LocalAddress": f"192.168.250.{4 * number + 1}/30",
                "PeerAddress": f"192.168.250.{4 * number + 2}/30",
                "PeerBgpAsn": 65010,
                "Vlan": 100,
                "ConfigurationState": "available",
            }
            for number, (lag, link) in enumerate(zip(lags, links, strict=True))
        ],
    )
    builder.put(name.account, name.region, "cloudwatch", ConnectedStatus={_id(name, "op-"): 1.0})


def _asset(name: Name, outpost: str, number: int, now: dict[str, Any]) -> dict[str, Any]:
    return {
        "OutpostId": outpost,
        "AssetId": made_up("", *_words(name), str(number), length=10),
        "RackId": made_up("", *_words(name), "rack", length=10),
        "AssetType": "COMPUTE",
        "ComputeAttributes": {
            "HostId": made_up("h-", *_words(name), str(number)),
            "State": "ACTIVE",
            "InstanceFamilies": ["m5"],
            "InstanceTypeCapacities": [{"InstanceType": "m5.large", "Count": 12}],
            "MaxVcpus": 96,
        },
        "AssetLocation": {"RackElevation": 10.0 + number},
    }


def _words(name: Name) -> tuple[str, str, str]:
    return name.account, name.region, name.name


def _extend(builder: Builder, name: Name, now: dict[str, Any], arn: str) -> None:
    ec2 = builder.client("ec2", name.region)
    vpc = builder.known("vpc", name, now["vpc"])["vpc"]
    subnet = ec2.create_subnet(
        VpcId=vpc,
        CidrBlock=now["cidr"],
        AvailabilityZone=f"{name.region}a",
        OutpostArn=arn,
        TagSpecifications=[{"ResourceType": "subnet", "Tags": tags_of(now, f"{name.name}-outpost")}],
    )["Subnet"]["SubnetId"]
    builder.remember(name, subnet=subnet)
    _assign_location(builder, name, subnet)


def _assign_location(builder: Builder, name: Name, *ids: str) -> None:
    placed = builder.on_shelf(name.account, name.region, "ec2").get("outposts", {})
    placed |= dict.fromkeys(ids, builder.recall(name)["arn"])
    builder.put(name.account, name.region, "ec2", outposts=placed)


def _gateway(builder: Builder, name: Name, now: dict[str, Any], arn: str) -> None:
    gateway, table, group = (_id(name, prefix) for prefix in ("lgw-", "lgw-rtb-", "lgw-vif-grp-"))
    vpc = builder.known("vpc", name, now["vpc"])["vpc"]
    owned = {"OwnerId": name.account}
    table_arn = f"arn:aws:ec2:{name.region}:{name.account}:local-gateway-route-table/{table}"
    interfaces = [made_up("lgw-vif-", *_words(name), str(number)) for number in (1, 2)]
    local = {"LocalGatewayId": gateway, **owned}
    in_table = {"LocalGatewayRouteTableId": table, "LocalGatewayRouteTableArn": table_arn, **owned}
    builder.put(
        name.account,
        name.region,
        "ec2",
        LocalGateways=[{**local, "OutpostArn": arn, "State": "available", "Tags": []}],
        LocalGatewayRouteTables=[
            {**local, **in_table, "OutpostArn": arn, "State": "available", "Mode": "direct-vpc-routing", "Tags": []}
        ],
        LocalGatewayRouteTableVpcAssociations=[
            {
                **local,
                **in_table,
                "LocalGatewayRouteTableVpcAssociationId": _id(name, "lgw-vpc-assoc-"),
                "VpcId": vpc,
                "State": "associated",
                "Tags": [],
            }
        ],
        LocalGatewayRouteTableVirtualInterfaceGroupAssociations=[
            {
                **local,
                **in_table,
                "LocalGatewayRouteTableVirtualInterfaceGroupAssociationId": _id(name, "lgw-vif-grp-assoc-"),
                "LocalGatewayVirtualInterfaceGroupId": group,
                "State": "associated",
                "Tags": [],
            }
        ],
        LocalGatewayVirtualInterfaceGroups=[
            {
                **local,
                "LocalGatewayVirtualInterfaceGroupId": group,
                "LocalGatewayVirtualInterfaceIds": interfaces,
                "Tags": [],
            }
        ],
        LocalGatewayVirtualInterfaces=[
            {
                **local,
                "LocalGatewayVirtualInterfaceId": interface,
                "LocalGatewayVirtualInterfaceGroupId": group,
                "OutpostLagId": made_up("op-lag-", *_words(name), str(number)),
                "Vlan": 100 + number,
                "LocalAddress": f"192.168.{number}.1/30",
                "PeerAddress": f"192.168.{number}.2/30",
                "LocalBgpAsn": 64512,
                "PeerBgpAsn": 65010,
                "Tags": [],
            }
            for number, interface in enumerate(interfaces)
        ],
        LocalGatewayRoutes=[
            {
                **in_table,
                "DestinationCidrBlock": now.get("route", "0.0.0.0/0"),
                "LocalGatewayVirtualInterfaceGroupId": group,
                "Type": "static",
                "State": "active",
            }
        ],
    )


def _fill(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Run what is declared to run on the Outpost and does not yet."""
    ec2 = builder.client("ec2", name.region)
    ids = builder.recall(name)
    for label in now.get("instances", [])[len(before.get("instances", [])) :]:
        encrypted = label not in now.get("unencrypted", [])
        instance = ec2.run_instances(
            ImageId=IMAGE,
            MinCount=1,
            MaxCount=1,
            InstanceType="m5.large",
            SubnetId=ids["subnet"],
            MetadataOptions={"HttpTokens": "required", "HttpEndpoint": "enabled"},
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 80, "Encrypted": encrypted}}],
            TagSpecifications=[{"ResourceType": kind, "Tags": tags_of(now, label)} for kind in ("instance", "volume")],
        )["Instances"][0]
        _on_rack(builder, name, instance)


def _on_rack(builder: Builder, name: Name, instance: dict[str, Any]) -> None:
    ec2 = builder.client("ec2", name.region)
    found = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]
    volumes = [m["Ebs"]["VolumeId"] for m in found["BlockDeviceMappings"]]
    interfaces = [i["NetworkInterfaceId"] for i in found["NetworkInterfaces"]]
    _assign_location(builder, name, found["InstanceId"], *volumes, *interfaces)
    shelf = builder.on_shelf(name.account, name.region, "outposts")
    asset = shelf["Assets"][0]
    running = {
        "OutpostId": asset["OutpostId"],
        "InstanceId": found["InstanceId"],
        "InstanceType": "m5.large",
        "AssetId": asset["AssetId"],
        "AccountId": name.account,
        "AwsServiceName": "AWS",
    }
    builder.append(name.account, name.region, "outposts", "AssetInstances", running, by="InstanceId")
