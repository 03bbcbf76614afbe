"""Who may assume a role from outside, and on which condition.

Knows no database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from posture.checks.iam_role import EXTERNAL_ID, missing_token_condition
from posture.checks.iam_trust import asks, is_something, issuer_of
from posture.core.aws_accounts import LOAD_BALANCER_LOGS
from posture.core.iam.outside import OutsideAccess
from posture.core.policy import EVERYONE, Policy, Principal, Statement
from posture.core.vendor_accounts import VENDORS

ASSUMES = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
CLUSTERS = "oidc.eks."
"""How issuers of an account's own Kubernetes clusters begin."""
KNOWN_ISSUERS = {
    "token.actions.githubusercontent.com": "GitHub Actions",
    "gitlab.com": "GitLab",
    "app.terraform.io": "HCP Terraform",
    "accounts.google.com": "Google",
}
BUILD_SYSTEMS = frozenset({"token.actions.githubusercontent.com", "gitlab.com"})
"""Issuers whose subjects name a repository and what of it was built."""
BRANCHES = re.compile(r":(environment|job_workflow_ref):|:ref:refs/(heads|tags)/|:ref_type:\w+:ref:[^*]")
"""What narrows a subject to environments, workflows, branches or tags."""
ANYONE = "anyone in AWS"


class TrustGuard(StrEnum):
    """How well a condition keeps out those who are not meant, worst first."""

    NONE = "none"
    WIDE = "wide"
    HOLDS = "holds"


class PartyKind(StrEnum):
    """What is let in from outside."""

    EVERYONE = "everyone"
    ACCOUNT = "account"
    UNCERTAIN = "uncertain"
    """An account of which it is not known whether it belongs to the organization."""
    PROVIDER = "provider"


class OutsideTrust(NamedTuple):
    """A party outside the organization that a role lets in."""

    kind: PartyKind
    party: str
    """An account id, an issuer or a provider's name."""
    guard: TrustGuard
    condition: str
    """The condition in words."""
    statement: int


def outside_trusts(trust: Policy, own_account: str, inside: Mapping[str, bool | None]) -> Iterator[OutsideTrust]:
    """Yield who comes in from outside, each party once, with its weakest condition.

    `inside` says of account ids whether the organization has them.
    """
    found: dict[tuple[PartyKind, str], OutsideTrust] = {}
    for statement in trust.allows:
        if statement.touches(ASSUMES):
            for one in _of_statement(trust, statement, own_account, inside):
                key = one.kind, one.party
                known = found.get(key)
                if known is None or _rank(one.guard) < _rank(known.guard):
                    found[key] = one
    yield from found.values()


def _rank(guard: TrustGuard) -> int:
    return list(TrustGuard).index(guard)


def _of_statement(
    trust: Policy, statement: Statement, own_account: str, inside: Mapping[str, bool | None]
) -> Iterator[OutsideTrust]:
    if statement.names_everyone:
        if OutsideAccess(trust).is_unguarded(statement):
            asks_id = asks(statement, EXTERNAL_ID, is_something)
            guard, words = (
                (TrustGuard.WIDE, "whoever knows the external id") if asks_id else (TrustGuard.NONE, "no condition")
            )
            yield OutsideTrust(PartyKind.EVERYONE, ANYONE, guard, words, statement.index)
        return
    for principal in statement.principals:
        if principal.kind == "AWS":
            yield from _account(trust, statement, principal, own_account, inside)
        elif principal.kind == "Federated":
            yield from _provider(statement, principal)


def _account(
    trust: Policy, statement: Statement, principal: Principal, own_account: str, inside: Mapping[str, bool | None]
) -> Iterator[OutsideTrust]:
    account = principal.account_id
    if account is None or account == own_account or account in LOAD_BALANCER_LOGS or inside.get(account) is True:
        return
    kind = PartyKind.ACCOUNT if inside.get(account) is False else PartyKind.UNCERTAIN
    yield OutsideTrust(kind, account, *_account_guard(trust, statement), statement.index)


def _account_guard(trust: Policy, statement: Statement) -> tuple[TrustGuard, str]:
    if asks(statement, EXTERNAL_ID, is_something):
        return TrustGuard.HOLDS, "external id"
    if any(condition.key.lower() == EXTERNAL_ID.lower() for condition in statement.conditions):
        return TrustGuard.WIDE, "any external id"
    if not OutsideAccess(trust).is_unguarded(statement):
        return TrustGuard.HOLDS, "known callers alone"
    return TrustGuard.NONE, "no condition"


def _provider(statement: Statement, principal: Principal) -> Iterator[OutsideTrust]:
    issuer = issuer_of(principal)
    if issuer is None:
        name = principal.value.rpartition("/")[2]
        yield OutsideTrust(PartyKind.PROVIDER, name, TrustGuard.HOLDS, "whom it signs in (SAML)", statement.index)
    elif not issuer.startswith(CLUSTERS):
        missing = missing_token_condition(statement, issuer)
        words = _subject(statement, issuer)
        if not missing and _is_any_branch(statement, issuer):
            yield OutsideTrust(PartyKind.PROVIDER, issuer, TrustGuard.WIDE, f"any branch: {words}", statement.index)
        elif missing:
            guard = TrustGuard.WIDE if words else TrustGuard.NONE
            yield OutsideTrust(PartyKind.PROVIDER, issuer, guard, words or f"tokens {missing}", statement.index)
        else:
            yield OutsideTrust(PartyKind.PROVIDER, issuer, TrustGuard.HOLDS, words or "audience", statement.index)


def _subjects(statement: Statement, issuer: str) -> list[str]:
    """Return what tokens must be about, as the conditions name it."""
    return [
        value
        for condition in statement.conditions
        if condition.key.lower() == f"{issuer}:sub".lower()
        for value in condition.values
    ]


def _is_any_branch(statement: Statement, issuer: str) -> bool:
    """Return True if a build of whatever branch gets in, as by `repo:owner/*`."""
    values = _subjects(statement, issuer)
    return issuer in BUILD_SYSTEMS and any(one.endswith("*") and not BRANCHES.search(one) for one in values)


def _subject(statement: Statement, issuer: str) -> str:
    """Return what tokens must be about, empty where nothing is asked."""
    values = _subjects(statement, issuer)
    more = f" and {len(values) - 1} more" if len(values) > 1 else ""
    return f"{values[0]}{more}" if values and values[0] != EVERYONE else ""


def party_name(kind: PartyKind, party: str) -> tuple[str, str]:
    """Return what a party is, and its name."""
    if kind is PartyKind.EVERYONE:
        return "any AWS account", "Anyone"
    if kind is PartyKind.PROVIDER:
        return ("identity provider", KNOWN_ISSUERS.get(party, party))
    if party in VENDORS:
        return f"vendor · {VENDORS[party]}", party
    return ("account outside" if kind is PartyKind.ACCOUNT else "account, maybe own"), party
