"""Judges EBS snapshots: who may restore them, and whether they are encrypted."""

from __future__ import annotations

from posture.checks.sharing import judge_shared_accounts, sharing_examples
from posture.checks.stores import classification_known, classified
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import POPULATION, Resource

SNAPSHOT = "AWS::EC2::Snapshot"


@check(
    resource_type=SNAPSHOT,
    title="EBS snapshot is not public",
    problem="EBS snapshot is public",
    version=2,
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:data", "aws_fsbp:EC2.1"),
    aliases=("prowler:ec2_ebs_public_snapshot", "securityhub:EC2.1"),
    remediation=Remediation(
        console="EC2 → Snapshots → the snapshot → Modify permissions → Private. Then EC2 → Settings → Block public "
        "access "
        "for EBS snapshots, so that no other can follow.",
        cli="aws ec2 modify-snapshot-attribute --region {region} --snapshot-id {id} "
        "--attribute createVolumePermission --operation-type remove --group-names all",
        terraform='resource "aws_ebs_snapshot_block_public_access" "this" {\n  state = "block-all-sharing"\n}',
    ),
    examples=(
        passes({"CreateVolumePermissions": []}),
        passes({"CreateVolumePermissions": [{"UserId": "444455556666"}]}, "shared with one account"),
        fails({"CreateVolumePermissions": [{"Group": "all"}]}),
        is_unknown({"CreateVolumePermissions": denied("ec2:DescribeSnapshotAttribute")}),
        passes({}, "what a machine made is asked for its permissions only where it is public"),
    ),
)
def ec2_snapshot_not_public(snapshot: Resource) -> Outcome:
    """Anyone with an AWS account can turn a public snapshot into a volume of their own and read the whole disk.

    Public snapshots are listed, so there are people who copy every new one within minutes.
    """
    if "CreateVolumePermissions" not in snapshot.config:
        return passed("It is not among the account's public snapshots.")
    permissions = snapshot.config.items_of("CreateVolumePermissions")
    for index, permission in enumerate(permissions):
        if permission.get("Group") == "all":
            path = f"CreateVolumePermissions[{index}].Group"
            return failed("Every AWS account may create volumes from the snapshot.", path)
    accounts = ", ".join(sorted(permission["UserId"] for permission in permissions if permission.get("UserId")))
    shared = f"The snapshot is shared with {accounts} alone." if accounts else "The snapshot is private."
    return passed(shared, "CreateVolumePermissions")


@check(
    resource_type=SNAPSHOT,
    title="EBS snapshot is not shared outside the organization",
    problem="EBS snapshot is shared outside the organization",
    severity=Severity.HIGH,
    controls=("practices:data",),
    remediation=Remediation(
        console="EC2 → Snapshots → the snapshot → Modify permissions: remove the account. Whoever copied the snapshot "
        "keeps the copy: treat what was on the disk as known to them.",
        cli="aws ec2 modify-snapshot-attribute --region {region} --snapshot-id {id} "
        "--attribute createVolumePermission --operation-type remove --user-ids YOUR-ACCOUNT",
    ),
    examples=(
        *sharing_examples(
            {"CreateVolumePermissions": []},
            {"CreateVolumePermissions": [{"UserId": "444455556666"}]},
            "ec2:DescribeSnapshotAttribute",
        ),
        does_not_apply({"CreateVolumePermissions": [{"Group": "all"}]}, "it is public"),
        does_not_apply({}, "what a machine made is asked for its permissions only where it is public"),
    ),
)
def ec2_snapshot_not_shared_outside(snapshot: Resource) -> Outcome:
    """Whoever a snapshot is shared with can make a volume of it and read the whole disk, deleted files included.

    A share with a supplier lasts until somebody removes it, long after the project that needed it.
    """
    if "CreateVolumePermissions" not in snapshot.config:
        return not_applicable("A machine made it, and it is not public; with whom it is shared is not asked.")
    permissions = snapshot.config.items_of("CreateVolumePermissions")
    if any(each.get("Group") == "all" for each in permissions):
        return not_applicable("The snapshot is public, which is judged on its own.", "CreateVolumePermissions")
    accounts = (each["UserId"] for each in permissions if each.get("UserId"))
    return judge_shared_accounts(snapshot, accounts, "CreateVolumePermissions")


@check(
    resource_type=SNAPSHOT,
    title="EBS snapshot is encrypted",
    problem="EBS snapshot is not encrypted",
    version=2,
    severity=Severity.MEDIUM,
    controls=("practices:encryption",),
    aliases=("prowler:ec2_ebs_snapshots_encrypted",),
    remediation=Remediation(
        console="EC2 → Snapshots → Copy snapshot with Encrypt this snapshot, check the copy, delete the original. "
        "Encrypt the volume too, or the next snapshot is as this one.",
        cli="aws ec2 copy-snapshot --region {region} --source-region {region} --source-snapshot-id {id} --encrypted",
    ),
    examples=(
        passes({"Encrypted": True}),
        fails({"Encrypted": False}),
        is_unknown({"Encrypted": denied("ec2:DescribeSnapshots")}),
    ),
)
def ec2_snapshot_encrypted(snapshot: Resource) -> Outcome:
    """Only an unencrypted snapshot can be made public, or be read by whoever it is shared with without a key."""
    if snapshot.config["Encrypted"]:
        return passed("The snapshot is encrypted.", "Encrypted")
    return failed("The snapshot is not encrypted.", "Encrypted")


@classified(
    SNAPSHOT,
    "EBS snapshot",
    cli="aws ec2 create-tags --region {region} --resources {id} --tags Key=data-classification,Value=internal",
)
def ec2_snapshot_classified(snapshot: Resource) -> Outcome:
    """A snapshot outlives its volume and travels between accounts and regions; the tag must travel with it."""
    if POPULATION in snapshot.config:
        return not_applicable("A machine made it of a volume, which is judged itself.", POPULATION)
    return classification_known(snapshot)
