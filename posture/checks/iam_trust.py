"""Whom trust policies of roles let in, and on which conditions. Declares no check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from posture.core.conditions import Asked, pins
from posture.core.policy import Policy, Principal, Statement, parse
from posture.core.resource import Resource

ROLE = "AWS::IAM::Role"
TRUST = "AssumeRolePolicyDocument"
DETAILS = "iam:GetAccountAuthorizationDetails"
AWS_PATHS = ("/aws-service-role/", "/aws-reserved/")
"""Roles below these are made by AWS, and nobody else can change them."""
_ASSUMES = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")


def is_by_aws(role: Resource) -> bool:
    """Return True for a service-linked role, or one of IAM Identity Center."""
    return str(role.config["Path"]).startswith(AWS_PATHS)


def trust_of(role: Resource) -> Policy:
    """Return the role's trust policy."""
    return parse(role.config[TRUST] or {})


def letting_in(role: Resource) -> Iterator[Statement]:
    """Yield the statements by which somebody may assume the role."""
    return (each for each in trust_of(role).allows if each.touches(_ASSUMES))


def trust(*statements: dict[str, Any], path: str = "/", **rest: Any) -> dict[str, Any]:
    """Return the configuration of a role with these trust statements, for examples."""
    basis = {"Effect": "Allow", "Action": ["sts:AssumeRole"]}
    read = [{**basis, **statement} for statement in statements]
    return {"Path": path, TRUST: {"Version": "2012-10-17", "Statement": read}, **rest}


def asks(statement: Statement, key: str, names: Callable[[Asked], bool]) -> bool:
    """Return True if a condition limits a key to values that `names` allows."""
    return any(pins(condition, key, names) for condition in statement.conditions)


def is_something(value: Asked) -> bool:
    """Return True unless a value is empty or made of wildcards alone."""
    return bool(value.text.strip("*?") if value.is_pattern else value.text)


def providers(statement: Statement) -> list[Principal]:
    """Return the identity providers that a statement lets in."""
    return [principal for principal in statement.principals if principal.kind == "Federated"]


def issuer_of(principal: Principal) -> str | None:
    """Return a provider's issuer, as `token.actions.githubusercontent.com`.

    None for SAML.
    """
    if ":saml-provider/" in principal.value:
        return None
    return principal.value.partition("oidc-provider/")[2] or principal.value
