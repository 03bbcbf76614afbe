"""The statement that gives power, as lines with the deciding ones marked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posture.history.query import ResourceRecord
from posture.pages.identity.facts import IdentityKind
from posture.pages.identity.limits import LimitWords
from posture.pages.identity.power import POWER_WORDS
from posture.pages.identity.queries import IdentityRow
from posture.pages.identity.uses import use_names

DECIDING = ("Principal", "Action", "NotAction", "Resource", "NotResource")
INLINE = re.compile(r"(\w+)\[(\d+)\]\.PolicyDocument")
VALUES_MAX = 6
"""Values of an element that are shown; AWS's own policies list hundreds."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line of a statement, and whether it decides."""

    text: str
    decides: bool


@dataclass(frozen=True, slots=True)
class ShownIdentity:
    """An identity with its record and the statement that gives it its power."""

    row: IdentityRow
    record: ResourceRecord
    used: str
    """How long ago it was used when its account was read."""
    source: str = ""
    """Which policy, and which of its statements."""
    lines: tuple[StatementLine, ...] = ()
    unchanged_since: datetime | None = None
    """Since when neither the identity nor the deciding policy has changed; None if it was so from the first sweep."""
    holder_id: int = 0

    @property
    def kind(self) -> str:
        """What it is, in a word."""
        if self.row.kind is IdentityKind.PERSON or self.record.type.endswith("User"):
            return "user" if self.row.kind is IdentityKind.PERSON else "user of a program"
        return "role of a service" if self.row.kind is IdentityKind.SERVICE else "role"

    @property
    def power(self) -> str:
        """What it may do."""
        return POWER_WORDS[self.row.power].name


def show(
    row: IdentityRow, record: ResourceRecord, holders: Mapping[int, ResourceRecord], limits: LimitWords
) -> ShownIdentity:
    """Return an identity as the page shows it."""
    used = use_names(limits)[row.use]
    ground = row.ground
    holder = holders.get(ground.holder) if ground else None
    changed = [one.valid_from for one in (record, holder) if one is not None and one.valid_from > one.first_seen]
    since = max(changed, default=None)
    if ground is None or holder is None:
        return ShownIdentity(row, record, used, unchanged_since=since)
    document = _document(holder.config, ground.path)
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    raw = statements[ground.statement] if isinstance(statements, list) and ground.statement < len(statements) else {}
    source = f"{ground.policy}, {ground.kind}, statement {ground.statement + 1} of {ground.statements}"
    return ShownIdentity(row, record, used, source, tuple(_lines(raw)), since, holder.resource_id)


def _document(config: Mapping[str, Any], path: str) -> Any:
    """Return the document of a managed or an inline policy at its path."""
    inline = INLINE.fullmatch(path)
    if inline is None:
        return config.get(path)
    policies = config.get(inline[1])
    place = int(inline[2])
    return policies[place]["PolicyDocument"] if isinstance(policies, list) and place < len(policies) else None


def _lines(statement: Mapping[str, Any]) -> Iterator[StatementLine]:
    for key in ("Sid", "Effect", *DECIDING, "Condition"):
        if key in statement:
            yield StatementLine(f'"{key}": {_value(statement[key])}', key in DECIDING)


def _value(value: Any) -> str:
    if isinstance(value, list) and len(value) > VALUES_MAX:
        shown = ", ".join(json.dumps(each) for each in value[:VALUES_MAX])
        return f"[{shown}, and {len(value) - VALUES_MAX:,} more]"
    return json.dumps(value[0] if isinstance(value, list) and len(value) == 1 else value, ensure_ascii=False)
