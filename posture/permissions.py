"""The CloudFormation templates of the role that Plumbline assumes, generated from what collectors declare.

The role holds exactly the actions that the code calls. They are deployed as customer-managed
policies, split below IAM's limit, because together they are far beyond what one policy may hold,
and because a session may later be narrowed by naming them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from posture.collectors import all_collectors
from posture.core.collector import Scope

MANAGED_POLICY_LIMIT = 6144
"""Characters of a customer-managed policy; white space does not count (IAM quotas)."""

ENGINE_ACTIONS = ("ec2:DescribeRegions",)
"""What the engine itself asks in every account, beside the collectors."""

DISCOVERY_ACTIONS = (
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListParents",
    "organizations:ListRoots",
    "organizations:ListTagsForResource",
)
"""What finding an Organization's accounts takes, in its management account or a delegated administrator."""

VERSION_TAG = "plumbline:policy-version"


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """What the template is filled in with. `organization_id` narrows the trust where it is known."""

    role_name: str
    external_id: str
    trusted_principal: str
    organization_id: str = ""


def member_actions() -> list[str]:
    """Return the IAM actions that a sweep needs in every account, sorted."""
    declared = (c.actions for c in all_collectors().values() if c.scope is not Scope.ORGANIZATION)
    return sorted({*ENGINE_ACTIONS, *(action for actions in declared for action in actions)})


def management_actions() -> list[str]:
    """Return the IAM actions needed where the Organization itself is read, sorted."""
    declared = (c.actions for c in all_collectors().values() if c.scope is Scope.ORGANIZATION)
    return sorted({*member_actions(), *DISCOVERY_ACTIONS, *(action for actions in declared for action in actions)})


def policy_version(actions: Iterable[str]) -> str:
    """Return a short digest of a list of actions; the deployed role carries it as a tag."""
    return hashlib.sha256("\n".join(sorted(actions)).encode()).hexdigest()[:12]


def split_policies(actions: Sequence[str]) -> list[dict[str, Any]]:
    """Spread actions over as few policies as IAM's limit allows, services kept in order."""
    batches: list[list[str]] = [[]]
    for action in actions:
        if _length(_policy([*batches[-1], action])) > MANAGED_POLICY_LIMIT:
            batches.append([])
        batches[-1].append(action)
    return [_policy(batch) for batch in batches]


def _policy(actions: Sequence[str]) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": list(actions), "Resource": "*"}],
    }


def _length(document: dict[str, Any]) -> int:
    return len(json.dumps(document, separators=(",", ":")))


def member_template(spec: RoleSpec) -> str:
    """Return the template for a StackSet over the member accounts, as JSON text."""
    return _template(spec, member_actions(), "Plumbline's read-only role for a member account.")


def management_template(spec: RoleSpec) -> str:
    """Return the template for the management account, which a StackSet never reaches, as JSON text."""
    return _template(spec, management_actions(), "Plumbline's read-only role for the management account.")


def _template(spec: RoleSpec, actions: Sequence[str], description: str) -> str:
    policies = {f"Read{number}": policy for number, policy in enumerate(split_policies(actions), start=1)}
    path, _, name = ("/" + spec.role_name.lstrip("/")).rpartition("/")
    resources: dict[str, Any] = {
        key: {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "ManagedPolicyName": {"Fn::Sub": f"${{RoleName}}-{key}"},
                "Description": "Reads that Plumbline makes; generated from its collectors.",
                "PolicyDocument": policy,
            },
        }
        for key, policy in policies.items()
    }
    resources["Role"] = _role(list(policies), actions, f"{path}/")
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description,
        "Parameters": _parameters(spec, name),
        "Conditions": {"InOrganization": {"Fn::Not": [{"Fn::Equals": [{"Ref": "OrganizationId"}, ""]}]}},
        "Resources": resources,
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    return json.dumps(template, indent=2) + "\n"


def _parameters(spec: RoleSpec, role_name: str) -> dict[str, Any]:
    return {
        "RoleName": {"Type": "String", "Default": role_name},
        "ExternalId": {"Type": "String", "Default": spec.external_id, "MinLength": 16},
        "TrustedPrincipalArn": {"Type": "String", "Default": spec.trusted_principal},
        "OrganizationId": {"Type": "String", "Default": spec.organization_id},
    }


def _role(policies: Sequence[str], actions: Sequence[str], path: str) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Ref": "RoleName"},
            "Path": path,
            "Description": "Assumed by Plumbline to read the account's security posture.",
            "MaxSessionDuration": 3600,
            "AssumeRolePolicyDocument": _trust(),
            "ManagedPolicyArns": [{"Ref": key} for key in policies],
            "Tags": [{"Key": VERSION_TAG, "Value": policy_version(actions)}],
        },
    }


def _trust() -> dict[str, Any]:
    # The account's root with a condition on the caller's ARN: a role named as the principal itself
    # would stop matching on the day that it is deleted and made again.
    conditions: dict[str, Any] = {
        "StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}},
        "ArnEquals": {"aws:PrincipalArn": {"Ref": "TrustedPrincipalArn"}},
    }
    in_organization = {
        **conditions,
        "StringEquals": {**conditions["StringEquals"], "aws:PrincipalOrgID": {"Ref": "OrganizationId"}},
    }
    account = {"Fn::Select": [4, {"Fn::Split": [":", {"Ref": "TrustedPrincipalArn"}]}]}
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": {"Fn::Sub": ["arn:${AWS::Partition}:iam::${Caller}:root", {"Caller": account}]}},
                "Action": "sts:AssumeRole",
                "Condition": {"Fn::If": ["InOrganization", in_organization, conditions]},
            }
        ],
    }
