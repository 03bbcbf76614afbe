"""IAM Identity Center: the instance, its permission sets and assignments.

moto invents an instance for everybody, and knows neither boundaries nor tags.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.wire import paged

DESCRIBED = ("Name", "PermissionSetArn", "Description", "SessionDuration", "CreatedDate")
ASSIGNED = ("AccountId", "PermissionSetArn", "PrincipalType", "PrincipalId")


@answers("sso-admin")
def list_instances(call: Call) -> dict[str, Any]:
    """List the instances of the account, of which most have none."""
    return paged(call, "Instances", [_dated(one) for one in _kept(call).get("instances", [])])


@answers("sso-admin")
def list_permission_sets(call: Call) -> dict[str, Any]:
    return paged(call, "PermissionSets", [one["PermissionSetArn"] for one in _kept(call).get("sets", [])])


@answers("sso-admin")
def describe_permission_set(call: Call) -> dict[str, Any]:
    found = _dated(_found(call))
    return {"PermissionSet": {key: found[key] for key in DESCRIBED}}


@answers("sso-admin")
def list_managed_policies_in_permission_set(call: Call) -> dict[str, Any]:
    named = _found(call)["policies"]
    attached = [{"Name": each.rpartition("/")[2], "Arn": f"arn:aws:iam::aws:policy/{each}"} for each in named]
    return paged(call, "AttachedManagedPolicies", attached)


@answers("sso-admin")
def list_customer_managed_policy_references_in_permission_set(call: Call) -> dict[str, Any]:
    _found(call)
    return paged(call, "CustomerManagedPolicyReferences", [])


@answers("sso-admin")
def get_inline_policy_for_permission_set(call: Call) -> dict[str, Any]:
    return {"InlinePolicy": _found(call)["inline"]}


@answers("sso-admin")
def get_permissions_boundary_for_permission_set(call: Call) -> dict[str, Any]:
    """Refuse as AWS does where there is no boundary."""
    _found(call)
    raise AwsError("ResourceNotFoundException", "Permissions boundary not found.", 400)


@answers("sso-admin")
def list_accounts_for_provisioned_permission_set(call: Call) -> dict[str, Any]:
    arn = _found(call)["PermissionSetArn"]
    ids = sorted({one["AccountId"] for one in _assignments(call) if one["PermissionSetArn"] == arn})
    return paged(call, "AccountIds", ids)


@answers("sso-admin")
def list_account_assignments(call: Call) -> dict[str, Any]:
    arn, account = _found(call)["PermissionSetArn"], call.params["AccountId"]
    met = [one for one in _assignments(call) if one["PermissionSetArn"] == arn and one["AccountId"] == account]
    return paged(call, "AccountAssignments", [{key: one[key] for key in ASSIGNED} for one in met])


@answers("sso-admin")
def list_tags_for_resource(call: Call) -> dict[str, Any]:
    arn = call.params["ResourceArn"]
    tags = [one["Tags"] for one in _kept(call).get("sets", []) if one["PermissionSetArn"] == arn]
    return paged(call, "Tags", tags[0] if tags else [])


def _kept(call: Call) -> Mapping[str, Any]:
    return call.world.peek(call.account, call.region, "sso-admin")


def _assignments(call: Call) -> list[dict[str, Any]]:
    return list(_kept(call).get("assignments", []))


def _found(call: Call) -> dict[str, Any]:
    arn = call.params["PermissionSetArn"]
    for one in _kept(call).get("sets", []):
        if one["PermissionSetArn"] == arn:
            return dict(one)
    raise AwsError("ResourceNotFoundException", f"Could not find PermissionSet with id {arn}.", 400)


def _dated(one: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, "CreatedDate": dt.datetime.fromisoformat(one["CreatedDate"])}
