"""Writes field gaps: of how many resources of a type a field could not be read, through time.

Counted when a result is recorded, so that no page has to open configurations. Resources that are out of sight count as
they were seen last.
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
from posture.history.ingest.last_known import stored_resources
from posture.history.ingest.pipeline import Statement
from posture.history.ingest.resource_diff import Known

Key = tuple[str, str, str, str, str]
"""Region, resource type, action, reason, error."""
ACTION_LENGTH, REASON_LENGTH, ERROR_LENGTH, REQUEST_ID_LENGTH = 200, 32, 200, 128
COLUMNS = (
    "account_id", "region", "resource_type", "action", "reason", "error", "blinds", "message", "remedy", "request_id",
    "resources", "since", "valid_from",
)  # fmt: skip
NOTHING_SAID = Refusal("", "")


@dataclass(frozen=True, slots=True)
class Open:
    """A field gap that is current."""

    id: int
    resources: int
    since: datetime


def asking(account_pk: int) -> Statement:
    """Return the query for the current field gaps of an account, whose rows `loaded` takes."""
    return (
        "SELECT region, resource_type, action, reason, error, id, resources, since FROM history_fieldgap"
        " WHERE account_id = %s AND valid_to IS NULL",
        [account_pk],
    )


def loaded(rows: Iterable[Sequence[Any]]) -> dict[Key, Open]:
    """Return the current field gaps by their keys."""
    return {(row[0], row[1], row[2], row[3], row[4]): Open(*row[5:]) for row in rows}


def count(partly_read: Iterable[tuple[Resource, Mapping[Unknown, int]]]) -> Counter[Key]:
    """Count resources by what of them could not be read; the members of a population each."""
    found: Counter[Key] = Counter()
    for each, lacking in partly_read:
        for unknown, number in lacking.items():
            found[_key(each.region, each.type, unknown)] += number
    return found


def last_unread(
    account_id: str, carried: Iterable[Known], before: Mapping[Key, Open], *, is_compared: bool
) -> dict[int, tuple[Resource, Counter[Unknown]]]:
    """Return, by id, what could not be read of resources that were not seen now, as they were seen last.

    Where the result `is_compared` with the account's last one, `before` says where something can be unknown.
    """
    places = {key[:2] for key in before}
    wanted = [each for each in carried if not is_compared or (each.region, each.type) in places]
    stored = stored_resources(account_id, wanted)
    return {number: (each.told, lacking) for number, each in stored.items() if (lacking := unread(each.told))}


def write(
    account_pk: int, at: datetime, before: Mapping[Key, Open], now: Mapping[Key, int], result: AccountResult
) -> None:
    """Bring the current field gaps to what was counted: a row for as long as a number holds."""
    ended = [each.id for key, each in before.items() if now.get(key) != each.resources]
    if ended:
        execute("UPDATE history_fieldgap SET valid_to = %s WHERE id = ANY(%s::bigint[])", [at, ended])
    said = {_words(unknown): refusal for unknown, refusal in result.refusals.items()}
    copy(
        "history_fieldgap",
        COLUMNS,
        [
            _row(account_pk, at, key, resources, before.get(key), said.get(key[2:], NOTHING_SAID))
            for key, resources in now.items()
            if key not in before or before[key].resources != resources
        ],
    )


def _row(account_pk: int, at: datetime, key: Key, resources: int, before: Open | None, said: Refusal) -> list[Any]:
    words = clean(said.message), clean(said.remedy), clean(said.request_id)[:REQUEST_ID_LENGTH]
    return [account_pk, *key, blinds(key[3]), *words, resources, before.since if before else at, at]


def _key(region: str, resource_type: str, unknown: Unknown) -> Key:
    return (region, resource_type, *_words(unknown))


def _words(unknown: Unknown) -> tuple[str, str, str]:
    return (
        clean(unknown.action)[:ACTION_LENGTH],
        clean(str(unknown.reason))[:REASON_LENGTH],
        clean(unknown.error)[:ERROR_LENGTH],
    )
