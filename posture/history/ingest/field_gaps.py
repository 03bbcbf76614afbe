"""Writes field gaps: how many resources of a type lack a field, through time.

They are counted when a result is recorded, so that no page has to read configurations. Unseen resources count
as they were last seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.core.unread import Refusal, blinds, unread
from posture.core.values import Unknown
from posture.history.ingest.bulk import clean, copy, execute
from posture.history.ingest.pipeline import Statement
from posture.history.ingest.stored_state import KnownResource, load_contents

FieldGapKey = tuple[str, str, str, str, str]
"""Region, resource type, action, reason, error."""
ACTION_LENGTH, REASON_LENGTH, ERROR_LENGTH, REQUEST_ID_LENGTH = 200, 32, 200, 128
FIELD_GAP_COLUMNS = (
    "account_id", "region", "resource_type", "action", "reason", "error", "blinds", "message", "remedy", "request_id",
    "resources", "since", "valid_from",
)  # fmt: skip
_NO_REFUSAL = Refusal("", "")


@dataclass(frozen=True, slots=True)
class OpenFieldGap:
    """A field gap that is current."""

    id: int
    resources: int
    since: datetime


def query(account_pk: int) -> Statement:
    """Return the query for current field gaps; `as_open` takes its rows."""
    return (
        "SELECT region, resource_type, action, reason, error, id, resources, since FROM history_fieldgap"
        " WHERE account_id = %s AND valid_to IS NULL",
        [account_pk],
    )


def as_open(rows: Iterable[Sequence[Any]]) -> dict[FieldGapKey, OpenFieldGap]:
    """Return the current field gaps by their keys."""
    return {(row[0], row[1], row[2], row[3], row[4]): OpenFieldGap(*row[5:]) for row in rows}


def count(partly_read: Iterable[tuple[Resource, Mapping[Unknown, int]]]) -> Counter[FieldGapKey]:
    """Count resources by the field that could not be read.

    Each member of a population counts.
    """
    found: Counter[FieldGapKey] = Counter()
    for each, lacking in partly_read:
        for unknown, number in lacking.items():
            found[_key(each.region, each.type, unknown)] += number
    return found


def last_unread(
    account_id: str, retained: Iterable[KnownResource], before: Mapping[FieldGapKey, OpenFieldGap], *, is_compared: bool
) -> dict[int, tuple[Resource, Counter[Unknown]]]:
    """Return retained resources that lacked a field when last seen, and which.

    Where the result `is_compared` with the account's last one, `before` has every region and type that lacks any.
    """
    lacking_any = {key[:2] for key in before}
    wanted = [each for each in retained if not is_compared or (each.region, each.type) in lacking_any]
    contents = load_contents(account_id, wanted)
    return {number: (each.last_seen, fields) for number, each in contents.items() if (fields := unread(each.last_seen))}


def write(
    account_pk: int,
    at: datetime,
    before: Mapping[FieldGapKey, OpenFieldGap],
    now: Mapping[FieldGapKey, int],
    result: AccountResult,
) -> None:
    """Bring the current field gaps to what was counted.

    There is one row for as long as a number is the same.
    """
    ended = [each.id for key, each in before.items() if now.get(key) != each.resources]
    if ended:
        execute("UPDATE history_fieldgap SET valid_to = %s WHERE id = ANY(%s::bigint[])", [at, ended])
    refusals = {_unknown_key(unknown): refusal for unknown, refusal in result.refusals.items()}
    copy(
        "history_fieldgap",
        FIELD_GAP_COLUMNS,
        [
            _row(account_pk, at, key, resources, before.get(key), refusals.get(key[2:], _NO_REFUSAL))
            for key, resources in now.items()
            if key not in before or before[key].resources != resources
        ],
    )


def _row(
    account_pk: int, at: datetime, key: FieldGapKey, resources: int, before: OpenFieldGap | None, refusal: Refusal
) -> list[Any]:
    text = clean(refusal.message), clean(refusal.remedy), clean(refusal.request_id)[:REQUEST_ID_LENGTH]
    return [account_pk, *key, blinds(key[3]), *text, resources, before.since if before else at, at]


def _key(region: str, resource_type: str, unknown: Unknown) -> FieldGapKey:
    return (region, resource_type, *_unknown_key(unknown))


def _unknown_key(unknown: Unknown) -> tuple[str, str, str]:
    return (
        clean(unknown.action)[:ACTION_LENGTH],
        clean(str(unknown.reason))[:REASON_LENGTH],
        clean(unknown.error)[:ERROR_LENGTH],
    )
