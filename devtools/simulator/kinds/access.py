"""Who may do what in an account: roles, groups, policies and identity providers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from devtools.simulator.builder import Builder
from devtools.simulator.declared import GLOBAL, Name
from devtools.simulator.kinds import kind, removal, tags_of
from devtools.simulator.kinds.identity import last_use, managed_policy_arn, put_last_use

GITHUB = "token.actions.githubusercontent.com"
GITHUB_AUDIENCE = "sts.amazonaws.com"
MADE_WITH_ACCOUNT = "OrganizationAccountAccessRole"
"""The role that Organizations makes in each account that it opens, trusting the management account."""


@kind("managed-policy", 10)
def make_managed_policy(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a policy of the account; `statements` is JSON."""
    iam = builder.client("iam", GLOBAL)
    if not builder.recall(name):
        made = iam.create_policy(PolicyName=name.name, PolicyDocument=_document(now["statements"]))
        builder.remember(name, policy=made["Policy"]["Arn"])
    elif now["statements"] != before.get("statements"):
        arn = builder.recall(name)["policy"]
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=_document(now["statements"]), SetAsDefault=True)


@kind("group", 11)
def make_group(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a group of IAM users with `policies`."""
    iam = builder.client("iam", GLOBAL)
    if not builder.recall(name):
        iam.create_group(GroupName=name.name)
        builder.remember(name, group=name.name)
    for policy in set(now.get("policies", [])) - set(before.get("policies", [])):
        iam.attach_group_policy(GroupName=name.name, PolicyArn=managed_policy_arn(builder, name, policy))


@kind("identity-provider", 10)
def make_identity_provider(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Trust the tokens of an issuer, which the name says."""
    if not builder.recall(name):
        made = builder.client("iam", GLOBAL).create_open_id_connect_provider(
            Url=f"https://{name.name}",
            ClientIDList=[GITHUB_AUDIENCE],
            ThumbprintList=["6938fd4d98bab03faadb97b34396831e3780aea1"],
        )
        builder.remember(name, provider=made["OpenIDConnectProviderArn"])


@kind("role", 13)
def make_role(builder: Builder, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    """Make a role.

    `trust` names who may assume it, `policies` and `statements` (JSON) say what it may do. `used` is how many days ago
    it was used last in every week, or 'stale'; without it the role was never used.
    """
    iam = builder.client("iam", GLOBAL)
    trust = _trust(builder, name, now["trust"])
    if name.name == MADE_WITH_ACCOUNT:
        builder.remember(name, role=name.name)
    elif not builder.recall(name):
        iam.create_role(
            RoleName=name.name,
            Path=now.get("path", "/"),
            AssumeRolePolicyDocument=trust,
            Description=now.get("description", ""),
            Tags=tags_of(now),
        )
        builder.remember(name, role=name.name)
    elif now["trust"] != before.get("trust"):
        iam.update_assume_role_policy(RoleName=name.name, PolicyDocument=trust)
    _set_policies(builder, iam, name, now, before)
    if now.get("used") != before.get("used"):
        put_last_use(builder, name, last_use(builder, now["used"]) if "used" in now else "")


def _set_policies(builder: Builder, iam: Any, name: Name, now: dict[str, Any], before: dict[str, Any]) -> None:
    wanted, there = set(now.get("policies", [])), set(before.get("policies", []))
    for policy in sorted(wanted - there):
        iam.attach_role_policy(RoleName=name.name, PolicyArn=managed_policy_arn(builder, name, policy))
    for policy in sorted(there - wanted):
        iam.detach_role_policy(RoleName=name.name, PolicyArn=managed_policy_arn(builder, name, policy))
    if now.get("statements") == before.get("statements"):
        return
    if statements := now.get("statements"):
        iam.put_role_policy(RoleName=name.name, PolicyName="own", PolicyDocument=_document(statements))
    else:
        iam.delete_role_policy(RoleName=name.name, PolicyName="own")


@removal("role")
def remove_role(builder: Builder, name: Name, before: dict[str, Any]) -> None:
    iam = builder.client("iam", GLOBAL)
    _set_policies(builder, iam, name, {}, before)
    iam.delete_role(RoleName=name.name)
    put_last_use(builder, name, "")
    builder.forget(name)


def _document(statements: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": json.loads(statements)})


def _trust(builder: Builder, name: Name, parties: Iterable[dict[str, Any]]) -> str:
    statements = [_TRUSTED[next(iter(party))](builder, name, party) for party in parties]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _account(builder: Builder, name: Name, party: dict[str, Any]) -> dict[str, Any]:
    """Trust an account, by its id or its name here, on the conditions that are set."""
    known = builder.declared.by_name.get(party["account"])
    account = known.id if known else party["account"]
    conditions: dict[str, Any] = {}
    if "external_id" in party:
        conditions["StringEquals"] = {"sts:ExternalId": party["external_id"]}
    if party.get("mfa"):
        conditions["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    return _allow({"AWS": f"arn:aws:iam::{account}:root"}, "sts:AssumeRole", conditions)


def _service(builder: Builder, name: Name, party: dict[str, Any]) -> dict[str, Any]:
    return _allow({"Service": f"{party['service']}.amazonaws.com"}, "sts:AssumeRole", {})


def _github(builder: Builder, name: Name, party: dict[str, Any]) -> dict[str, Any]:
    """Trust GitHub's tokens; '' for whatever repository and branch they are of."""
    conditions: dict[str, Any] = {"StringEquals": {f"{GITHUB}:aud": GITHUB_AUDIENCE}}
    if party["github"]:
        conditions["StringLike"] = {f"{GITHUB}:sub": party["github"]}
    provider = f"arn:aws:iam::{name.account}:oidc-provider/{GITHUB}"
    return _allow({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", conditions)


def _saml(builder: Builder, name: Name, party: dict[str, Any]) -> dict[str, Any]:
    provider = f"arn:aws:iam::{name.account}:saml-provider/{party['saml']}"
    condition = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    return _allow({"Federated": provider}, ["sts:AssumeRoleWithSAML", "sts:TagSession"], condition)


def _allow(principal: dict[str, str], action: str | list[str], conditions: dict[str, Any]) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {**statement, "Condition": conditions} if conditions else statement


_TRUSTED = {"account": _account, "service": _service, "github": _github, "saml": _saml}
"""By the first key of an entry of `trust`."""
