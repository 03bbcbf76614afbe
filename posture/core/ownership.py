"""Resources shared with an account by AWS RAM, which are judged at their owner's."""

from __future__ import annotations

from posture.core.outcome import Outcome, not_applicable
from posture.core.resource import Resource


def owned_elsewhere(resource: Resource, key: str = "OwnerId") -> Outcome | None:
    """Return the outcome of a resource that another account shares, else None."""
    owner = resource.config.get(key)
    if not owner or owner == resource.account_id:
        return None
    return not_applicable(f"Account {owner} owns this and shares it; it is judged there.", key)
