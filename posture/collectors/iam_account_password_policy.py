"""Asks which passwords IAM users may choose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.core.collector import Ask, Cadence, Column, Family, ListingScope, collector
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown, UnknownFieldError


@collector(
    resource_type="AWS::IAM::AccountPasswordPolicy",
    title="Password policy",
    plural="Password policies",
    service="iam",
    family=Family.IDENTITY,
    cadence=Cadence.DAILY,
    scope=ListingScope.GLOBAL,
    actions=("iam:GetAccountPasswordPolicy",),
    columns=(
        Column("Exists", "Set"),
        Column("MinimumPasswordLength", "Length"),
        Column("PasswordReusePrevention", "Passwords remembered"),
        Column("MaxPasswordAge", "Expires after (days)"),
    ),
)
def password_policies(ask: Ask) -> Iterator[Resource]:
    """Where the account has set no policy, IAM's weak default holds; that too is a state to be judged."""
    policy: Any = ask.field("iam", "get_account_password_policy", "PasswordPolicy", absent=("NoSuchEntity",))
    if isinstance(policy, Unknown):
        raise UnknownFieldError(policy)
    yield ask.resource(
        {"Exists": policy is not None, **(policy or {})},
        arn=ask.arn("iam", "password-policy", region=""),
        name="Password policy",
        region=GLOBAL,
    )
