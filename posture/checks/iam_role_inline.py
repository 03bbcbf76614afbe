"""Judges inline policies of roles."""

from __future__ import annotations

from posture.checks.iam_grants import (
    ADMINISTRATOR_ALIASES,
    DECRYPTS_ALL,
    EVERYTHING,
    EVERYTHING_RIGHT,
    EVERYTHING_WRONG,
    KEYS_RIGHT,
    KEYS_WRONG,
    decrypts_by_every_key,
    edit_inline,
    inline_examples,
    is_everything,
    judge_inline,
)
from posture.checks.iam_trust import ROLE, is_by_aws
from posture.core.check import check
from posture.core.outcome import Outcome, Severity, not_applicable
from posture.core.resource import Resource


@check(
    resource_type=ROLE,
    title="Role's inline policies do not allow everything",
    problem="Role's inline policy allows everything",
    severity=Severity.HIGH,
    controls=("practices:iam", "cis_aws_7:2.14"),
    aliases=ADMINISTRATOR_ALIASES,
    remediation=edit_inline("Roles"),
    examples=inline_examples("RolePolicyList", EVERYTHING, Path="/"),
)
def iam_role_inline_not_everything(role: Resource) -> Outcome:
    """An inline policy hides in its role: no list of policies shows that one more thing is an administrator."""
    if is_by_aws(role):
        return not_applicable("AWS made the role and keeps its policies.", "Path")
    return judge_inline(role, "RolePolicyList", is_everything, EVERYTHING_WRONG, EVERYTHING_RIGHT)


@check(
    resource_type=ROLE,
    title="Role's inline policies do not allow decrypting by every KMS key",
    problem="Role's inline policy allows decrypting by every KMS key",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "practices:encryption", "aws_fsbp:KMS.2"),
    aliases=("securityhub:KMS.2",),
    remediation=edit_inline("Roles"),
    examples=inline_examples("RolePolicyList", DECRYPTS_ALL, Path="/"),
)
def iam_role_inline_no_decryption_by_every_key(role: Resource) -> Outcome:
    """Keys keep data apart only where each of them opens for those alone who work with that data."""
    if is_by_aws(role):
        return not_applicable("AWS made the role and keeps its policies.", "Path")
    return judge_inline(role, "RolePolicyList", decrypts_by_every_key, KEYS_WRONG, KEYS_RIGHT)
