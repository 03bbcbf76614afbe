"""Judge machine images: who may launch them, and disk encryption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from posture.checks.sharing import SHARED, judge_shared_accounts, shared_with
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, Status, failed, not_applicable, passed, unknown
from posture.core.related import Related
from posture.core.resource import GLOBAL, Resource

IMAGE = "AWS::EC2::Image"
ACCOUNT = "AWS::Account::Account"
OURS, THEIRS = "o-a1b2c3d4e5", "o-f6a7b8c9d0"


def _launched_by(**permission: str) -> dict[str, Any]:
    return {"Public": False, "LaunchPermissions": [permission]}


def _organization(organization_id: str) -> dict[str, Any]:
    return _launched_by(OrganizationArn=f"arn:aws:organizations::999988887777:organization/{organization_id}")


MEMBER = neighbour(ACCOUNT, {"AccountId": "111122223333", "Organization": {"Id": OURS}}, region=GLOBAL)
ALONE = neighbour(ACCOUNT, {"AccountId": "111122223333", "Organization": None}, region=GLOBAL)
PRIVATE = {"Public": False, "LaunchPermissions": []}
SHARED_BY_ID = _launched_by(UserId="444455556666")


@check(
    resource_type=IMAGE,
    title="Machine image is not public",
    problem="Machine image is public",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:data",),
    aliases=("prowler:ec2_ami_public",),
    remediation=Remediation(
        console="EC2 → AMIs → the image → Actions → Edit AMI permissions → Private. Then EC2 → Settings → Block public "
        "access for AMIs.",
        cli="aws ec2 modify-image-attribute --region {region} --image-id {id} "
        "--attribute launchPermission --operation-type remove --user-groups all",
        terraform='resource "aws_ec2_image_block_public_access" "this" {\n  state = "block-new-sharing"\n}',
    ),
    examples=(
        passes({"Public": False}),
        fails({"Public": True}),
        is_unknown({"Public": denied("ec2:DescribeImages")}),
    ),
)
def ec2_image_not_public(image: Resource) -> Outcome:
    """Anyone can launch a public image and search its disks for keys, code and configuration at leisure."""
    if image.config["Public"]:
        return failed("Every AWS account may launch the image.", "Public")
    return passed("The image is not public.", "Public")


@check(
    resource_type=IMAGE,
    title="Machine image is not shared outside the organization",
    problem="Machine image is shared outside the organization",
    severity=Severity.MEDIUM,
    controls=("practices:data",),
    needs=(ACCOUNT,),
    remediation=Remediation(
        console="EC2 → AMIs → the image → Actions → Edit AMI permissions: remove the account. To share within the "
        "organization, add the organization's ARN and not single accounts.",
        cli="aws ec2 modify-image-attribute --region {region} --image-id {id} "
        "--attribute launchPermission --operation-type remove --user-ids YOUR-ACCOUNT",
    ),
    examples=(
        passes(PRIVATE, related=(MEMBER,)),
        passes(
            {**SHARED_BY_ID, SHARED: shared_with("444455556666", inside=True)},
            "an account of the organization",
            related=(MEMBER,),
        ),
        passes(_organization(OURS), "the whole organization", related=(MEMBER,)),
        fails(
            {**SHARED_BY_ID, SHARED: shared_with("444455556666", inside=False)},
            "an account outside the organization",
            related=(MEMBER,),
        ),
        fails(_organization(THEIRS), "another organization", related=(MEMBER,)),
        fails(
            _launched_by(OrganizationalUnitArn=f"arn:aws:organizations::999988887777:ou/{THEIRS}/ou-ab12-11111111"),
            "a unit of another organization",
            related=(MEMBER,),
        ),
        fails(_organization(THEIRS), "an account without an organization", related=(ALONE,)),
        is_unknown(
            {**SHARED_BY_ID, SHARED: shared_with("444455556666", inside=None)},
            "the organization's accounts are not known",
            related=(MEMBER,),
        ),
        is_unknown(_organization(OURS), "the account's organization is not known", gaps=(ACCOUNT,)),
        is_unknown({"Public": False, "LaunchPermissions": denied("ec2:DescribeImageAttribute")}),
        does_not_apply({"Public": True, "LaunchPermissions": [{"Group": "all"}]}, "it is public"),
    ),
)
def ec2_image_not_shared_outside(image: Resource, related: Related) -> Outcome:
    """Whoever may launch an image can read all of its disk: code, configuration and what was forgotten on it.

    A share with a supplier or an old account lasts until somebody removes it, and each new image that is built from
    a script shares it again.
    """
    if image.config["Public"]:
        return not_applicable("The image is public, which is judged on its own.", "Public")
    permissions = list(enumerate(image.config.items_of("LaunchPermissions")))
    accounts = [each["UserId"] for _, each in permissions if each.get("UserId")]
    by_accounts = judge_shared_accounts(image, accounts, "LaunchPermissions")
    organizations = {f"LaunchPermissions[{index}]": _organization_of(each) for index, each in permissions}
    named = {path: organization for path, organization in organizations.items() if organization}
    if by_accounts.status is Status.FAIL or not named:
        return by_accounts
    accounts_here = related.everywhere(ACCOUNT)
    if not accounts_here:
        return unknown("The account's organization is not known.", "LaunchPermissions")
    organization = accounts_here[0].config["Organization"]
    own = organization["Id"] if organization else ""
    foreign = {path: organization for path, organization in named.items() if organization != own}
    if foreign:
        return failed(f"Shared with another organization, {', '.join(foreign.values())}.", *foreign)
    return by_accounts if accounts else passed("Shared within the organization alone.", "LaunchPermissions")


def _organization_of(permission: Mapping[str, str]) -> str:
    """Return the id of the organization whose accounts may launch, or nothing."""
    arn = permission.get("OrganizationArn") or permission.get("OrganizationalUnitArn") or ""
    return arn.split("/")[1] if "/" in arn else ""


@check(
    resource_type=IMAGE,
    title="Machine image has encrypted disks",
    problem="Machine image has unencrypted disks",
    severity=Severity.LOW,
    controls=("practices:encryption",),
    remediation=Remediation(
        console="EC2 → AMIs → Actions → Copy AMI with Encrypt EBS snapshots; move launch templates to the copy and "
        "deregister the original.",
        cli="aws ec2 copy-image --region {region} --source-region {region} --source-image-id {id} --name "
        "{name}-encrypted "
        "--encrypted",
    ),
    examples=(
        passes({"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}]}),
        fails({"BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": False}}]}),
        is_unknown({"BlockDeviceMappings": denied("ec2:DescribeImages")}),
        does_not_apply({"BlockDeviceMappings": [{"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}]}, "no EBS"),
    ),
)
def ec2_image_encrypted(image: Resource) -> Outcome:
    """What starts from an unencrypted image has unencrypted disks, unless somebody thinks of it at each launch."""
    disks = [
        (index, mapping)
        for index, mapping in enumerate(image.config.items_of("BlockDeviceMappings"))
        if mapping.get("Ebs")
    ]
    if not disks:
        return not_applicable("The image has no EBS disks.", "BlockDeviceMappings")
    plain = [(index, mapping["DeviceName"]) for index, mapping in disks if not mapping["Ebs"].get("Encrypted")]
    if plain:
        names = ", ".join(name for _, name in plain)
        return failed(
            f"Not encrypted: {names}.", *(f"BlockDeviceMappings[{index}].Ebs.Encrypted" for index, _ in plain)
        )
    return passed("Every disk of the image is encrypted.", "BlockDeviceMappings")
