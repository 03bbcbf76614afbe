"""What a session may do: its role's policies, narrowed by the session's own.

By action alone.

Resources, conditions and permissions boundaries are not simulated: what is allowed is allowed everywhere, and
what is denied for some resources alone is not denied.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import iam_backends

from devtools.simulator.overlay.actions import iam_action
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.faults import denial
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.world import Layer, SessionPolicies

FREE = frozenset({"sts:GetCallerIdentity"})
"""What every identity may do, whatever its policies say."""

AWS_OWNED = "arn:aws:iam::aws:policy/"
"""How ARNs of AWS's own policies begin."""

MAX_POLICY_CHARACTERS = 2048
MAX_POLICY_ARNS = 10


def session_policies_of(role: Any, account: str, params: dict[str, Any]) -> SessionPolicies:
    """Return what a session may do that is opened with these parameters of AssumeRole.

    Refuses wrong policies.
    """
    documents = [_in_force(policy) for policy in role.managed_policies.values()]
    own = _layer([*documents, *(json.loads(text) for text in role.policies.values())])
    arns = [given["arn"] for given in params.get("PolicyArns") or []]
    inline = params.get("Policy") or ""
    if not arns and not inline:
        return SessionPolicies(own)
    _check_size(arns, inline)
    narrowing = [*(_managed(arn, account) for arn in arns), *([json.loads(inline)] if inline else [])]
    return SessionPolicies(own, _layer(narrowing))


def require_permission(call: Call, policies: SessionPolicies) -> None:
    """Raise the denial that AWS words for the policy that does not allow a call."""
    action = iam_action(call.service, call.operation)
    if action in FREE:
        return
    for layer, implicit, explicit in (
        (policies.session, "session", "session-explicit"),
        (policies.role, "identity", "identity-explicit"),
    ):
        verdict = True if layer is None else _verdict(layer, action.lower())
        if verdict is not True:
            raise denial(call, implicit if verdict is None else explicit, _role_policy(call))


def _role_policy(call: Call) -> str:
    return f"arn:aws:iam::{call.account}:policy/of-the-role"


@lru_cache(maxsize=20_000)
def _verdict(layer: Layer, action: str) -> bool | None:
    """Return whether a layer allows an action; None where it says nothing of it."""
    effects = {effect for effect, patterns in layer if any(fnmatchcase(action, pattern) for pattern in patterns)}
    return False if "Deny" in effects else True if "Allow" in effects else None


def _layer(documents: Iterable[dict[str, Any]]) -> Layer:
    return tuple(
        (statement["Effect"], tuple(pattern.lower() for pattern in _several(statement.get("Action", []))))
        for document in documents
        for statement in _several(document["Statement"])
        if statement["Effect"] == "Allow" or statement.get("Resource", "*") == "*"
    )


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_size(arns: Sequence[str], inline: str) -> None:
    if len(arns) > MAX_POLICY_ARNS:
        raise AwsError("ValidationError", f"A session takes at most {MAX_POLICY_ARNS} managed policies.")
    if len(inline) + sum(map(len, arns)) > MAX_POLICY_CHARACTERS:
        raise AwsError("PackedPolicyTooLarge", "Packed policy consumes more than the allotted space.", 400)


def _managed(arn: str, account: str) -> dict[str, Any]:
    """Return the document of a managed policy that narrows a session.

    It must be in the role's account, or AWS's.
    """
    document: dict[str, Any] | None
    if arn.startswith(AWS_OWNED):
        document = aws_managed_policies().get(arn.removeprefix(AWS_OWNED), {}).get("Document")
    else:
        policy = iam_backends[account]["aws"].managed_policies.get(arn)
        document = _in_force(policy) if policy else None
    if document is None:
        raise AwsError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
    return document


def _in_force(policy: Any) -> dict[str, Any]:
    version = next(each for each in policy.versions if each.is_default)
    document: dict[str, Any] = json.loads(version.document)
    return document


@cache
def aws_managed_policies() -> dict[str, dict[str, Any]]:
    """Return AWS's own policies by path and name, each with its `Name`."""
    policies = json.loads(aws_managed_policies_data)
    return {f"{p['Path'].lstrip('/')}{name}": {**p, "Name": name} for name, p in policies.items()}
