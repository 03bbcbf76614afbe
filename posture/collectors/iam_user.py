"""IAM users: credentials, by the credential report, and policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.collectors import credential_report
from posture.collectors.iam_authorization import (
    ACTION,
    attached_policies,
    boundary_of,
    details_or_unknown,
    inline_policies,
)
from posture.core.collector import Ask, Column, Family, ListingScope, Relation, collector
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown

_FROM_DETAILS = ("GroupList", "UserPolicyList", "AttachedManagedPolicies", "PermissionsBoundary")


@collector(
    resource_type="AWS::IAM::User",
    title="IAM user",
    plural="IAM users",
    service="iam",
    family=Family.IDENTITY,
    scope=ListingScope.GLOBAL,
    actions=(*credential_report.ACTIONS, ACTION),
    columns=(
        Column("password_enabled", "Password"),
        Column("mfa_active", "MFA"),
        Column("access_key_1_active", "First key"),
        Column("access_key_2_active", "Second key"),
        Column("GroupList", "Groups"),
        Column("observed.password_last_used", "Signed in"),
        Column("observed.access_key_1_last_used_date", "First key used"),
    ),
    relations=(
        Relation("GroupList", "AWS::IAM::Group", "arn:{partition}:iam::{account}:group/{id}"),
        Relation("AttachedManagedPolicies", "AWS::IAM::ManagedPolicy"),
        Relation("PermissionsBoundary", "AWS::IAM::ManagedPolicy"),
    ),
    ignored=credential_report.IGNORED,
    observed=credential_report.LAST_USED,
    unordered=("GroupList",),
)
def users(ask: Ask) -> Iterator[Resource]:
    """A user has credentials that last until somebody ends them: passwords and keys that can be stolen."""
    found = details_or_unknown(ask, "UserDetailList")
    by_arn = found if isinstance(found, Unknown) else {raw["Arn"]: raw for raw in found}
    for row in credential_report.rows(ask):
        if row["user"] == credential_report.ROOT:
            continue
        permissions, tags = _permissions(by_arn, row["arn"])
        full = {**row, **permissions}
        yield ask.resource(full, arn=row["arn"], name=str(row["user"]), region=GLOBAL, tags=tags)


def _permissions(details: Mapping[str, Mapping[str, Any]] | Unknown, arn: str) -> tuple[dict[str, Any], Any]:
    """Return a user's details and tags; nothing of one made since or deleted."""
    if isinstance(details, Unknown):
        return dict.fromkeys(_FROM_DETAILS, details), details
    if arn not in details:
        return {}, None
    raw = details[arn]
    return {
        "GroupList": list(raw.get("GroupList") or ()),
        "UserPolicyList": inline_policies(raw.get("UserPolicyList")),
        "AttachedManagedPolicies": attached_policies(raw.get("AttachedManagedPolicies")),
        "PermissionsBoundary": boundary_of(raw),
    }, raw.get("Tags")
