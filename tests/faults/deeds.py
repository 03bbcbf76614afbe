"""What people and AWS do to an account before or during a sweep, and its undoing."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import boto3

from devtools.simulator.simulator import client_at
from posture.sweep import credentials
from tests.simulated import KEY, REGION, ROLE_NAME, make_role

if TYPE_CHECKING:
    from tests.faults.house import House

TOO_SKEWED = "The difference between the request time and the current time is too large."
SIGNED_TOO_LATE = (
    "Signature expired: 20261124T120000Z is now earlier than 20261124T121500Z (20261124T123000Z - 15 min.)"
)


def expire(house: House) -> None:
    """End the account's sessions at once."""
    house.estate.simulator.control.expire_sessions(_account(house))


def disable_region(house: House) -> None:
    """Disable the region in which the account has its things."""
    _close_regions(house, [REGION])
    house.mending.append(lambda house: _close_regions(house, []))


def _close_regions(house: House, regions: list[str]) -> None:
    house.estate.simulator.control.put(_account(house), "global", "account", closed_regions=regions)


def suspend(house: House) -> None:
    """Close the account, which suspends it."""
    _organizations(house).close_account(AccountId=_account(house))
    house.mending.append(reinstate)


def reinstate(house: House) -> None:
    """Let AWS's support open the account again."""
    house.estate.simulator.control.ask("POST", "reinstate", account=_account(house))


def remove(house: House) -> None:
    """Take the account out of the organization; its role stays."""
    _organizations(house).remove_account_from_organization(AccountId=_account(house))
    house.mending.append(_invite)


def _invite(house: House) -> None:
    estate, organizations = house.estate, _organizations(house)
    organizations.create_account(Email="payments@example.com", AccountName="payments")
    organizations.move_account(AccountId=_account(house), SourceParentId=estate.root, DestinationParentId=estate.unit)


def move(house: House) -> None:
    """Move the account to the root, and find that out."""
    estate = house.estate
    _organizations(house).move_account(
        AccountId=_account(house), SourceParentId=estate.unit, DestinationParentId=estate.root
    )
    house.mending.append(_move_back)


def _move_back(house: House) -> None:
    estate = house.estate
    _organizations(house).move_account(
        AccountId=_account(house), SourceParentId=estate.root, DestinationParentId=estate.unit
    )


def delete_role(house: House) -> None:
    """Delete the role that sweeps assume."""
    iam = house.estate.simulator.client("iam", _account(house))
    for policy in iam.list_attached_role_policies(RoleName=ROLE_NAME)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=ROLE_NAME, PolicyArn=policy["PolicyArn"])
        iam.delete_policy(PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=ROLE_NAME)
    house.mending.append(lambda house: make_role(house.estate, _account(house)))


def change_external_id(house: House) -> None:
    """Let the role ask for another external id than the one that is configured."""
    iam = house.estate.simulator.client("iam", _account(house))
    trust = iam.get_role(RoleName=ROLE_NAME)["Role"]["AssumeRolePolicyDocument"]
    _trust(house, {**trust, "Statement": [{**trust["Statement"][0], "Condition": _condition("another")}]})
    house.mending.append(lambda house: _trust(house, trust))


def _condition(external_id: str) -> dict[str, dict[str, str]]:
    return {"StringEquals": {"sts:ExternalId": external_id}}


def _trust(house: House, policy: dict[str, object]) -> None:
    iam = house.estate.simulator.client("iam", _account(house))
    iam.update_assume_role_policy(RoleName=ROLE_NAME, PolicyDocument=json.dumps(policy))


RUNNER = "PlumblineRunner"


def start_from_a_role(house: House) -> None:
    """Start the sweep from a role's session, as on an instance, in ECS or in EKS.

    The role is in an account of its own.
    """
    estate, own = house.estate, house.estate.roleless
    iam = estate.simulator.client("iam", own)
    iam.create_role(RoleName=RUNNER, AssumeRolePolicyDocument=_document("sts:AssumeRole", Principal={"AWS": "*"}))
    iam.put_role_policy(RoleName=RUNNER, PolicyName="run", PolicyDocument=_document("sts:*", Resource="*"))
    for name in house.accounts:
        _let_in(house, name, f"arn:aws:iam::{own}:role/{RUNNER}")
    sts = client_at(estate.url, "sts", credentials={"AccessKeyId": KEY, "SecretAccessKey": "s"})
    keys = sts.assume_role(RoleArn=f"arn:aws:iam::{own}:role/{RUNNER}", RoleSessionName="i-0123")["Credentials"]
    before = house.engine.session
    house.engine.session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], REGION)

    def back(house: House) -> None:
        house.engine.session = before
        iam.delete_role_policy(RoleName=RUNNER, PolicyName="run")
        iam.delete_role(RoleName=RUNNER)

    house.mending.append(back)


def _let_in(house: House, name: str, principal: str) -> None:
    """Let an account's role trust another identity than before."""
    iam = house.estate.simulator.client("iam", house.accounts[name].account_id)
    trust = iam.get_role(RoleName=ROLE_NAME)["Role"]["AssumeRolePolicyDocument"]
    other = {**trust, "Statement": [{**trust["Statement"][0], "Principal": {"AWS": principal}}]}
    iam.update_assume_role_policy(RoleName=ROLE_NAME, PolicyDocument=json.dumps(other))
    house.mending.append(lambda _: iam.update_assume_role_policy(RoleName=ROLE_NAME, PolicyDocument=json.dumps(trust)))


def start_from_a_role_that_is_not_trusted(house: House) -> None:
    """Let the account trust the session by name, which no later session has."""
    start_from_a_role(house)
    _let_in(house, "payments", f"arn:aws:sts::{house.estate.roleless}:assumed-role/{RUNNER}/i-9876")


def start_from_a_role_that_a_policy_holds_back(house: House) -> None:
    """Let a service control policy of the machine's account refuse the role."""
    start_from_a_role(house)
    organizations, own = _organizations(house), house.estate.roleless
    content = _document("sts:AssumeRole", Effect="Deny", Resource=f"arn:aws:iam::{_account(house)}:role/*")
    kind = "SERVICE_CONTROL_POLICY"
    made = organizations.create_policy(Content=content, Description="", Name="no way out", Type=kind)
    policy = made["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=own)

    def lift(_: House) -> None:
        organizations.detach_policy(PolicyId=policy, TargetId=own)
        organizations.delete_policy(PolicyId=policy)

    house.mending.append(lift)


def start_from_a_role_and_ask_for_two_hours(house: House) -> None:
    """Ask for a longer session of the account's role than role chaining allows."""
    start_from_a_role(house)
    request = credentials._request

    def longer(role: credentials.SweepRole, *rest: Any) -> dict[str, Any]:
        seconds = {"DurationSeconds": 7200} if _account(house) in role.arn else {}
        return request(role, *rest) | seconds

    setattr(credentials, "_request", longer)  # noqa: B010 - patched
    house.mending.append(lambda _: setattr(credentials, "_request", request))


def _document(action: str, **rest: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, **rest}]})


def run_out_of_time(house: House) -> None:
    """Let the account's time limit be reached."""
    assert house.calls
    house.calls._deadline = time.monotonic() - 1


def _organizations(house: House) -> Any:
    return house.estate.simulator.client("organizations", house.estate.management)


def _account(house: House) -> str:
    return house.accounts["payments"].account_id
