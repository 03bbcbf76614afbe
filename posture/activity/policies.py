"""Who the policies in an event's request let in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from posture.activity.events import Event
from posture.core.policy import Statement, canonical, parse

ADMINISTRATORS = ("/AdministratorAccess", "/IAMFullAccess", "/PowerUserAccess")


def statements(event: Event, path: str) -> list[Statement]:
    """Return what a policy in the request allows; raises ValueError if unreadable."""
    document = event.get(f"requestParameters.{path}")
    if document in (None, "", {}):
        return []
    return list(parse(canonical(document)).allows)


def allows_everyone(event: Event, path: str) -> bool:
    """Return True if a statement lets in everyone and no condition narrows it."""
    return any(one.names_everyone and not one.conditions for one in statements(event, path))


def foreign(event: Event, path: str) -> str:
    """Return the outsiders that a policy lets in, everyone included."""
    found = [one for statement in statements(event, path) for one in _strangers(statement, event.account)]
    return ", ".join(dict.fromkeys(found))


def _strangers(statement: Statement, account: str) -> Iterator[str]:
    if statement.names_everyone:
        yield "everyone" if not statement.conditions else "everyone under conditions"
        return
    # Providers are of the role's own account, and judged where they are created.
    for principal in statement.principals:
        if principal.kind != "Federated" and (stranger := principal.stranger((account,))):
            yield stranger


def is_administrator(statement: Statement) -> bool:
    """Return True for all actions, or all of IAM's, on all resources."""
    return statement.does("*") or (statement.does("iam:*") and statement.on("*"))


def names_administrator(arn: str) -> bool:
    """Return True for AWS's policies that give power over an account."""
    return arn.startswith("arn:aws") and ":iam::aws:policy/" in arn and arn.endswith(ADMINISTRATORS)


def compact(value: Any) -> str:
    """Return a value as short JSON text."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True, default=str)
