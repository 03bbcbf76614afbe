"""IAM roles: who may assume them, and by which policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from posture.collectors.iam_authorization import (
    ACTION,
    attached_policies,
    boundary_of,
    details,
    inline_policies,
    policy,
)
from posture.collectors.shared_accounts import shared_accounts
from posture.core.collector import Ask, Column, Family, ListingScope, Relation, collector
from posture.core.policy import parse
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown


@collector(
    resource_type="AWS::IAM::Role",
    title="IAM role",
    plural="IAM roles",
    service="iam",
    family=Family.IDENTITY,
    scope=ListingScope.GLOBAL,
    actions=(ACTION,),
    columns=(
        Column("Path", "Path"),
        Column("AttachedManagedPolicies", "Managed policies"),
        Column("RolePolicyList.PolicyName", "Inline policies"),
        Column("PermissionsBoundary", "Boundary"),
        Column("SharedAccounts.AccountId", "Trusted accounts"),
        Column("observed.RoleLastUsed.LastUsedDate", "Last used"),
    ),
    relations=(
        Relation("AttachedManagedPolicies", "AWS::IAM::ManagedPolicy"),
        Relation("PermissionsBoundary", "AWS::IAM::ManagedPolicy"),
    ),
    observed=("RoleLastUsed",),
    unordered=("SharedAccounts",),
)
def roles(ask: Ask) -> Iterator[Resource]:
    """A role is what workloads, people from outside and AWS's own services become; its trust policy says who may.

    `SharedAccounts` lists the other accounts that the trust policy names.
    """
    for raw in details(ask, "RoleDetailList"):
        trust = policy(raw.get("AssumeRolePolicyDocument"))
        full = {
            "RoleName": raw["RoleName"],
            "RoleId": raw.get("RoleId"),
            "Path": raw.get("Path"),
            "CreateDate": raw.get("CreateDate"),
            "AssumeRolePolicyDocument": trust,
            "RolePolicyList": inline_policies(raw.get("RolePolicyList")),
            "AttachedManagedPolicies": attached_policies(raw.get("AttachedManagedPolicies")),
            "PermissionsBoundary": boundary_of(raw),
            "RoleLastUsed": raw.get("RoleLastUsed") or {},
            **shared_accounts(ask, _trusted(trust)),
        }
        yield ask.resource(full, arn=raw["Arn"], name=raw["RoleName"], region=GLOBAL, tags=raw.get("Tags"))


def _trusted(trust: Mapping[str, Any] | Unknown | None) -> set[str] | Unknown:
    if isinstance(trust, Unknown):
        return trust
    return {
        principal.account_id
        for statement in parse(trust or {}).allows
        for principal in statement.principals
        if principal.kind == "AWS" and principal.account_id
    }
