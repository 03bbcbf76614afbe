"""The IAM actions that a sweep needs, gathered from what collectors declare.

Nothing is listed twice by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from posture.collectors import all_collectors
from posture.core.collector import ListingScope

ENGINE_ACTIONS = {
    "ec2:DescribeRegions": "which regions the account has enabled, and so where to look",
    "guardduty:ListMembers": "what GuardDuty's administrator says of all members, so that each need not be asked",
    "iam:GetPolicy": "which version of the role's own policies is in force",
    "iam:GetPolicyVersion": "what the role's own policies allow, to distinguish an outdated role from a refusal",
    "iam:GetRole": "which policy version the role was deployed with",
    "iam:ListAttachedRolePolicies": "which policies the role was deployed with",
    "inspector2:ListMembers": "for which members Inspector's administrator can be asked at once",
    "macie2:ListMembers": "what Macie's administrator says of all members, so that each need not be asked",
    "securityhub:ListMembers": "what Security Hub's administrator says of all members, so that each need not be asked",
}
"""What the engine itself asks in every account, besides the collectors, and what for."""

DISCOVERY_ACTIONS = {
    "organizations:DescribeOrganization": "which Organization this is, and which account manages it",
    "organizations:ListAccounts": "which accounts there are to sweep",
    "organizations:ListAccountsForParent": "which unit each account is in",
    "organizations:ListOrganizationalUnitsForParent": "how the units are nested",
    "organizations:ListParents": "where an account is that no list holds: it moved meanwhile, or it has left",
    "organizations:ListRoots": "where the tree of units begins",
    "organizations:ListTagsForResource": "how accounts are tagged",
}
"""What finding an Organization's accounts takes, in its management account or a delegated administrator."""


@cache
def member_actions() -> Sequence[str]:
    """Return the IAM actions that a sweep needs in every account, sorted."""
    declared = (c.actions for c in all_collectors().values() if c.scope is not ListingScope.ORGANIZATION)
    return tuple(sorted({*ENGINE_ACTIONS, *(action for actions in declared for action in actions)}))


@cache
def management_actions() -> Sequence[str]:
    """Return the IAM actions needed where the Organization itself is read, sorted."""
    declared = (c.actions for c in all_collectors().values() if c.scope is ListingScope.ORGANIZATION)
    own = (action for actions in declared for action in actions)
    return tuple(sorted({*member_actions(), *DISCOVERY_ACTIONS, *own}))
