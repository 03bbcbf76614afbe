"""Who the policies in an event's request let in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from posture.activity.events import Event, pick
from posture.core.policy import Statement, canonical, parse

ACCOUNT_ID = re.compile(r"[0-9]{12}")
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


def foreign(event: Event, path: str, *, conditional: bool = False) -> str:
    """Return the outsiders that a policy lets in, everyone included.

    Everyone under conditions counts only if `conditional`: most often the conditions name the own account.
    """
    own = [one for one in statements(event, path) if conditional or not (one.names_everyone and one.conditions)]
    found = [one for statement in own for one in _strangers(statement, event.account)]
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


def foreign_account(event: Event, arn: str) -> str:
    """Return the account of an ARN or id; empty for the event's own."""
    account = arn.split(":")[4] if arn.count(":") >= 5 else arn  # noqa: PLR2004 - an ARN has six parts
    return account if ACCOUNT_ID.fullmatch(account) and account != event.account else ""


def sharing(event: Event, shared: Iterable[Any]) -> str:
    """Return the outsiders among accounts and groups that something is shared with."""
    texts = [one if isinstance(one, str) else pick(one, "userId") or pick(one, "group") for one in shared]
    found = ["everyone" if text == "all" else foreign_account(event, str(text)) for text in texts if text]
    return ", ".join(dict.fromkeys(one if one == "everyone" else f"account {one}" for one in found if one))
