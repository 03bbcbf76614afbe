"""Judges inline policies of groups."""

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
from posture.core.check import check
from posture.core.outcome import Outcome, Severity
from posture.core.resource import Resource

GROUP = "AWS::IAM::Group"


@check(
    resource_type=GROUP,
    title="Group's inline policies do not allow everything",
    problem="Group's inline policy allows everything",
    severity=Severity.HIGH,
    controls=("practices:iam", "cis_aws_7:2.14"),
    aliases=ADMINISTRATOR_ALIASES,
    remediation=edit_inline("User groups"),
    examples=inline_examples("GroupPolicyList", EVERYTHING),
)
def iam_group_inline_not_everything(group: Resource) -> Outcome:
    """Whoever is added to such a group becomes an administrator, and the group's name seldom says so."""
    return judge_inline(group, "GroupPolicyList", is_everything, EVERYTHING_WRONG, EVERYTHING_RIGHT)


@check(
    resource_type=GROUP,
    title="Group's inline policies do not allow decrypting by every KMS key",
    problem="Group's inline policy allows decrypting by every KMS key",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "practices:encryption", "aws_fsbp:KMS.2"),
    aliases=("securityhub:KMS.2",),
    remediation=edit_inline("User groups"),
    examples=inline_examples("GroupPolicyList", DECRYPTS_ALL),
)
def iam_group_inline_no_decryption_by_every_key(group: Resource) -> Outcome:
    """Keys keep data apart only where each of them opens for those alone who work with that data."""
    return judge_inline(group, "GroupPolicyList", decrypts_by_every_key, KEYS_WRONG, KEYS_RIGHT)
