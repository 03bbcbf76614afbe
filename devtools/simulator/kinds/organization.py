"""The organization itself: units, accounts, policies, delegated administrators.

And the caller from outside.
"""

from __future__ import annotations

import json
from typing import Any

from devtools.simulator.builder import Builder
from devtools.simulator.declared import GLOBAL, Name
from devtools.simulator.kinds import kind, removal

SHELVES = {
    "detective.amazonaws.com": "detective",
    "guardduty.amazonaws.com": "guardduty",
    "inspector2.amazonaws.com": "inspector2",
    "macie.amazonaws.com": "macie2",
    "securityhub.amazonaws.com": "securityhub",
}
"""Services whose administrator the overlay must know, by service principal."""


@kind("organization", 0)
def make_organization(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Found the organization.

    `email` of the management account, `regions`, `root_features`.
    """
    # At once, not with the rest: the next calls are answered by it.
    builder.control.put("*", GLOBAL, "organization", **_facts(builder, name, now))
    if builder.recall(name):
        return
    organizations = builder.client("organizations", GLOBAL)
    made = organizations.create_organization(FeatureSet="ALL")["Organization"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    for policy_type in now.get("policy_types", []):
        organizations.enable_policy_type(RootId=root, PolicyType=policy_type)
    for service in now.get("trusted", []):
        organizations.enable_aws_service_access(ServicePrincipal=service)
    builder.remember(name, id=made["Id"], root=root)
    builder.control.put("*", GLOBAL, "organization", id=made["Id"])


def _facts(builder: Builder, name: Name, now: dict[str, Any]) -> dict[str, Any]:
    return {
        "management": name.account,
        "email": now["email"],
        "name": builder.declared.by_id[name.account].name,
        "regions": now["regions"],
        "root_features": now.get("root_features", []),
        "reserved_ids": {a.email: a.id for a in builder.declared.accounts},
    }


@kind("ou", 1)
def make_ou(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make an organizational unit; its name is its path."""
    if builder.recall(name):
        return
    parent, _, label = name.name.rpartition("/")
    unit = builder.client("organizations", GLOBAL).create_organizational_unit(
        ParentId=_unit_id(builder, name, parent), Name=label
    )
    builder.remember(name, ou=unit["OrganizationalUnit"]["Id"])


def _unit_id(builder: Builder, near: Name, path: str) -> str:
    if path:
        return str(builder.known("ou", near, path)["ou"])
    return str(builder.known("organization", near, "organization")["root"])


@kind("account", 5)
def make_account(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Create a member account in its `ou`, move it, or close it (`status` SUSPENDED)."""
    account = now["account"]
    organizations = builder.client("organizations", GLOBAL)
    if account != name.account:
        if not builder.recall(name):
            declared = builder.declared.by_id[account]
            builder.control.clock(builder.opened(account))
            organizations.create_account(
                Email=declared.email,
                AccountName=declared.name,
                Tags=[{"Key": k, "Value": v} for k, v in now.get("tags", {}).items() if v],
            )
            builder.remember(name, account=account, parent=_unit_id(builder, name, ""))
        parent = _unit_id(builder, name, now["ou"])
        if (old := builder.recall(name)["parent"]) != parent:
            organizations.move_account(AccountId=account, SourceParentId=old, DestinationParentId=parent)
            builder.remember(name, parent=parent)
    if now["status"] == "SUSPENDED" != before.get("status"):
        organizations.close_account(AccountId=account)


@kind("policy", 7)
def make_policy(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make an organization policy of a `type` and attach it to units (`attached`)."""
    organizations = builder.client("organizations", GLOBAL)
    if not builder.recall(name):
        content = json.dumps({"Version": "2012-10-17", "Statement": json.loads(now["statement"])})
        made = organizations.create_policy(
            Name=name.name, Description=now.get("description", ""), Type=now["type"], Content=content
        )
        builder.remember(name, policy=made["Policy"]["PolicySummary"]["Id"])
    policy = builder.recall(name)["policy"]
    for path in set(now.get("attached", [])) - set(before.get("attached", [])):
        organizations.attach_policy(PolicyId=policy, TargetId=_unit_id(builder, name, path))
    for path in set(before.get("attached", [])) - set(now.get("attached", [])):
        organizations.detach_policy(PolicyId=policy, TargetId=_unit_id(builder, name, path))


@kind("delegation", 8)
def make_delegation(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Delegate `services` to the account that the name says."""
    account = builder.declared.by_name[name.name].id
    for service in set(now["services"]) - set(before.get("services", [])):
        builder.client("organizations", GLOBAL).register_delegated_administrator(
            AccountId=account, ServicePrincipal=service
        )
        if service in SHELVES:
            builder.put(name.account, GLOBAL, SHELVES[service], admin=account)


@kind("caller", 9)
def make_caller(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Give `access_key` to the IAM user or role that Plumbline runs as."""
    arn = f"arn:aws:iam::{name.account}:user/{name.name}"
    builder.control.ask("POST", "callers", account=name.account, access_key=now["access_key"], arn=arn)


@kind("denied", 92)
def make_denied(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Take a permission away from everybody in the account.

    `actions`, and the `cause` that AWS will name.
    """
    builder.control.fault(
        "deny",
        now["actions"],
        id=_fault_id(name),
        accounts=[name.account],
        regions=now.get("regions", ["*"]),
        cause=now.get("cause", "identity"),
        policy=now.get("policy", ""),
    )


@removal("denied")
def remove_denied(builder: Builder, name: Name, before: dict[str, Any]) -> None:
    builder.control.clear_faults(_fault_id(name))


def _fault_id(name: Name) -> str:
    return f"story-{name.account}-{name.name}"
