"""Who comes in from outside, and how well a condition keeps others out."""

from __future__ import annotations

from typing import Any

import pytest

from posture.core.policy import parse
from posture.pages.identity.trusts import OutsideTrust, PartyKind, TrustGuard, outside_trusts, party_name
from tests.identity.identities import OWN, trusting

GITHUB = "token.actions.githubusercontent.com"


def of_github(subject: str | None, **rest: Any) -> OutsideTrust:
    """Return the trust of a role for GitHub's tokens about a subject."""
    condition: dict[str, Any] = {"StringEquals": {f"{GITHUB}:aud": ["sts.amazonaws.com"]}, **rest}
    if subject is not None:
        condition["StringLike"] = {f"{GITHUB}:sub": [subject]}
    statement = {
        "Principal": {"Federated": [f"arn:aws:iam::{OWN}:oidc-provider/{GITHUB}"]},
        "Action": ["sts:AssumeRoleWithWebIdentity"],
        "Condition": condition,
    }
    (found,) = outside_trusts(parse(trusting(statement)), OWN, {})
    return found


@pytest.mark.parametrize(
    ("subject", "guard"),
    [
        (None, TrustGuard.NONE),
        ("repo:alder-finch/*", TrustGuard.WIDE),
        ("repo:alder-finch/lake:*", TrustGuard.WIDE),
        ("repo:alder-finch/lake:ref:*", TrustGuard.WIDE),
        ("repo:alder-finch/lake:ref:refs/heads/main", TrustGuard.HOLDS),
        ("repo:alder-finch/lake:ref:refs/heads/release-*", TrustGuard.HOLDS),
        ("repo:alder-finch/lake:environment:production", TrustGuard.HOLDS),
    ],
)
def test_a_subject_of_whatever_branch_is_too_wide(subject: str | None, guard: TrustGuard) -> None:
    assert of_github(subject).guard is guard


def test_a_known_vendor_is_named() -> None:
    assert party_name(PartyKind.ACCOUNT, "464622532012") == ("vendor · Datadog", "464622532012")
    assert party_name(PartyKind.ACCOUNT, "444455556666") == ("account outside", "444455556666")
