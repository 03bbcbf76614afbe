"""What the benchmark of the pages adds to the history's year.

Resources of real types, people, and what they said.

The year's own types are made up. The pages of the network, of data, of coverage and of Outposts read real
ones, so that each account gets a small floor of them: five regions with AWS's security tools, two VPCs,
data stores of every classification, and an Outpost in a few. May not touch the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from devtools.bench.history_fixture import REGIONS, mix
from posture.core.gap import Gap, GapReason
from posture.core.resource import GLOBAL, Resource

OUTPOSTS_EVERY = 50
"""One account in so many has a rack."""
REFUSED_EVERY = 40
"""One account in so many refuses a listing."""
CLASSES = ("internal", "confidential", "public", "")


def resources(number: int, account_id: str) -> list[Resource]:
    """Return the real-typed resources of an account, about a hundred."""
    floor = _Floor(number, account_id)
    made = [*floor.account(), *floor.stores()]
    for region in REGIONS:
        made += floor.tools(region)
    for region in REGIONS[:2]:
        made += floor.network(region)
    if number % OUTPOSTS_EVERY == 0:
        made += floor.rack(REGIONS[0])
    return made


def gaps(number: int, account_id: str) -> list[Gap]:
    """Return what an account refuses: in most of them nothing."""
    if number % REFUSED_EVERY:
        return []
    return [
        Gap(account_id, REGIONS[1], "AWS::GuardDuty::Detector", "guardduty:ListDetectors", GapReason.DENIED,
            "AccessDeniedException", "It is not authorized.", "Allow guardduty:ListDetectors to the role."),
    ]  # fmt: skip


class _Floor:
    """Makes one account's resources.

    What is on and what is open follows from the account's number.
    """

    def __init__(self, number: int, account_id: str) -> None:
        self.number, self.account_id = number, account_id

    def account(self) -> Iterator[Resource]:
        trail = f"arn:aws:cloudtrail:{REGIONS[0]}:999999999999:trail/organization"
        shown = [{"TrailARN": trail, "IsLogging": True}]
        yield self._made("AWS::Account::Account", GLOBAL, "account", self.account_id, {"MultiRegionTrails": shown})

    def tools(self, region: str) -> Iterator[Resource]:
        there = self.number + REGIONS.index(region)
        yield self._made("AWS::Account::Region", region, "region", region, {"OptInStatus": "ENABLED_BY_DEFAULT"})
        if there % 4:
            features = [{"Name": "S3_DATA_EVENTS", "Status": "ENABLED" if there % 3 else "DISABLED"}]
            config: dict[str, Any] = {"Status": "ENABLED", "Features": features, "CreatedAt": "2024-02-01T00:00:00Z"}
            yield self._made("AWS::GuardDuty::Detector", region, "detector", f"d-{there}", config)
        if there % 5:
            standard = "arn:aws:securityhub:::standards/aws-foundational-security-best-practices/v/1.0.0"
            standards = [{"StandardsArn": standard, "StandardsStatus": "READY"}]
            config = {"Standards": standards, "SubscribedAt": "2024-02-01T00:00:00Z"}
            yield self._made("AWS::SecurityHub::Hub", region, "hub", f"Security Hub in {region}", config)
        if there % 6:
            config = {"recording": True, "recordingGroup": {"allSupported": there % 2 == 0},
                      "DeliveryChannel": {"s3BucketName": "config"}}  # fmt: skip
            yield self._made("AWS::Config::ConfigurationRecorder", region, "recorder", "default", config)
        if there % 3 == 0:
            config = {"status": "ENABLED", "AutomatedDiscovery": {"status": "ENABLED"}}
            yield self._made("AWS::Macie::Session", region, "session", f"Macie in {region}", config)

    def network(self, region: str) -> Iterator[Resource]:
        vpc = f"vpc-{mix(self.number, REGIONS.index(region)):016x}"
        inside = {"VpcId": vpc, "OwnerId": self.account_id}
        yield self._made("AWS::EC2::VPC", region, "vpc", vpc, {**inside, "CidrBlock": "10.0.0.0/16"})
        yield self._made("AWS::EC2::NetworkAcl", region, "network-acl", f"acl-{vpc}", {
            **inside, "IsDefault": True, "Associations": [],
            "Entries": [{"Egress": way, "RuleAction": "allow", "RuleNumber": 100, "Protocol": "-1",
                         "CidrBlock": "0.0.0.0/0"} for way in (True, False)]})  # fmt: skip
        for place, gateway in enumerate(("igw-1", "nat-1")):
            route = {"DestinationCidrBlock": "0.0.0.0/0", "State": "active",
                     "GatewayId" if place == 0 else "NatGatewayId": gateway}  # fmt: skip
            joined = [{"SubnetId": f"subnet-{vpc}-{place}{n}", "Main": False} for n in range(2)]
            config = {**inside, "Routes": [route], "Associations": joined}
            yield self._made("AWS::EC2::RouteTable", region, "route-table", f"rtb-{vpc}-{place}", config)
            for n in range(2):
                subnet = {**inside, "SubnetId": joined[n]["SubnetId"], "MapPublicIpOnLaunch": place == 0}
                yield self._made("AWS::EC2::Subnet", region, "subnet", str(joined[n]["SubnetId"]), subnet)
        yield from self._machines(region, vpc, inside)

    def _machines(self, region: str, vpc: str, inside: dict[str, Any]) -> Iterator[Resource]:
        for n in range(4):
            port = (22, 443, 5432, 8080)[n]
            source = "0.0.0.0/0" if (self.number + n) % 3 == 0 else "10.0.0.0/8"
            rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": source}],
                    "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}  # fmt: skip
            group = {**inside, "GroupId": f"sg-{vpc}-{n}", "GroupName": f"group-{n}", "IpPermissions": [rule],
                     "IpPermissionsEgress": []}  # fmt: skip
            yield self._made("AWS::EC2::SecurityGroup", region, "security-group", str(group["GroupId"]), group)
            subnet = f"subnet-{vpc}-{n % 2}{n // 2}"
            card = {**inside, "SubnetId": subnet, "NetworkInterfaceId": f"eni-{vpc}-{n}", "Status": "in-use",
                    "Groups": [{"GroupId": group["GroupId"]}], "PrivateIpAddress": f"10.0.{n}.5",
                    "Association": {"PublicIp": f"198.51.100.{n}"} if n % 2 == 0 else None,
                    "Attachment": {"InstanceId": f"i-{vpc}-{n}"}}  # fmt: skip
            yield self._made("AWS::EC2::NetworkInterface", region, "network-interface", f"eni-{vpc}-{n}", card)
            machine = {**inside, "InstanceId": f"i-{vpc}-{n}", "SubnetId": subnet, "ImageId": "ami-1",
                       "MetadataOptions": {"HttpTokens": "required" if n % 2 else "optional"},
                       "State": {"Name": "running"}, "SecurityGroups": [{"GroupId": group["GroupId"]}]}  # fmt: skip
            yield self._made("AWS::EC2::Instance", region, "instance", f"i-{vpc}-{n}", machine)

    def stores(self) -> Iterator[Resource]:
        for n in range(8):
            tags = {"data-classification": CLASSES[(self.number + n) % 4]} if (self.number + n) % 4 != 3 else {}  # noqa: PLR2004
            is_open = (self.number + n) % 11 == 0
            block = dict.fromkeys(
                ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), not is_open
            )
            bucket = {"Name": f"b-{self.account_id}-{n}", "PublicAccessBlockConfiguration": block,
                      "PolicyStatus": {"IsPublic": is_open},
                      "VersioningConfiguration": {"Status": "Enabled"}}  # fmt: skip
            yield self._made("AWS::S3::Bucket", REGIONS[n % 5], "bucket", str(bucket["Name"]), bucket, tags)
        for n in range(3):
            tags = {"data-classification": CLASSES[(self.number + n) % 3]}
            base = {"DBInstanceIdentifier": f"db-{n}", "PubliclyAccessible": (self.number + n) % 13 == 0,
                    "StorageEncrypted": n % 2 == 0, "Engine": "postgres", "BackupRetentionPeriod": 7}  # fmt: skip
            yield self._made("AWS::RDS::DBInstance", REGIONS[n], "db", f"db-{n}", base, tags)
            table = {"TableName": f"table-{n}", "TableStatus": "ACTIVE", "DeletionProtectionEnabled": n == 1}
            yield self._made("AWS::DynamoDB::Table", REGIONS[n], "table", f"table-{n}", table, tags)

    def rack(self, region: str) -> Iterator[Resource]:
        rack = self._arn(region, "outposts", "outpost/op-1")
        config: dict[str, Any] = {
            "OutpostId": "op-1", "OwnerId": self.account_id, "LifeCycleStatus": "ACTIVE",
            "SupportedHardwareType": "RACK", "SiteArn": self._arn(region, "outposts", "site/os-1"), "Assets": [],
            "ServiceLinkVirtualInterfaces": [{"ServiceLinkVirtualInterfaceId": "sl-vif-1", "OutpostLagId": "lag-1"}],
        }  # fmt: skip
        observed = {"ConnectedStatus": 1.0, "InstanceTypeCapacities": [], "AssetInstances": []}
        yield Resource("AWS::Outposts::Outpost", rack, self.account_id, region, "floor", config, observed)
        yield Resource("AWS::Outposts::Site", config["SiteArn"], self.account_id, region, "site",
                       {"SiteId": "os-1", "AccountId": self.account_id})  # fmt: skip
        for n in range(20):
            volume = {"VolumeId": f"vol-op-{n}", "Encrypted": n % 3 > 0, "Size": 8, "OutpostArn": rack}
            yield self._made("AWS::EC2::Volume", region, "volume", f"vol-op-{n}", volume)

    def _made(
        self, kind: str, region: str, noun: str, name: str, config: dict[str, Any], tags: dict[str, str] | None = None
    ) -> Resource:
        service = kind.split("::")[1].lower()
        arn = self._arn(region, service, f"{noun}/{name.replace(' ', '-')}")
        return Resource(kind, arn, self.account_id, region, name, config, {}, tags or {})

    def _arn(self, region: str, service: str, rest: str) -> str:
        return f"arn:aws:{service}:{'' if region == GLOBAL else region}:{self.account_id}:{rest}"
