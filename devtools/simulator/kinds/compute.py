"""Instances, volumes, snapshots, and what a region's EC2 does by default."""

from __future__ import annotations

from typing import Any

from devtools.simulator.builder import Builder
from devtools.simulator.declared import GLOBAL, Name
from devtools.simulator.kinds import kind, removal, tags_of

IMAGE = "ami-0a1b2c3d4e5f60718"
DATA_DEVICE = "/dev/xvdf"
PROFILE = "workload"


@kind("instance", 40)
def make_instance(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make `count` instances in a `tier` of `vpc` with security `groups`.

    `imdsv2`, `encrypted`, `profile` as named; `script` is the start-up script.
    """
    ec2 = builder.client("ec2", name.region)
    if not builder.recall(name):
        _launch(builder, ec2, name, now)
    elif now.get("imdsv2", True) != before.get("imdsv2", True):
        for instance in builder.recall(name)["instances"]:
            ec2.modify_instance_metadata_options(InstanceId=instance, **_metadata(now))


def _launch(builder: Builder, ec2: Any, name: Name, now: dict[str, Any]) -> None:
    vpc = builder.known("vpc", name, now["vpc"])
    subnets = vpc["subnets"][now.get("tier", "private")]
    groups = [builder.known("security-group", name, group)["group"] for group in now.get("groups", [])]
    extra = {"IamInstanceProfile": {"Name": _profile(builder, name)}} if now.get("profile", True) else {}
    launched = []
    for number in range(now.get("count", 1)):
        label = f"{name.name}-{number + 1}" if now.get("count", 1) > 1 else name.name
        answer = ec2.run_instances(
            ImageId=IMAGE,
            MinCount=1,
            MaxCount=1,
            InstanceType=now.get("type", "m7g.large"),
            SubnetId=subnets[number % len(subnets)],
            SecurityGroupIds=groups,
            MetadataOptions=_metadata(now),
            BlockDeviceMappings=[
                {
                    "DeviceName": "/dev/xvda",
                    "Ebs": {
                        "VolumeSize": now.get("size", 50),
                        "Encrypted": now.get("encrypted", True),
                        "DeleteOnTermination": True,
                    },
                }
            ],
            TagSpecifications=[
                {"ResourceType": resource, "Tags": tags_of(now, label)} for resource in ("instance", "volume")
            ],
            **extra,
            **({"UserData": now["script"]} if now.get("script") else {}),
        )
        launched.append(answer["Instances"][0]["InstanceId"])
    builder.remember(name, instances=launched, subnet=subnets[0])


@kind("instance-group", 41)
def make_instance_group(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Replace a group's `count` instances, tagged as AWS tags them."""
    ended = builder.recall(name).get("instances")
    if ended:
        _end(builder.client("ec2", name.region), ended)
    _launch(builder, builder.client("ec2", name.region), name, now)


def _end(ec2: Any, instances: list[str]) -> None:
    """Terminate instances; their interfaces go with them, which moto leaves behind."""
    listed = ec2.describe_instances(InstanceIds=instances)["Reservations"]
    cards = [card for one in listed for each in one["Instances"] for card in each["NetworkInterfaces"]]
    ec2.terminate_instances(InstanceIds=instances)
    for card in cards:
        ec2.delete_network_interface(NetworkInterfaceId=card["NetworkInterfaceId"])


def _profile(builder: Builder, name: Name) -> str:
    """Return the account's instance profile, made when it is first needed."""
    profile = Name("instance-profile", name.account, GLOBAL, PROFILE)
    if not builder.recall(profile):
        builder.client("iam", GLOBAL).create_instance_profile(InstanceProfileName=PROFILE)
        builder.remember(profile, profile=PROFILE)
    return PROFILE


def _metadata(now: dict[str, Any]) -> dict[str, Any]:
    return {
        "HttpTokens": "required" if now.get("imdsv2", True) else "optional",
        "HttpEndpoint": "enabled",
        "HttpPutResponseHopLimit": now.get("hops", 1),
    }


@kind("volume", 42)
def make_volume(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a volume of `size` GiB, `encrypted`, attached to `instance` if named."""
    if builder.recall(name):
        return
    ec2 = builder.client("ec2", name.region)
    instance = builder.known("instance", name, now["instance"])["instances"][0] if "instance" in now else None
    zone = f"{name.region}a"
    if instance:
        found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
        zone = found["Placement"]["AvailabilityZone"]
    volume = ec2.create_volume(
        AvailabilityZone=zone,
        Size=now.get("size", 100),
        VolumeType="gp3",
        Encrypted=now.get("encrypted", True),
        TagSpecifications=[{"ResourceType": "volume", "Tags": tags_of(now, name.name)}],
    )["VolumeId"]
    if instance:
        ec2.attach_volume(VolumeId=volume, InstanceId=instance, Device=DATA_DEVICE)
    builder.remember(name, volume=volume)


@removal("volume")
def remove_volume(builder: Builder, name: Name, before: dict[str, Any]) -> None:
    ec2 = builder.client("ec2", name.region)
    volume = builder.recall(name)["volume"]
    if "instance" in before:
        instance = builder.known("instance", name, before["instance"])["instances"][0]
        ec2.detach_volume(VolumeId=volume, InstanceId=instance, Device=DATA_DEVICE)
    ec2.delete_volume(VolumeId=volume)
    builder.forget(name)


@kind("snapshot", 44)
def make_snapshot(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a snapshot of `volume`; `shared` is '', 'all' or an account's name."""
    ec2 = builder.client("ec2", name.region)
    if not builder.recall(name):
        snapshot = ec2.create_snapshot(
            VolumeId=builder.known("volume", name, now["volume"])["volume"],
            Description=now.get("description", name.name),
            TagSpecifications=[{"ResourceType": "snapshot", "Tags": tags_of(now, name.name)}],
        )["SnapshotId"]
        builder.remember(name, snapshot=snapshot)
    snapshot = builder.recall(name)["snapshot"]
    for verb, shared in (("remove", before.get("shared", "")), ("add", now.get("shared", ""))):
        if shared and before.get("shared", "") != now.get("shared", ""):
            whom = {"GroupNames": ["all"]} if shared == "all" else {"UserIds": [builder.declared.by_name[shared].id]}
            ec2.modify_snapshot_attribute(
                SnapshotId=snapshot, Attribute="createVolumePermission", OperationType=verb, **whom
            )


@kind("ec2-defaults", 15)
def make_ec2_defaults(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Set a region's defaults, unless the week changes them.

    Encryption, public sharing, metadata, open VPCs.
    """
    ec2 = builder.client("ec2", name.region)
    encrypted = now.get("encrypted", False)
    if encrypted != before.get("encrypted", False):
        (ec2.enable_ebs_encryption_by_default if encrypted else ec2.disable_ebs_encryption_by_default)()
    builder.put(
        name.account,
        name.region,
        "ec2",
        snapshot_block_public_access=now.get("snapshots", "unblocked"),
        image_block_public_access=now.get("images", "block-new-sharing"),
        vpc_block_public_access=now.get("vpc_block", "off"),
        metadata_defaults={"HttpTokens": "required"} if now.get("imdsv2") else {},
    )
