"""Makes IAM's users, roles and policies as collectors write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import AwsAccount
from posture.core.gap import Gap
from posture.core.resource import GLOBAL, Resource
from tests.history.world import sweep

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
OWN = "222222222222"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
ROLE, USER, POLICY, GROUP = "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::ManagedPolicy", "AWS::IAM::Group"
ROOT, SUMMARY = "AWS::IAM::RootUser", "AWS::IAM::AccountSummary"
TYPES = (ROLE, USER, POLICY, GROUP, ROOT, SUMMARY)


def ago(days: float) -> str:
    """Return a time so many days before the sweep, as AWS writes it."""
    return (AT - timedelta(days=days)).isoformat().replace("+00:00", "Z")


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """Return a policy document of statements, which allow by default."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Resource": ["*"], **each} for each in statements],
    }


def inline(*statements: dict[str, Any], name: str = "own") -> list[dict[str, Any]]:
    """Return one inline policy."""
    return [{"PolicyName": name, "PolicyDocument": document(*statements)}]


def trusting(*statements: dict[str, Any]) -> dict[str, Any]:
    """Return a trust policy."""
    basis = {"Effect": "Allow", "Action": ["sts:AssumeRole"]}
    return {"Version": "2012-10-17", "Statement": [{**basis, **each} for each in statements]}


BY_ACCOUNT = {"Principal": {"AWS": [f"arn:aws:iam::{OWN}:root"]}}
BY_LAMBDA = {"Principal": {"Service": ["lambda.amazonaws.com"]}}


def role(
    name: str, *, used: float | None = 1, made: float = 400, trust: Any = None, account: str = OWN, **config: Any
) -> Resource:
    """Return a role that was used so many days ago, and trusts its account."""
    full = {
        "RoleName": name,
        "Path": "/",
        "CreateDate": ago(made),
        "AssumeRolePolicyDocument": trust or trusting(BY_ACCOUNT),
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        "PermissionsBoundary": None,
        **config,
    }
    observed = {"RoleLastUsed": {} if used is None else {"LastUsedDate": ago(used), "Region": "eu-central-1"}}
    return Resource(ROLE, f"arn:aws:iam::{account}:role/{name}", "", GLOBAL, name, full, observed)


def user(name: str, *, used: float | None = 1, account: str = OWN, **config: Any) -> Resource:
    """Return a user with a password and MFA, who signed in so many days ago."""
    full = {
        "user": name,
        "arn": f"arn:aws:iam::{account}:user/{name}",
        "user_creation_time": ago(400),
        "password_enabled": True,
        "mfa_active": True,
        "access_key_1_active": False,
        "access_key_2_active": False,
        "access_key_1_last_rotated": None,
        "access_key_2_last_rotated": None,
        "GroupList": [],
        "UserPolicyList": [],
        "AttachedManagedPolicies": [],
        "PermissionsBoundary": None,
        **config,
    }
    observed = {
        "password_last_used": None if used is None else ago(used),
        "access_key_1_last_used_date": None,
        "access_key_2_last_used_date": None,
    }
    return Resource(USER, full["arn"], "", GLOBAL, name, full, observed)


def with_key(name: str, days: float, **config: Any) -> Resource:
    """Return a user of a program, with a key of so many days that was never used."""
    key: dict[str, Any] = {"access_key_1_active": True, "access_key_1_last_rotated": ago(days)}
    return user(name, used=None, password_enabled=False, mfa_active=False, **key, **config)


def managed(name: str, *statements: dict[str, Any], account: str = OWN) -> Resource:
    """Return a managed policy; AWS's own where the account is "aws"."""
    config = {
        "Owner": "AWS" if account == "aws" else "customer",
        "AttachmentCount": 1,
        "PermissionsBoundaryUsageCount": 0,
        "DefaultVersionId": "v1",
        "PolicyDocument": document(*statements),
    }
    return Resource(POLICY, f"arn:aws:iam::{account}:policy/{name}", "", GLOBAL, name, config)


def administrator_policy() -> Resource:
    """Return AWS's AdministratorAccess."""
    return managed("AdministratorAccess", {"Action": ["*"]}, account="aws")


def group(name: str, **config: Any) -> Resource:
    """Return a group without policies."""
    full = {"GroupName": name, "Path": "/", "GroupPolicyList": [], "AttachedManagedPolicies": [], **config}
    return Resource(GROUP, f"arn:aws:iam::{OWN}:group/{name}", "", GLOBAL, name, full)


def summary(*, mfa: int = 1) -> Resource:
    """Return IAM's summary of the account."""
    config = {
        "AccountMFAEnabled": mfa,
        "AccountAccessKeysPresent": 0,
        "AccountPasswordPresent": 1,
        "AccountSigningCertificatesPresent": 0,
    }
    return Resource(SUMMARY, f"arn:aws:iam::{OWN}:account-summary", "", GLOBAL, "IAM summary", config, {"Counters": {}})


def record(account: AwsAccount, *resources: Resource, gaps: tuple[Gap, ...] = (), days: float = 0) -> None:
    """Record what an account answered, so many days after the first sweep."""
    at = AT + timedelta(days=days)
    sweep(account, at, resources, gaps, regions=("eu-central-1",), swept_types=(), global_types=TYPES)
