"""IAM Identity Center: its directory, permission sets and assignments.

It is kept on the overlay's shelves. Each permission set also is a role in the accounts that it is assigned in.
"""

from __future__ import annotations

import json
from typing import Any

from devtools.simulator.builder import Builder, made_up
from devtools.simulator.declared import GLOBAL, Name
from devtools.simulator.kinds import kind, removal, tags_of
from devtools.simulator.kinds.access import make_role, remove_role

SERVICE, DIRECTORY = "sso-admin", "identitystore"
CENTER = "identity-center"
SAML_PROVIDER = "AWSSSO_DO_NOT_DELETE"


@kind(CENTER, 10)
def make_center(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make the instance in its region, with `people`, and `groups` with their members."""
    number = made_up("", name.account, CENTER, length=16)
    store = f"d-{number[:10]}"
    instance = {
        "InstanceArn": f"arn:aws:sso:::instance/ssoins-{number}",
        "IdentityStoreId": store,
        "OwnerAccountId": name.account,
        "Name": name.name,
        "Status": "ACTIVE",
        "CreatedDate": builder.opened(name.account),
    }
    builder.remember(name, instance=instance["InstanceArn"], number=number)
    builder.put(name.account, name.region, SERVICE, instances=[instance])
    users = [{"UserId": _id("user", one), "UserName": one, "IdentityStoreId": store} for one in now["people"]]
    groups = [{"GroupId": _id("group", one), "DisplayName": one, "IdentityStoreId": store} for one in now["groups"]]
    members = {_id("group", one): [_id("user", user) for user in of] for one, of in now["groups"].items()}
    builder.put(name.account, name.region, DIRECTORY, users=users, groups=groups, members=members)


def _id(kind_of: str, label: str) -> str:
    digits = made_up("", kind_of, label, length=32)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


@kind("permission-set", 11)
def make_permission_set(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a permission set with AWS's own `policies` or `statements`, for `hours`."""
    center = _center(builder, name)
    arn = f"arn:aws:sso:::permissionSet/ssoins-{center['number']}/{made_up('ps-', name.name, length=16)}"
    builder.remember(name, arn=arn)
    described = {
        "Name": name.name,
        "PermissionSetArn": arn,
        "Description": now.get("description", ""),
        "SessionDuration": f"PT{now.get('hours', 1)}H",
        "CreatedDate": builder.recall(name).get("created") or builder.stamp(),
        "policies": now.get("policies", []),
        "inline": _inline(now),
        "Tags": tags_of(now),
    }
    builder.remember(name, created=described["CreatedDate"])
    builder.append(name.account, name.region, SERVICE, "sets", described, by="PermissionSetArn")


def _inline(now: dict[str, Any]) -> str:
    statements = now.get("statements")
    return json.dumps({"Version": "2012-10-17", "Statement": json.loads(statements)}) if statements else ""


@kind("assignment", 90)
def make_assignment(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Give a `group` or `user` a permission `set` in `accounts`.

    A group that is in no directory is one that was deleted there. `used` is how long ago the role was used last.
    Accounts that a shorter organization lacks are left out.
    """
    now, before = _within(builder, now), _within(builder, before)
    removed = set(before["accounts"]) - set(now["accounts"])
    _put(builder, name, now, before, [builder.declared.by_name[one].id for one in now["accounts"]])
    for account in sorted(removed):
        _take_role(builder, builder.declared.by_name[account].id, before)
    for account in now["accounts"]:
        _give_role(builder, name, builder.declared.by_name[account].id, now)


def _within(builder: Builder, settings: dict[str, Any]) -> dict[str, Any]:
    known = [one for one in settings.get("accounts", []) if one in builder.declared.by_name]
    return {**settings, "accounts": known}


@removal("assignment")
def remove_assignment(builder: Builder, name: Name, before: dict[str, Any]) -> None:
    _put(builder, name, before, before, [])


def _put(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any], accounts: list[str]) -> None:
    """Replace what the assignment put on the shelf."""
    kind_of = "group" if "group" in now else "user"
    arn = builder.known("permission-set", name, now["set"])["arn"]
    kept = builder.on_shelf(name.account, name.region, SERVICE).get("assignments", [])
    made = [
        {
            "AccountId": account,
            "PermissionSetArn": arn,
            "PrincipalType": kind_of.upper(),
            "PrincipalId": _id(kind_of, now[kind_of]),
            "of": name.name,
        }
        for account in accounts
    ]
    others = [one for one in kept if one["of"] != name.name]
    builder.put(name.account, name.region, SERVICE, assignments=[*others, *made])


def _role_of(account: str, now: dict[str, Any]) -> Name:
    label = f"AWSReservedSSO_{now['set']}_{made_up('', account, now['set'], length=16)}"
    return Name("role", account, GLOBAL, label)


def _give_role(builder: Builder, name: Name, account: str, now: dict[str, Any]) -> None:
    """Make the role that Identity Center keeps in the account for a permission set."""
    role = _role_of(account, now)
    if builder.recall(role):
        return
    of = builder.on_shelf(name.account, name.region, SERVICE)["sets"]
    found = next(one for one in of if one["Name"] == now["set"])
    settings = {
        "path": f"/aws-reserved/sso.amazonaws.com/{name.region}/",
        "trust": [{"saml": SAML_PROVIDER}],
        "policies": found["policies"],
        "used": now.get("used", 1),
        **({"statements": json.dumps(json.loads(found["inline"])["Statement"])} if found["inline"] else {}),
    }
    with builder.at(account):
        make_role(builder, role, settings, {})


def _take_role(builder: Builder, account: str, before: dict[str, Any]) -> None:
    role = _role_of(account, before)
    if builder.recall(role):
        with builder.at(account):
            remove_role(builder, role, {})


def _center(builder: Builder, near: Name) -> dict[str, Any]:
    return builder.known(CENTER, near, CENTER)
