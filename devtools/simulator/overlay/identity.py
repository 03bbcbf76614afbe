"""Who calls, and which role they may assume.

Credentials, trust policies, external ids, expiry.

What a session may then do is a matter of `policies`; users may do everything, but for `faults`.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import string
from fnmatch import fnmatchcase
from typing import Any

from moto.iam.models import iam_backends
from moto.organizations.models import organizations_backends

from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.session_policies import session_policies_of
from devtools.simulator.overlay.terms import SEEDING_KEY, AwsError, Caller
from devtools.simulator.overlay.world import EVERYWHERE, Session, World, real_now

CHAINED_SECONDS = 3600
KEPT = dt.timedelta(hours=1)
"""How long a session that has ended is known, for the sake of the error that AWS gives it."""
INVALID_TOKEN = "The security token included in the request is invalid."  # noqa: S105
EXPIRED_TOKEN = "The security token included in the request is expired"  # noqa: S105

SCP_ENDING = "with an explicit deny in a service control policy"

STRANGER_CODES = {
    "ec2": ("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    "json": ("UnrecognizedClientException", INVALID_TOKEN, 400),
    "query": ("InvalidClientTokenId", INVALID_TOKEN, 403),
    "rest-json": ("UnrecognizedClientException", INVALID_TOKEN, 403),
    "rest-xml": ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
}
EXPIRED_CODES = {
    "ec2": ("RequestExpired", "Request has expired.", 400),
    "json": ("ExpiredTokenException", EXPIRED_TOKEN, 400),
    "query": ("ExpiredToken", EXPIRED_TOKEN, 403),
    "rest-json": ("ExpiredTokenException", EXPIRED_TOKEN, 403),
    "rest-xml": ("ExpiredToken", "The provided token has expired.", 400),
}
"""How AWS turns away a stranger and an expired session, by the protocol of the service."""


def caller_of(
    world: World, key: str, token: str | None, seeded_account: str | None, protocol: str, region: str
) -> Caller:
    """Return the owner of an access key, or raise AWS's error for an unknown one.

    `seeded_account` is the account that a request signed with the seeding key speaks for. A session ends with its
    role and with its account, and is unknown in a region that its account has not enabled.
    """
    if key == SEEDING_KEY and seeded_account:
        return Caller(seeded_account, f"arn:aws:iam::{seeded_account}:root", seeded_account, key)
    if key in world.callers:
        return world.callers[key]
    session = world.sessions.get(key)
    if session is None or token != session.token or not _is_valid(world, session.caller, region):
        raise AwsError(*STRANGER_CODES[protocol])
    if real_now() >= session.expires:
        raise AwsError(*EXPIRED_CODES[protocol])
    return session.caller


def _is_valid(world: World, caller: Caller, region: str) -> bool:
    roles = iam_backends[caller.account][caller.arn.split(":")[1]].roles
    return (
        caller.user_id.split(":")[0] in roles
        and _account_is_active(world, caller.account)
        and region not in closed_regions(world, caller.account)
    )


def closed_regions(world: World, account: str) -> list[str]:
    """Return the organization's regions that an account has disabled."""
    closed: list[str] = world.peek(account, EVERYWHERE, "account").get("closed_regions", [])
    return closed


def assume_role(call: Call) -> dict[str, Any]:
    """Answer sts:AssumeRole.

    One refusal for every cause, since AWS does not reveal more to a stranger.
    """
    role_arn = str(call.params["RoleArn"])
    if policy := _forbidding_policy(call, role_arn):
        raise AwsError("AccessDenied", f"{_refusal(call, role_arn)} {SCP_ENDING}: {policy}", 403)
    account = role_arn.split(":")[4] if role_arn.count(":") >= 5 else ""  # noqa: PLR2004
    role = _role(account, role_arn)
    allowed = (
        role is not None
        and _account_is_active(call.world, account)
        and admits(json.loads(role.assume_role_policy_document), facts_about(call))
    )
    if role is None or not allowed:
        raise AwsError("AccessDenied", _refusal(call, role_arn), 403)
    return _open_session(call, role, account, _duration(call, role))


def _refusal(call: Call, role_arn: str) -> str:
    return f"User: {call.caller.arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"


def _forbidding_policy(call: Call, role_arn: str) -> str:
    """Return the service control policy that denies the caller the role, or ''.

    The management account is under none. Statements with conditions are not simulated.
    """
    management = call.world.management
    if call.account == management or call.caller.access_key == SEEDING_KEY or management not in organizations_backends:
        return ""
    backend = organizations_backends[management]["aws"]
    above = _above(backend, call.account)
    for policy in backend.policies:
        if policy.type == "SERVICE_CONTROL_POLICY" and above & {target.id for target in policy.attachments}:
            statements = json.loads(str(policy.content)).get("Statement", [])
            if any(_denies(each, role_arn) for each in (statements if isinstance(statements, list) else [statements])):
                return str(policy.arn)
    return ""


def _above(backend: Any, account: str) -> set[str]:
    """Return the ids of an account and of the units that it is in.

    None where it is not in the Organization.
    """
    parents = {each.id: each.parent_id for each in [*backend.accounts, *backend.ou] if each.type != "ROOT"}
    found, here = set(), account
    while here in parents and here not in found:
        found.add(here)
        here = parents[here]
    return found | ({here} if found else set())


def _denies(statement: dict[str, Any], role_arn: str) -> bool:
    return (
        statement["Effect"] == "Deny"
        and not statement.get("Condition")
        and any(fnmatchcase("sts:assumerole", each.lower()) for each in _several(statement.get("Action", [])))
        and any(fnmatchcase(role_arn, each) for each in _several(statement.get("Resource", [])))
    )


def _role(account: str, arn: str) -> Any:
    partition = arn.split(":")[1] if ":" in arn else ""
    if account not in iam_backends or partition not in iam_backends[account]:
        return None
    return next((r for r in iam_backends[account][partition].roles.values() if r.arn == arn), None)


def _account_is_active(world: World, account: str) -> bool:
    if world.management not in organizations_backends:
        return True
    known = organizations_backends[world.management]["aws"].accounts
    return all(member.status == "ACTIVE" for member in known if member.id == account)


def _duration(call: Call, role: Any) -> int:
    seconds = int(call.params.get("DurationSeconds", 3600))
    if call.caller.is_session and seconds > CHAINED_SECONDS:
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        )
    if seconds > int(role.max_session_duration or CHAINED_SECONDS):
        raise AwsError(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return seconds


def _open_session(call: Call, role: Any, account: str, seconds: int) -> dict[str, Any]:
    name = call.params["RoleSessionName"]
    key = "ASIA" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(16))
    partition = str(role.arn).split(":")[1]
    arn = f"arn:{partition}:sts::{account}:assumed-role/{role.name}/{name}"
    caller = Caller(account, arn, f"{role.id}:{name}", key)
    expires = (real_now() + dt.timedelta(seconds=seconds)).replace(microsecond=0)
    policies = session_policies_of(role, account, call.params)
    session = Session(caller, secrets.token_urlsafe(30), secrets.token_urlsafe(120), expires, policies)
    call.world.forget_sessions(real_now() - KEPT)
    call.world.sessions[key] = session
    return {
        "Credentials": {
            "AccessKeyId": key,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": expires,
        },
        "AssumedRoleUser": {"AssumedRoleId": caller.user_id, "Arn": caller.arn},
        "PackedPolicySize": 6,
    }


def facts_about(call: Call) -> dict[str, str]:
    """Return the condition keys of an AssumeRole request, in lower case."""
    facts = {
        "aws:principalarn": principal_arn(call.caller),
        "aws:principalaccount": call.account,
        "aws:principalorgid": str(call.world.organization.get("id", "")),
        "sts:rolesessionname": str(call.params.get("RoleSessionName", "")),
    }
    if external_id := call.params.get("ExternalId"):
        facts["sts:externalid"] = str(external_id)
    return facts


def principal_arn(caller: Caller) -> str:
    """Return the ARN that policies compare: a session counts as its role."""
    if not caller.is_session:
        return caller.arn
    return f"arn:{caller.arn.split(':')[1]}:iam::{caller.account}:role/{caller.arn.split('/')[1]}"


def admits(policy: dict[str, Any], facts: dict[str, str]) -> bool:
    """Return whether a trust policy lets in the caller that `facts` describe.

    A Deny wins.
    """
    statements = policy.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    effects = {s.get("Effect") for s in statements if _applies(s, facts)}
    return "Allow" in effects and "Deny" not in effects


def _applies(statement: dict[str, Any], facts: dict[str, str]) -> bool:
    return (
        any(fnmatchcase("sts:AssumeRole", action) for action in _several(statement.get("Action", [])))
        and _names_principal(statement.get("Principal", {}), facts)
        and all(
            _condition_holds(operator, key, _several(wanted), facts)
            for operator, tests in statement.get("Condition", {}).items()
            for key, wanted in tests.items()
        )
    )


def _several(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]


def _names_principal(principal: Any, facts: dict[str, str]) -> bool:
    if principal == "*":
        return True
    account = facts["aws:principalaccount"]
    names = {"*", account, f"arn:aws:iam::{account}:root", facts["aws:principalarn"]}
    return any(name in names for name in _several(principal.get("AWS", [])))


def _condition_holds(operator: str, key: str, wanted: list[str], facts: dict[str, str]) -> bool:
    """Evaluate one condition.

    An operator that is not simulated does not hold, so that nothing opens by accident.
    """
    value = facts.get(key.lower())
    if operator.endswith("IfExists"):
        if value is None:
            return True
        operator = operator.removesuffix("IfExists")
    if operator == "StringNotEquals":
        return value not in wanted
    if value is None:
        return False
    if operator in {"StringLike", "ArnLike", "ArnEquals"}:
        return any(fnmatchcase(value, pattern) for pattern in wanted)
    return operator == "StringEquals" and value in wanted
