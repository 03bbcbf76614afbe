"""Whom a resource policy lets in from outside, by its own text.

Checks ask this. What blocks besides the policy (S3's public access block, an SCP or RCP) is theirs to add.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from posture.core.conditions import Condition
from posture.core.iam.condition import condition_for_strangers
from posture.core.iam.deny_coverage import DenyCoverage
from posture.core.iam.logic import Truth, all_of
from posture.core.iam.statements import meets
from posture.core.iam.strangers import ALLOWED_STRANGER, DENIED_STRANGER
from posture.core.policy import Policy, Statement


class OutsideAccess:
    """What a policy's statements let people do who are not of the account."""

    def __init__(self, policy: Policy) -> None:
        """Take a policy, parsed."""
        self._policy = policy

    def public(self) -> tuple[Statement, ...]:
        """Return the statements that let in anyone.

        They need no known network, account or organization, and no Deny that keeps out all but known ones covers them.
        """
        return tuple(one for one in self._policy.allows if one.names_everyone and self.is_unguarded(one))

    def to_others(self, *own: str) -> tuple[Statement, ...]:
        """Return the statements that allow strangers to an account, everyone included."""
        return tuple(one for one in self._policy.allows if one.names_everyone or one.strangers(*own))

    def is_unguarded(self, allow: Statement) -> bool:
        """Return True if nothing limits an Allow to known callers: no condition, no Deny."""
        return admits_strangers(allow) and not self._shutting.cover(allow)

    @cached_property
    def _shutting(self) -> DenyCoverage:
        return DenyCoverage([deny for deny in self._policy.denies if _keeps_out_strangers(deny)])


def public_access(policy: Policy) -> tuple[Statement, ...]:
    """Return the statements of a policy that let in anyone."""
    return OutsideAccess(policy).public()


def admits_strangers(allow: Statement) -> bool:
    """Return False if a condition of an Allow needs a known network, account or such."""
    return _met_by_stranger(allow.conditions, allows=True) is not False


def _keeps_out_strangers(deny: Statement) -> bool:
    if deny.not_principals:
        names_strangers = not any(principal.is_everyone for principal in deny.not_principals)
    else:
        names_strangers = any(principal.is_everyone for principal in deny.principals)
    return names_strangers and _met_by_stranger(deny.conditions, allows=False) is True


def _met_by_stranger(conditions: Iterable[Condition], *, allows: bool) -> Truth:
    context = ALLOWED_STRANGER if allows else DENIED_STRANGER
    return all_of(meets(condition_for_strangers(one), context, allows=allows) for one in conditions)
