"""Judge IAM roles: whom their trust policies let in, and whether they are used."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from posture.checks.iam_trust import (
    DETAILS,
    ROLE,
    TRUST,
    asks,
    is_by_aws,
    is_something,
    issuer_of,
    letting_in,
    providers,
    trust,
    trust_of,
)
from posture.checks.sharing import SHARED, TRUSTED_ACCOUNTS, shared_with
from posture.core.check import EXAMPLE_ACCOUNT, Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.conditions import Asked
from posture.core.iam.outside import public_access
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.parameters import days
from posture.core.policy import Statement
from posture.core.resource import GLOBAL, Resource
from posture.core.vendor_accounts import named

UNUSED_DAYS = days(
    "unused_role_days", "Unused roles", "A role that was not used for longer is taken as unused.", default=90
)
EXTERNAL_ID = "sts:ExternalId"
_PARTNER = {"AWS": ["arn:aws:iam::444455556666:root"]}
_OWN = {"AWS": [f"arn:aws:iam::{EXAMPLE_ACCOUNT}:root"]}
_EC2 = {"Service": ["ec2.amazonaws.com"]}
_WITH_ID = {"StringEquals": {EXTERNAL_ID: ["ops-7"]}}
_GITHUB = "token.actions.githubusercontent.com"
_BY_GITHUB = {"Federated": [f"arn:aws:iam::{EXAMPLE_ACCOUNT}:oidc-provider/{_GITHUB}"]}
_AUDIENCE = {f"{_GITHUB}:aud": ["sts.amazonaws.com"]}
_WEB = ["sts:AssumeRoleWithWebIdentity"]
_LINKED = "/aws-service-role/ecs.amazonaws.com/"
_EDIT_TRUST = "IAM → Roles → {name} → Trust relationships → Edit trust policy: "


@check(
    resource_type=ROLE,
    title="Role names who may assume it",
    problem="Role can be assumed by anyone",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:iam", "cis_aws_7:2.21"),
    remediation=Remediation(
        console=_EDIT_TRUST + "name the accounts, roles or services that need the role in place of “*”.",
        cli="aws iam update-assume-role-policy --role-name {name} --policy-document file://trust.json",
    ),
    examples=(
        passes(trust({"Principal": _PARTNER}), "one account", region=GLOBAL),
        passes(
            trust(
                {"Principal": {"AWS": ["*"]}, "Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-a1b2c3d4e5"]}}}
            ),
            "anyone of one organization",
            region=GLOBAL,
        ),
        fails(trust({"Principal": {"AWS": ["*"]}}), region=GLOBAL),
        fails(
            trust({"Principal": {"AWS": ["*"]}, "Condition": _WITH_ID}), "an external id is no secret", region=GLOBAL
        ),
        is_unknown({"Path": "/", TRUST: denied(DETAILS)}, region=GLOBAL),
        does_not_apply(trust({"Principal": _EC2}, path=_LINKED), "a service-linked role", region=GLOBAL),
    ),
    version=2,
)
def iam_role_not_assumable_by_anyone(role: Resource) -> Outcome:
    """A trust policy for everybody makes the role's permissions those of every AWS customer.

    Whoever knows the account's number and guesses the role's name is in; both appear in logs, ARNs and error messages.
    """
    if is_by_aws(role):
        return not_applicable("AWS made the role and keeps its trust policy.", "Path")
    for statement in public_access(trust_of(role)):
        return failed(f"Statement {statement.label} lets in anyone.", statement.path(statement.who, TRUST))
    return passed("Each statement of the trust policy names who may assume the role.", TRUST)


@check(
    resource_type=ROLE,
    title="Role asks accounts outside the organization for an external id",
    problem="Role trusts an account outside the organization without an external id",
    severity=Severity.HIGH,
    controls=("practices:iam", "practices:accounts"),
    remediation=Remediation(
        console=_EDIT_TRUST + "add the condition StringEquals sts:ExternalId with the id that the partner shows for "
        "you alone. Remove the statement if nobody knows the account any more.",
        cli="aws iam update-assume-role-policy --role-name {name} --policy-document file://trust.json",
    ),
    examples=(
        passes(
            trust(
                {"Principal": _PARTNER, "Condition": _WITH_ID}, SharedAccounts=shared_with("444455556666", inside=False)
            ),
            region=GLOBAL,
        ),
        passes(
            trust({"Principal": _PARTNER}, SharedAccounts=shared_with("444455556666", inside=True)),
            "own",
            region=GLOBAL,
        ),
        fails(trust({"Principal": _PARTNER}, SharedAccounts=shared_with("444455556666", inside=False)), region=GLOBAL),
        fails(
            trust(
                {"Principal": {"AWS": ["arn:aws:iam::464622532012:root"]}},
                SharedAccounts=shared_with("464622532012", inside=False),
            ),
            "a vendor that is known",
            region=GLOBAL,
        ),
        passes(
            trust({"Principal": _PARTNER}, SharedAccounts=shared_with("444455556666", inside=False)),
            "a trusted account",
            region=GLOBAL,
            parameters={TRUSTED_ACCOUNTS.name: ("444455556666",)},
        ),
        is_unknown(
            trust({"Principal": _PARTNER}, SharedAccounts=shared_with("444455556666", inside=None)),
            "the organization is not known",
            region=GLOBAL,
        ),
        is_unknown({"Path": "/", TRUST: denied(DETAILS)}, region=GLOBAL),
        does_not_apply(trust({"Principal": _OWN}), "no other account is trusted", region=GLOBAL),
        does_not_apply(trust({"Principal": _EC2}, path=_LINKED), "a service-linked role", region=GLOBAL),
    ),
)
def iam_role_external_trust_has_external_id(role: Resource) -> Outcome:
    """A partner that acts for many customers can be talked into acting on you for one of the others.

    The external id, which the partner gives each customer, ends that. A trust that nobody remembers also shows here:
    former vendors keep their access until somebody takes it away. Accounts of known vendors are named.
    """
    if is_by_aws(role):
        return not_applicable("AWS made the role and keeps its trust policy.", "Path")
    statements = list(letting_in(role))
    trusted = {account for each in statements for account in _accounts(each)} - {role.account_id}
    if not trusted:
        return not_applicable("The trust policy names no other account.", TRUST)
    inside = {each["AccountId"]: each["InOrganization"] for each in role.config.items_of(SHARED)}
    inside |= dict.fromkeys(TRUSTED_ACCOUNTS.value, True)
    others = {account for account in trusted if inside.get(account) is not True}
    open_to = {each: _accounts(each) & others for each in statements if not asks(each, EXTERNAL_ID, is_something)}
    open_to = {each: accounts for each, accounts in open_to.items() if accounts}
    certain = {each: {account for account in accounts if inside.get(account) is False}
               for each, accounts in open_to.items()}  # fmt: skip
    if any(certain.values()):
        known = sorted(set().union(*certain.values()))
        paths = [each.path("Principal", TRUST) for each, accounts in certain.items() if accounts]
        return failed(f"{', '.join(map(named, known))} may assume the role without an external id.", *paths)
    if open_to:
        names = ", ".join(map(named, sorted(set().union(*open_to.values()))))
        return unknown(f"It is not known whether {names} belongs to the organization.", TRUST)
    outside = [named(account) for account in sorted(others) if inside.get(account) is False]
    if outside:
        return passed(f"{', '.join(outside)} must show an external id.", TRUST)
    return passed("No account outside the organization is let in without an external id.", TRUST)


def _accounts(statement: Statement) -> set[str]:
    return {each.account_id for each in statement.principals if each.kind == "AWS" and each.account_id}


@check(
    resource_type=ROLE,
    title="Role for an identity provider names audience and subject",
    problem="Role takes tokens of an identity provider that were not made for it",
    severity=Severity.HIGH,
    controls=("practices:iam",),
    remediation=Remediation(
        console=_EDIT_TRUST + "add StringEquals on the provider's “:aud” and on its “:sub”, the latter with the one "
        "repository and branch, service account or user that needs the role.",
        cli="aws iam update-assume-role-policy --role-name {name} --policy-document file://trust.json",
    ),
    examples=(
        passes(
            trust({
                "Principal": _BY_GITHUB, "Action": _WEB,
                "Condition": {"StringEquals": _AUDIENCE, "StringLike": {f"{_GITHUB}:sub": ["repo:alderfinch/shop:*"]}},
            }),
            region=GLOBAL,
        ),
        fails(trust({"Principal": _BY_GITHUB, "Action": _WEB, "Condition": {"StringEquals": _AUDIENCE}}),
              "any repository on GitHub", region=GLOBAL),
        fails(
            trust({
                "Principal": _BY_GITHUB, "Action": _WEB,
                "Condition": {"StringEquals": _AUDIENCE, "StringLike": {f"{_GITHUB}:sub": ["repo:*"]}},
            }),
            "a pattern for every repository",
            region=GLOBAL,
        ),
        fails(trust({"Principal": {"Federated": ["cognito-identity.amazonaws.com"]}, "Action": _WEB}),
              "any identity pool", region=GLOBAL),
        is_unknown({"Path": "/", TRUST: denied(DETAILS)}, region=GLOBAL),
        does_not_apply(trust({"Principal": _EC2}), "no identity provider", region=GLOBAL),
        does_not_apply(
            trust({"Principal": {"Federated": [f"arn:aws:iam::{EXAMPLE_ACCOUNT}:saml-provider/company"]}}),
            "SAML", region=GLOBAL,
        ),
    ),
)  # fmt: skip
def iam_role_web_identity_pinned(role: Resource) -> Outcome:
    """Public providers sign tokens for all of their customers: every repository on GitHub, every pool of Cognito.

    Without a condition on the subject any of them may have the role; without one on the audience, a token made for
    another service can be replayed here.
    """
    trusted = [(each, issuer) for each in letting_in(role) for one in providers(each) if (issuer := issuer_of(one))]
    if not trusted:
        return not_applicable("The trust policy names no OpenID Connect provider.", TRUST)
    for statement, issuer in trusted:
        wrong = missing_token_condition(statement, issuer)
        if wrong:
            return failed(f"Statement {statement.label} takes tokens of {issuer} {wrong}.", statement.path("", TRUST))
    return passed("Each statement for an identity provider asks for audience and subject.", TRUST)


_BY_AUDIENCE_ALONE = ("cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com")
"""Issuers whose audience is one's own pool or app, so that it pins the tokens by itself."""
_AUDIENCES = {"www.amazon.com": "app_id", "graph.facebook.com": "app_id"}
"""The condition key of the audience, where it is not `aud`."""
_KINDS = frozenset({
    "repo", "repository", "project_path", "project", "organization", "org", "workspace", "system", "serviceaccount",
})  # fmt: skip
"""Parts of a subject that say what kind of name comes next."""


def missing_token_condition(statement: Statement, issuer: str) -> str | None:
    """Return what is not asked of an issuer's tokens, None where all is."""
    audience = f"{issuer}:{_AUDIENCES.get(issuer, 'aud')}"
    if issuer in _BY_AUDIENCE_ALONE and asks(statement, audience, lambda value: not value.is_pattern):
        return None
    if not asks(statement, audience, is_something):
        return "for any audience"
    return None if asks(statement, f"{issuer}:sub", _names_somebody) else "for any subject"


def _names_somebody(subject: Asked) -> bool:
    """Return True if a subject names an owner before wildcards: `repo:alderfinch/*`.

    `repo:alder*` does not: anybody may register such a name with the provider. A cluster is one's own, so there the
    beginning of a namespace suffices.
    """
    if not subject.is_pattern:
        return bool(subject.text)
    *whole, begun = re.split("[:/]", subject.start)
    if not whole:
        return bool(begun) and not any(kind.startswith(begun) for kind in _KINDS)
    parts = [*whole, begun] if whole[0] == "system" and "serviceaccount" in whole else whole
    return any(part and part not in _KINDS for part in parts)


@check(
    resource_type=ROLE,
    title="Role is in use",
    problem="Role has been unused for too long",
    severity=Severity.LOW,
    controls=("practices:iam", "practices:legacy"),
    remediation=Remediation(
        console="IAM → Roles → {name} → Last activity; then Delete, after a look at what may still name the role.",
        cli="aws iam get-role --role-name {name} --query Role.RoleLastUsed",
    ),
    examples=(
        passes(
            {"Path": "/", "CreateDate": "2024-02-01T10:00:00Z"},
            observed={"RoleLastUsed": {"LastUsedDate": "2026-05-30T08:00:00Z"}},
            region=GLOBAL,
        ),
        fails(
            {"Path": "/", "CreateDate": "2024-02-01T10:00:00Z"},
            "with a limit of 30 days",
            observed={"RoleLastUsed": {"LastUsedDate": "2026-04-20T08:00:00Z"}},
            region=GLOBAL,
            parameters={UNUSED_DAYS.name: 30},
        ),
        passes(
            {"Path": "/", "CreateDate": "2026-05-20T10:00:00Z"}, "new", observed={"RoleLastUsed": {}}, region=GLOBAL
        ),
        fails(
            {"Path": "/", "CreateDate": "2024-02-01T10:00:00Z"}, "never", observed={"RoleLastUsed": {}}, region=GLOBAL
        ),
        fails(
            {"Path": "/", "CreateDate": "2024-02-01T10:00:00Z"},
            observed={"RoleLastUsed": {"LastUsedDate": "2026-01-30T08:00:00Z"}},
            region=GLOBAL,
        ),
        is_unknown(
            {"Path": "/", "CreateDate": "2024-02-01T10:00:00Z"},
            observed={"RoleLastUsed": denied(DETAILS)},
            region=GLOBAL,
        ),
        does_not_apply({"Path": _LINKED}, "a service-linked role", region=GLOBAL),
    ),
    reads_observed=True,
)
def iam_role_used(role: Resource, clock: Clock) -> Outcome:
    """A role that nobody uses is missed by nobody when it goes, and by everybody who looks for a way in while it stays.

    IAM remembers the last use for 400 days, with a delay of some hours.
    """
    if is_by_aws(role):
        return not_applicable("AWS made the role and uses it when it has to.", "Path")
    used = role.observed["RoleLastUsed"].get("LastUsedDate")
    last = datetime.fromisoformat(used or role.config["CreateDate"])
    path = "observed.RoleLastUsed.LastUsedDate" if used else "CreateDate"
    what = f"was last used on {last:%Y-%m-%d}" if used else f"was made on {last:%Y-%m-%d} and never used since"
    if clock.is_past(last, timedelta(days=UNUSED_DAYS.value)):
        return failed(f"The role {what}; the limit is {UNUSED_DAYS.value} days.", path)
    return passed(f"The role {what}." if used else f"The role is new, of {last:%Y-%m-%d}.", path)
