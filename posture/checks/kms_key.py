"""Judge customer managed KMS keys: rotation, deletion, and who may use them."""

from __future__ import annotations

from typing import Any

from posture.checks.stores import judge_policy_not_public, policy_examples
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.parameters import days
from posture.core.resource import Resource
from posture.core.values import Fields, first_known

KEY = "AWS::KMS::Key"
ROTATION_DAYS = days(
    "kms_rotation_days",
    "Rotation of KMS keys",
    "A KMS key's material has to be replaced after so many days, or sooner.",
    default=366,
    minimum=90,
    maximum=2560,
    source="CIS 4.6 and KMS.4: a year",
)
_ON = {"KeyRotationEnabled": True, "RotationPeriodInDays": 365}
_OFF = {"KeyRotationEnabled": False}


def _metadata(**changed: Any) -> dict[str, Any]:
    """Return what describes an ordinary key, with changes, for examples."""
    return {"KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS", **changed}


@check(
    resource_type=KEY,
    title="KMS key rotates in time",
    problem="KMS key does not rotate in time",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "cis_aws_7:4.6", "aws_fsbp:KMS.4"),
    aliases=("prowler:kms_cmk_rotation_enabled", "securityhub:KMS.4"),
    remediation=Remediation(
        console="KMS → Customer managed keys → the key → Key rotation → Edit → Enable automatic rotation.",
        cli="aws kms enable-key-rotation --region {region} --key-id {arn}",
        terraform='resource "aws_kms_key" "this" {\n  enable_key_rotation = true\n}',
    ),
    examples=(
        passes({"KeyMetadata": _metadata(), "KeyRotationStatus": _ON}),
        fails({"KeyMetadata": _metadata(), "KeyRotationStatus": _OFF}),
        fails({"KeyMetadata": _metadata(), "KeyRotationStatus": {**_ON, "RotationPeriodInDays": 2560}}, "seven years"),
        fails(
            {"KeyMetadata": _metadata(), "KeyRotationStatus": _ON},
            "with a limit of 180 days",
            parameters={ROTATION_DAYS.name: 180},
        ),
        is_unknown({"KeyMetadata": _metadata(), "KeyRotationStatus": denied("kms:GetKeyRotationStatus")}),
        does_not_apply({"KeyMetadata": _metadata(KeySpec="RSA_2048"), "KeyRotationStatus": None}, "asymmetric"),
        does_not_apply({"KeyMetadata": _metadata(Origin="EXTERNAL"), "KeyRotationStatus": _OFF}, "imported"),
        does_not_apply({"KeyMetadata": _metadata(KeyState="Disabled"), "KeyRotationStatus": _OFF}, "disabled"),
    ),
)
def kms_key_rotation_enabled(key: Resource) -> Outcome:
    """Rotation bounds how much one key material ever encrypts. Old data stays readable; nothing has to be done."""
    reason = _cannot_rotate(key.config["KeyMetadata"], key.region)
    if reason:
        return not_applicable(reason, "KeyMetadata")
    status = key.config.get("KeyRotationStatus") or {}
    if not status.get("KeyRotationEnabled"):
        return failed("Automatic rotation is off.", "KeyRotationStatus")
    period = status.get("RotationPeriodInDays") or 365
    if period > ROTATION_DAYS.value:
        return failed(f"The key rotates every {period} days only.", "KeyRotationStatus.RotationPeriodInDays")
    return passed(f"The key rotates every {period} days.", "KeyRotationStatus.KeyRotationEnabled")


@check(
    resource_type=KEY,
    title="KMS key is not about to be deleted",
    problem="KMS key is about to be deleted",
    severity=Severity.HIGH,
    controls=("practices:encryption", "practices:data", "aws_fsbp:KMS.3"),
    aliases=("prowler:kms_cmk_not_deleted_unintentionally", "securityhub:KMS.3"),
    remediation=Remediation(
        console="KMS → Customer managed keys → the key → Key actions → Cancel key deletion; disable it instead, and "
        "watch "
        "CloudTrail for who still uses it.",
        cli="aws kms cancel-key-deletion --region {region} --key-id {arn}",
    ),
    examples=(
        passes({"KeyMetadata": _metadata()}),
        fails({"KeyMetadata": _metadata(KeyState="PendingDeletion", DeletionDate="2026-06-20T00:00:00Z")}),
        is_unknown({"KeyMetadata": denied("kms:DescribeKey")}),
    ),
    version=2,
)
def kms_key_not_pending_deletion(key: Resource) -> Outcome:
    """When a key is gone, everything that it encrypted is gone, backups included. Nobody can bring it back.

    This may be wanted; then accept the finding until the day.
    """
    metadata = key.config["KeyMetadata"]
    # The primary of a multi-Region key waits until its replicas are gone.
    if metadata["KeyState"] in {"PendingDeletion", "PendingReplicaDeletion"}:
        day = str(metadata.get("DeletionDate") or "an unknown day")[:10]
        return failed(f"The key is deleted on {day}.", "KeyMetadata.KeyState")
    return passed("No deletion is scheduled.", "KeyMetadata.KeyState")


@check(
    resource_type=KEY,
    title="KMS key policy lets in nobody unknown",
    problem="KMS key policy allows public access",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:iam", "practices:encryption", "cis_aws_7:2.21", "aws_fsbp:KMS.5"),
    aliases=("prowler:kms_key_not_publicly_accessible", "securityhub:KMS.5"),
    remediation=Remediation(
        console="KMS → Customer managed keys → the key → Key policy → Edit: name the principals, or add "
        "kms:CallerAccount or "
        "aws:PrincipalOrgID.",
        cli="aws kms put-key-policy --region {region} --key-id {arn} --policy-name default --policy file://policy.json",
    ),
    examples=(
        *policy_examples("KeyPolicy", "kms:GetKeyPolicy"),
        is_unknown({"KeyMetadata": denied("kms:DescribeKey"), "Aliases": [], "KeyPolicy": None}, "whose key it is"),
        passes({"KeyMetadata": denied("kms:DescribeKey"), "Aliases": ["alias/crm"], "KeyPolicy": None}, "a customer's"),
    ),
    version=3,
)
def kms_key_policy_not_public(key: Resource) -> Outcome:
    """Who may use the key reads what it encrypts, and a policy that names everyone means every AWS account."""
    # Raises: AWS decides who may use its own keys, and without description or alias nothing shows whose this is.
    first_known(lambda: key.config.get("KeyMetadata"), lambda: key.config.get("Aliases") or None)
    return judge_policy_not_public(key, "KeyPolicy")


def _cannot_rotate(metadata: Fields, region: str) -> str | None:
    if metadata.get("KeyState") != "Enabled":
        return f"The key is {str(metadata.get('KeyState')).lower()}."
    if metadata.get("KeySpec") != "SYMMETRIC_DEFAULT":
        return f"Keys of the kind {metadata.get('KeySpec')} do not rotate by themselves."
    if metadata.get("Origin") != "AWS_KMS":
        return "KMS did not make the key's material, and does not renew it."
    primary = metadata.at("MultiRegionConfiguration", "PrimaryKey", "Region")
    return f"The key is a replica and rotates with its primary in {primary}." if primary and primary != region else None
