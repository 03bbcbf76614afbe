"""CloudFormation templates of the role, generated from what collectors declare.

The role's actions are deployed as customer-managed policies, split below IAM's limit, because together
they are beyond what one policy may hold, and because each session is narrowed by naming them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from posture.permissions.actions import management_actions, member_actions
from posture.permissions.policies import VERSION_TAG, policy_name, policy_version, split_policies


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """What the template is filled in with.

    `organization_id` narrows the trust where it is known. `next_external_id` is accepted next to the
    other while one takes the other's place.
    """

    role_name: str
    external_id: str
    trusted_principal: str
    organization_id: str = ""
    next_external_id: str = ""


def member_template(spec: RoleSpec) -> str:
    """Return the template for a StackSet over the member accounts, as JSON text."""
    return _template(spec, member_actions(), "Plumbline's read-only role for a member account.")


def management_template(spec: RoleSpec) -> str:
    """Return the JSON template for the management account, which no StackSet reaches."""
    return _template(spec, management_actions(), "Plumbline's read-only role for the management account.")


def trust_policy(spec: RoleSpec, partition: str = "aws") -> str:
    """Return the trust policy for a role that is not made by a template, as JSON text."""
    caller = spec.trusted_principal.split(":")[4] if spec.trusted_principal.count(":") > 4 else ""  # noqa: PLR2004
    ids = [spec.external_id, *filter(None, [spec.next_external_id])]
    equal: dict[str, Any] = {"sts:ExternalId": ids if len(ids) > 1 else ids[0]}
    if spec.organization_id:
        equal["aws:PrincipalOrgID"] = spec.organization_id
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{caller}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": equal, "ArnEquals": {"aws:PrincipalArn": spec.trusted_principal}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


def _template(spec: RoleSpec, actions: Sequence[str], description: str) -> str:
    policies = dict(enumerate(split_policies(actions), start=1))
    path, _, name = ("/" + spec.role_name.lstrip("/")).rpartition("/")
    resources: dict[str, Any] = {
        f"Read{number}": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "ManagedPolicyName": {"Fn::Sub": policy_name("${RoleName}", number)},
                "Description": "Reads that Plumbline makes; generated from its collectors.",
                "PolicyDocument": policy,
            },
        }
        for number, policy in policies.items()
    }
    resources["Role"] = _role(list(resources), actions, f"{path}/")
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description,
        "Parameters": _parameters(spec, name),
        "Conditions": {"InOrganization": _given("OrganizationId"), "Rotating": _given("NextExternalId")},
        "Resources": resources,
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    return json.dumps(template, indent=2) + "\n"


def _given(parameter: str) -> dict[str, Any]:
    return {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}


def _parameters(spec: RoleSpec, role_name: str) -> dict[str, Any]:
    return {
        "RoleName": {"Type": "String", "Default": role_name},
        "ExternalId": {"Type": "String", "Default": spec.external_id, "MinLength": 16},
        "NextExternalId": {"Type": "String", "Default": spec.next_external_id},
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
    current, coming = {"Ref": "ExternalId"}, {"Ref": "NextExternalId"}
    conditions: dict[str, Any] = {
        "StringEquals": {"sts:ExternalId": {"Fn::If": ["Rotating", [current, coming], current]}},
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
