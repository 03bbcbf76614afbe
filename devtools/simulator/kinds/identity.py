"""IAM in one account.

The role that Plumbline assumes, root, users, password policy, contacts.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from devtools.simulator.builder import Builder
from devtools.simulator.declared import GLOBAL, Name
from devtools.simulator.kinds import kind, tags_of
from posture import permissions

STALE = "stale"


@kind("audit-role", 10)
def make_audit_role(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make the read-only role, trusted by one principal with the external id."""
    iam = builder.client("iam", GLOBAL)
    principal = (
        f"arn:aws:iam::{builder.declared.organization['management']}:user/{builder.declared.organization['caller']}"
    )
    policy = trust_policy(principal, now["external_id"])
    if not builder.recall(name):
        manages = now.get("manages", name.account == builder.declared.organization["management"])
        actions = permissions.management_actions() if manages else permissions.member_actions()
        deploy_role(iam, name.name, policy, actions, tags_of(now))
        builder.remember(name, role=name.name)
        put_last_use(builder, name, last_use(builder, 0))
    elif now["external_id"] != before.get("external_id"):
        iam.update_assume_role_policy(RoleName=name.name, PolicyDocument=policy)


def deploy_role(iam: Any, role: str, trust: str, actions: Sequence[str], tags: Sequence[dict[str, str]] = ()) -> None:
    """Make the role and its managed policies from the product's template."""
    iam.create_role(
        RoleName=role,
        AssumeRolePolicyDocument=trust,
        Description="Lets Plumbline read the account's configuration.",
        MaxSessionDuration=3600,
        Tags=[*tags, {"Key": permissions.VERSION_TAG, "Value": permissions.policy_version(actions)}],
    )
    for number, document in enumerate(permissions.split_policies(actions), start=1):
        name = permissions.policy_name(role, number)
        made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
        iam.attach_role_policy(RoleName=role, PolicyArn=made["Policy"]["Arn"])


def trust_policy(principal: str, external_id: str) -> str:
    """Return a trust policy for one principal, through its account.

    Re-creating the principal breaks no trust.
    """
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{principal.split(':')[4]}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "ArnEquals": {"aws:PrincipalArn": principal},
            "StringEquals": {"sts:ExternalId": external_id},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@kind("iam", 12)
def make_iam(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Set `alias`, `password_policy`, `root` and `users`.

    Users have keys, MFA, `policies` and `groups`. `password_policy` is '', 'weak' or 'strong'.
    """
    iam = builder.client("iam", GLOBAL)
    if now.get("alias") != before.get("alias"):
        iam.create_account_alias(AccountAlias=now["alias"])
    if now.get("password_policy") and now["password_policy"] != before.get("password_policy"):
        iam.update_account_password_policy(**_password_policy(now["password_policy"]))
    old = {u["name"]: u for u in before.get("users", [])}
    new = {u["name"]: u for u in now.get("users", [])}
    for user in new.keys() - old.keys():
        _make_user(builder, iam, name, new[user])
    for user in old.keys() - new.keys():
        _remove_user(builder, iam, name, old[user])
    for user in old.keys() & new.keys():
        _change_user(iam, name.account, old[user], new[user])
    rows = [_root_row(builder, name.account, now["root"]), *(_user_row(builder, name.account, u) for u in new.values())]
    builder.put(name.account, GLOBAL, "iam", root=now["root"], report=rows)


def _password_policy(strength: str) -> dict[str, Any]:
    strong = strength == "strong"
    return {
        "MinimumPasswordLength": 16 if strong else 8,
        "RequireSymbols": strong,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": strong,
        "RequireLowercaseCharacters": True,
        "AllowUsersToChangePassword": True,
        **({"MaxPasswordAge": 90, "PasswordReusePrevention": 24} if strong else {}),
    }


def _make_user(builder: Builder, iam: Any, name: Name, user: dict[str, Any]) -> None:
    iam.create_user(UserName=user["name"])
    for policy in user.get("policies", []):
        iam.attach_user_policy(UserName=user["name"], PolicyArn=managed_policy_arn(builder, name, policy))
    for group in user.get("groups", []):
        iam.add_user_to_group(UserName=user["name"], GroupName=group)
    if user.get("console"):
        iam.create_login_profile(UserName=user["name"], Password="Simulated-only-1!")  # noqa: S106
    if "key_age" in user:
        iam.create_access_key(UserName=user["name"])
    if user.get("mfa"):
        _add_mfa(iam, user["name"])


def _add_mfa(iam: Any, user: str) -> None:
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName=user, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )


def _remove_user(builder: Builder, iam: Any, name: Name, user: dict[str, Any]) -> None:
    _remove_keys(iam, user["name"])
    for policy in user.get("policies", []):
        iam.detach_user_policy(UserName=user["name"], PolicyArn=managed_policy_arn(builder, name, policy))
    for group in user.get("groups", []):
        iam.remove_user_from_group(UserName=user["name"], GroupName=group)
    if user.get("console"):
        iam.delete_login_profile(UserName=user["name"])
    for device in iam.list_mfa_devices(UserName=user["name"])["MFADevices"]:
        iam.deactivate_mfa_device(UserName=user["name"], SerialNumber=device["SerialNumber"])
        iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
    iam.delete_user(UserName=user["name"])


def _remove_keys(iam: Any, user: str) -> None:
    for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])


def _change_user(iam: Any, account: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    if new.get("mfa") and not old.get("mfa"):
        _add_mfa(iam, new["name"])
    if new.get("key_age") != old.get("key_age"):
        _remove_keys(iam, new["name"])
        if "key_age" in new:
            iam.create_access_key(UserName=new["name"])


def _root_row(builder: Builder, account: str, root: dict[str, Any]) -> dict[str, str]:
    keys = int(root.get("access_keys", 0))
    password = root.get("password", True)
    row = {
        "user": "<root_account>",
        "arn": f"arn:aws:iam::{account}:root",
        "user_creation_time": builder.opened(account),
        "password_enabled": "not_supported" if password else "false",
        "password_last_used": last_use(builder, root["used"]) if "used" in root else "no_information",
        "password_last_changed": "not_supported",
        "password_next_rotation": "not_supported",
        "mfa_active": _yes(root.get("mfa")),
    }
    return row | _keys(builder, [root.get("key_age", 400)] * keys, root.get("key_used", STALE)) | _no_certificates()


def _user_row(builder: Builder, account: str, user: dict[str, Any]) -> dict[str, str]:
    console = user.get("console")
    ages = [user["key_age"]] if "key_age" in user else []
    row = {
        "user": user["name"],
        "arn": f"arn:aws:iam::{account}:user/{user['name']}",
        "user_creation_time": _ago(builder, user.get("age", 500)),
        "password_enabled": _yes(console),
        "password_last_used": last_use(builder, user.get("console_used", 3)) if console else "N/A",
        "password_last_changed": _ago(builder, user.get("password_age", 60)) if console else "N/A",
        "password_next_rotation": "N/A",
        "mfa_active": _yes(user.get("mfa")),
    }
    return row | _keys(builder, ages, user.get("key_used", 1)) | _no_certificates()


def _keys(builder: Builder, ages: list[int], used: Any) -> dict[str, str]:
    row: dict[str, str] = {}
    for number in (1, 2):
        there = number <= len(ages)
        row |= {
            f"access_key_{number}_active": _yes(there),
            f"access_key_{number}_last_rotated": _ago(builder, ages[number - 1]) if there else "N/A",
            f"access_key_{number}_last_used_date": last_use(builder, used) if there else "N/A",
            f"access_key_{number}_last_used_region": builder.declared.regions[0] if there else "N/A",
            f"access_key_{number}_last_used_service": "s3" if there else "N/A",
        }
    return row


def _no_certificates() -> dict[str, str]:
    return {"cert_1_active": "false", "cert_2_active": "false"}


def last_use(builder: Builder, used: Any) -> str:
    """Return a last use that is constant from week to week, or long ago."""
    return _ago(builder, 150) if used == STALE else f"{used} days ago"


def put_last_use(builder: Builder, role: Name, when: str) -> None:
    """Keep when a role was used last, which moto does not know; '' for never."""
    known = builder.on_shelf(role.account, GLOBAL, "iam").get("last_used", {})
    builder.put(role.account, GLOBAL, "iam", last_used={**known, role.name: when})


def managed_policy_arn(builder: Builder, near: Name, policy: str) -> str:
    """Return the ARN of a policy of the account, else of AWS's own of that name."""
    own = builder.recall(Name("managed-policy", near.account, GLOBAL, policy))
    return str(own["policy"]) if own else f"arn:aws:iam::aws:policy/{policy}"


def _ago(builder: Builder, days: int) -> str:
    """Return days before the story's first week: a fixed date, so that things age."""
    return (builder.start - dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _yes(value: Any) -> str:
    return "true" if value else "false"


@kind("contacts", 11)
def make_contacts(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Set who AWS calls: the account's contact, and alternate contacts in `alternate`."""
    account = builder.declared.by_id[name.account]
    contact = {
        "FullName": account.owner,
        "CompanyName": builder.declared.organization["company"],
        "AddressLine1": "Lindenallee 12",
        "City": "Hamburg",
        "PostalCode": "20259",
        "CountryCode": "DE",
        "PhoneNumber": "+494055501",
    }
    builder.put(name.account, GLOBAL, "account", contact=contact)
    for kind_of in set(now.get("alternate", [])) - set(before.get("alternate", [])):
        builder.client("account", GLOBAL).put_alternate_contact(
            AlternateContactType=kind_of,
            EmailAddress=f"{kind_of.lower()}@{builder.declared.organization['domain']}",
            Name=f"{kind_of.title()} desk",
            PhoneNumber="+494055502",
            Title="On duty",
        )
