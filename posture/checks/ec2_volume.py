"""Judge EBS volumes: encryption, forgotten ones, and those on an Outpost."""

from __future__ import annotations

from datetime import datetime, timedelta

from posture.checks.stores import classification_known, classified
from posture.core.check import (
    EXAMPLE_NOW,
    Remediation,
    check,
    denied,
    does_not_apply,
    fails,
    is_unknown,
    passes,
)
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.parameters import days
from posture.core.resource import Resource

VOLUME = "AWS::EC2::Volume"
SNAPSHOT_DAYS = days(
    "outpost_snapshot_days",
    "Snapshots of volumes on Outposts",
    "A volume on an Outpost needs a snapshot in the region that is no older.",
    default=7,
)

_OUTPOST = "arn:aws:outposts:eu-central-1:111122223333:outpost/op-0123456789abcdef0"
_YESTERDAY = (EXAMPLE_NOW - timedelta(days=1)).isoformat()
_LAST_MONTH = (EXAMPLE_NOW - timedelta(days=30)).isoformat()
_ENCRYPT = Remediation(
    console="EC2 → Elastic Block Store → Snapshots: snapshot the volume, copy the snapshot with encryption, create a "
    "volume from the copy and swap it in. Then turn on EBS encryption by default for the region.",
    cli="aws ec2 create-snapshot --region {region} --volume-id {id}",
    terraform='resource "aws_ebs_volume" "this" {\n  encrypted  = true\n  kms_key_id = aws_kms_key.this.arn\n}',
)


@check(
    resource_type=VOLUME,
    title="EBS volume is encrypted",
    problem="EBS volume is not encrypted",
    severity=Severity.HIGH,
    controls=("practices:encryption", "aws_fsbp:EC2.3"),
    aliases=("prowler:ec2_ebs_volume_encryption", "securityhub:EC2.3"),
    remediation=_ENCRYPT,
    examples=(
        passes({"Encrypted": True}),
        fails({"Encrypted": False}),
        is_unknown({"Encrypted": denied("ec2:DescribeVolumes")}),
    ),
)
def ec2_volume_encrypted(volume: Resource) -> Outcome:
    """Every snapshot of an unencrypted volume is unencrypted too, and can be shared with one call.

    Encryption costs nothing and no speed; it cannot be turned on afterwards, only by a copy.
    """
    if volume.config["Encrypted"]:
        return passed("The volume is encrypted.", "Encrypted")
    return failed("The volume is not encrypted.", "Encrypted")


@check(
    resource_type=VOLUME,
    title="EBS volume on an Outpost is encrypted",
    problem="EBS volume on an Outpost is not encrypted",
    severity=Severity.HIGH,
    controls=("practices:hybrid", "practices:encryption"),
    remediation=_ENCRYPT,
    examples=(
        passes({"OutpostArn": _OUTPOST, "Encrypted": True}),
        fails({"OutpostArn": _OUTPOST, "Encrypted": False}),
        is_unknown({"OutpostArn": _OUTPOST, "Encrypted": denied("ec2:DescribeVolumes")}),
        does_not_apply({"Encrypted": False}, "in the region"),
    ),
)
def ec2_volume_outpost_encrypted(volume: Resource) -> Outcome:
    """The disks of an Outpost are in your building, where your locks protect them and not AWS's.

    A disk that leaves with a technician or a thief must be unreadable.
    """
    if not volume.config.get("OutpostArn"):
        return not_applicable("The volume is not on an Outpost.")
    if volume.config["Encrypted"]:
        return passed("The volume on the Outpost is encrypted.", "Encrypted", "OutpostArn")
    return failed("The volume is unencrypted on the Outpost's disks.", "Encrypted", "OutpostArn")


@check(
    resource_type=VOLUME,
    title="EBS volume on an Outpost has a recent snapshot",
    problem="EBS volume on an Outpost has no recent snapshot",
    severity=Severity.MEDIUM,
    controls=("practices:hybrid", "practices:data"),
    remediation=Remediation(
        console="EC2 → Lifecycle Manager → Create a policy that takes daily snapshots into the region, not only onto "
        "the "
        "Outpost.",
        cli="aws ec2 create-snapshot --region {region} --volume-id {id}",
    ),
    reads_observed=True,
    examples=(
        passes(
            {"OutpostArn": _OUTPOST},
            observed={"LatestSnapshot": {"SnapshotId": "snap-0a1b", "StartTime": _YESTERDAY, "State": "completed"}},
        ),
        passes(
            {"OutpostArn": _OUTPOST},
            "a month old, with a limit of 31 days",
            observed={"LatestSnapshot": {"SnapshotId": "snap-0a1b", "StartTime": _LAST_MONTH, "State": "completed"}},
            parameters={SNAPSHOT_DAYS.name: 31},
        ),
        fails({"OutpostArn": _OUTPOST}, "no snapshot at all", observed={"LatestSnapshot": None}),
        fails(
            {"OutpostArn": _OUTPOST},
            "a month old",
            observed={"LatestSnapshot": {"SnapshotId": "snap-0a1b", "StartTime": _LAST_MONTH, "State": "completed"}},
        ),
        fails(
            {"OutpostArn": _OUTPOST},
            "it failed",
            observed={"LatestSnapshot": {"SnapshotId": "snap-0a1b", "StartTime": _YESTERDAY, "State": "error"}},
        ),
        is_unknown({"OutpostArn": _OUTPOST}, observed={"LatestSnapshot": denied("ec2:DescribeSnapshots")}),
        does_not_apply({}, "in the region"),
    ),
)
def ec2_volume_outpost_snapshotted(volume: Resource, clock: Clock) -> Outcome:
    """AWS does not copy what is on your rack: fire, water or theft there ends the data.

    A recent snapshot in the region bounds the loss.
    """
    if not volume.config.get("OutpostArn"):
        return not_applicable("The volume is not on an Outpost.")
    latest = volume.observed["LatestSnapshot"]
    if latest is None:
        return failed("The volume on the Outpost has no snapshot.", "OutpostArn")
    if latest["State"] == "error":
        return failed(f"The latest snapshot {latest['SnapshotId']} failed.", "observed.LatestSnapshot.State")
    made = datetime.fromisoformat(latest["StartTime"])
    reason = f"The latest snapshot {latest['SnapshotId']} is of {made:%Y-%m-%d}."
    judge = failed if clock.has_come(made, timedelta(days=SNAPSHOT_DAYS.value + 1)) else passed
    return judge(reason, "observed.LatestSnapshot.StartTime")


@check(
    resource_type=VOLUME,
    title="EBS volume is attached",
    problem="EBS volume is not attached",
    severity=Severity.LOW,
    controls=("practices:data", "practices:legacy"),
    remediation=Remediation(
        console="EC2 → Volumes → the volume: snapshot it if the data may be needed, then Actions → Delete volume.",
        cli="aws ec2 delete-volume --region {region} --volume-id {id}",
    ),
    examples=(
        passes({"Attachments": [{"InstanceId": "i-0a1b2c3d4e5f60718", "Device": "/dev/xvda"}]}),
        fails({"Attachments": []}),
        is_unknown({"Attachments": denied("ec2:DescribeVolumes")}),
    ),
)
def ec2_volume_attached(volume: Resource) -> Outcome:
    """A volume that no instance uses still holds its data, and nobody looks after it any more.

    It is what remains of terminated servers, and often what is forgotten when access is reviewed.
    """
    attachments = volume.config.items_of("Attachments")
    if attachments:
        names = ", ".join(attachment["InstanceId"] for attachment in attachments if attachment.get("InstanceId"))
        return passed(f"The volume is attached to {names or 'a managed resource'}.", "Attachments")
    return failed("No instance uses the volume.", "Attachments")


@classified(
    VOLUME,
    "EBS volume",
    cli="aws ec2 create-tags --region {region} --resources {id} --tags Key=data-classification,Value=internal",
)
def ec2_volume_classified(volume: Resource) -> Outcome:
    """A disk says nothing of what is on it. Its tag must, or no rule can distinguish the payroll from a cache."""
    return classification_known(volume)
