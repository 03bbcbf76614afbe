"""Who has which permission set in which account, by IAM Identity Center."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.collectors.sso_center import FINDING, GONE, SERVICE, accounts, instances, name_of, of, permission_sets
from posture.core.collector import Ask, Column, Family, ListingScope, Relation, collector
from posture.core.resource import Resource
from posture.core.values import Unknown, UnknownFieldError

_NAMES = {"USER": ("describe_user", "UserName", "UserId"), "GROUP": ("describe_group", "DisplayName", "GroupId")}
"""How the identity store is asked for a principal: operation, the name in its answer, and the id's parameter."""


@collector(
    resource_type="AWS::SSO::Assignment",
    title="Account assignment",
    plural="Account assignments",
    service="sso-admin",
    family=Family.IDENTITY,
    scope=ListingScope.ORGANIZATION,
    actions=(
        *FINDING,
        "sso:ListPermissionSets",
        "sso:DescribePermissionSet",
        "sso:ListAccountsForProvisionedPermissionSet",
        "sso:ListAccountAssignments",
        "identitystore:DescribeGroup",
        "identitystore:DescribeUser",
    ),
    columns=(
        Column("PrincipalType", "Kind"),
        Column("PrincipalName", "Who"),
        Column("PermissionSetName", "Permission set"),
        Column("AccountId", "Account"),
    ),
    relations=(Relation("PermissionSetArn", "AWS::SSO::PermissionSet"),),
)
def assignments(ask: Ask) -> Iterator[Resource]:
    """An assignment gives a group or user a permission set in one account.

    `PrincipalName` is None where the directory no longer has the principal.
    """
    for instance in instances(ask):
        arns = permission_sets(ask, instance)
        listed = [each for one in ask.each(partial(_assigned, ask, instance), arns) for each in one]
        principals = sorted({(each["PrincipalType"], each["PrincipalId"]) for each in listed})
        names = dict(zip(principals, ask.each(partial(_name, ask, instance), principals), strict=True))
        for raw in listed:
            yield _assignment(ask, instance, raw, names[raw["PrincipalType"], raw["PrincipalId"]])


def _assigned(ask: Ask, instance: Mapping[str, Any], arn: str) -> list[dict[str, Any]]:
    """Return the assignments of a permission set; a refusal makes a gap."""
    ids = accounts(ask, instance, arn)
    if isinstance(ids, Unknown):
        raise UnknownFieldError(ids)
    if not ids:
        return []
    described = name_of(ask, instance, arn)
    name = described if described is None or isinstance(described, Unknown) else described.get("Name")
    found = ask.each(partial(_in_account, ask, instance, arn), ids)
    return [{**each, "PermissionSetName": name} for one in found for each in one]


def _in_account(ask: Ask, instance: Mapping[str, Any], arn: str, account_id: str) -> list[Mapping[str, Any]]:
    return list(
        ask.pages(
            SERVICE,
            "list_account_assignments",
            "AccountAssignments",
            region=instance["Region"],
            absent=GONE,
            AccountId=account_id,
            **of(instance, arn),
        )
    )


def _name(ask: Ask, instance: Mapping[str, Any], principal: tuple[str, str]) -> str | Unknown | None:
    """Return a principal's name; None where the identity store lacks it."""
    operation, key, parameter = _NAMES[principal[0]]
    asked = {"IdentityStoreId": instance["IdentityStoreId"], parameter: principal[1]}
    answer = ask.call("identitystore", operation, region=instance["Region"], absent=GONE, **asked)
    if answer is None or isinstance(answer, Unknown):
        return answer
    return str(answer.get(key) or principal[1])


def _assignment(
    ask: Ask, instance: Mapping[str, Any], raw: Mapping[str, Any], principal: str | Unknown | None
) -> Resource:
    permission_set, who = raw["PermissionSetName"], principal
    if permission_set is None or isinstance(permission_set, Unknown):
        permission_set = raw["PermissionSetArn"].rsplit("/", 1)[-1]
    if who is None or isinstance(who, Unknown):
        who = raw["PrincipalId"]
    place = raw["PermissionSetArn"].rpartition("permissionSet/")[2]
    path = f"assignment/{place}/{raw['AccountId']}/{raw['PrincipalType']}/{raw['PrincipalId']}"
    return ask.resource(
        {**raw, "PrincipalName": principal},
        arn=ask.arn("sso", path, region="", account_id=""),
        name=f"{permission_set} for {who} in {raw['AccountId']}",
        region=instance["Region"],
    )
