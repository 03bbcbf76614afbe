"""The directory of IAM Identity Center: people, groups, and who is in which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.wire import paged


@answers("identitystore")
def describe_user(call: Call) -> dict[str, Any]:
    return _found(_kept(call).get("users", []), "UserId", call.params["UserId"])


@answers("identitystore")
def describe_group(call: Call) -> dict[str, Any]:
    return _found(_kept(call).get("groups", []), "GroupId", call.params["GroupId"])


@answers("identitystore")
def list_users(call: Call) -> dict[str, Any]:
    return paged(call, "Users", _kept(call).get("users", []))


@answers("identitystore")
def list_groups(call: Call) -> dict[str, Any]:
    return paged(call, "Groups", _kept(call).get("groups", []))


@answers("identitystore")
def list_group_memberships(call: Call) -> dict[str, Any]:
    group, store = call.params["GroupId"], call.params["IdentityStoreId"]
    _found(_kept(call).get("groups", []), "GroupId", group)
    members = _kept(call).get("members", {}).get(group, [])
    listed = [
        {
            "IdentityStoreId": store,
            "MembershipId": f"{group[:18]}-{user[-17:]}",
            "GroupId": group,
            "MemberId": {"UserId": user},
        }
        for user in members
    ]
    return paged(call, "GroupMemberships", listed)


def _kept(call: Call) -> Mapping[str, Any]:
    return call.world.peek(call.account, call.region, "identitystore")


def _found(listed: Sequence[Mapping[str, Any]], key: str, wanted: str) -> dict[str, Any]:
    for one in listed:
        if one[key] == wanted:
            return dict(one)
    raise AwsError("ResourceNotFoundException", f"{key[:-2].upper()} not found.", 404)
