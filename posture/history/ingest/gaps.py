"""Writes gaps: opened when a listing first fails, closed when it is read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from posture.core.gap import ANY, Gap, GapReason
from posture.core.sweep import AccountResult
from posture.history.ingest.bulk import clean
from posture.history.ingest.pipeline import Statement
from posture.history.models import GapRecord

Key = tuple[str, str, str, str]
REQUEST_ID_LENGTH = 128
COLUMNS = ("id", "region", "resource_type", "action", "reason", "blinds", "error", "message", "remedy", "opened_at")


def same(before: Mapping[Key, GapRecord], result: AccountResult) -> bool:
    """Tell whether the open gaps are those of the result."""
    return before.keys() == _of(result).keys()


def still_open(before: Mapping[Key, GapRecord], result: AccountResult) -> list[Gap]:
    """Return the gaps that are open after a result: its own, and those of before that it did not ask about."""
    now = _of(result)
    unasked = (record for key, record in before.items() if key not in now and not _read_again(record, result))
    return [*result.gaps, *(_gap(result.account_id, record) for record in unasked)]


def _gap(account_id: str, record: GapRecord) -> Gap:
    reason = GapReason(record.reason)
    return Gap(account_id, record.region, record.resource_type, record.action, reason, record.error)


def write(account_pk: int, at: datetime, before: Mapping[Key, GapRecord], result: AccountResult) -> None:
    """Bring the open gaps to those of the result; what it did not ask about stays as it was."""
    now = _of(result)
    if not now and not before:
        return
    closing = [record.pk for key, record in before.items() if key not in now and _read_again(record, result)]
    if closing:
        GapRecord.objects.filter(pk__in=closing).update(closed_at=at)
    GapRecord.objects.bulk_create(_record(account_pk, at, gap) for key, gap in now.items() if key not in before)
    reworded = [
        _reword(before[key], gap) for key, gap in now.items() if key in before and _words_differ(before[key], gap)
    ]
    GapRecord.objects.bulk_update(reworded, ["error", "message", "remedy", "request_id"])


def _of(result: AccountResult) -> dict[Key, Gap]:
    return {(gap.region, gap.resource_type, gap.action, gap.reason.value): gap for gap in result.gaps}


def asking(account_pk: int) -> Statement:
    """Return the query for the open gaps of an account, whose rows `loaded` takes."""
    return f"SELECT {', '.join(COLUMNS)} FROM history_gap WHERE account_id = %s AND closed_at IS NULL", [account_pk]  # noqa: S608 - constants


def loaded(account_pk: int, rows: Iterable[tuple[Any, ...]]) -> dict[Key, GapRecord]:
    """Return the open gaps of an account."""
    found = (GapRecord(account_id=account_pk, **dict(zip(COLUMNS, row, strict=True))) for row in rows)
    return {_key(record): record for record in found}


def _key(record: GapRecord) -> Key:
    return record.region, record.resource_type, record.action, record.reason


def _read_again(record: GapRecord, result: AccountResult) -> bool:
    if any(gap.region == gap.resource_type == ANY for gap in result.gaps):
        return record.region == record.resource_type == ANY  # the same refusal, for another reason
    if record.region == ANY:
        return record.resource_type in {ANY, *result.swept_types}
    return record.region in result.regions and record.resource_type in {ANY, *result.swept_types}


def _record(account_pk: int, at: datetime, gap: Gap) -> GapRecord:
    return _reword(
        GapRecord(
            account_id=account_pk,
            region=gap.region,
            resource_type=gap.resource_type,
            action=gap.action,
            reason=gap.reason.value,
            blinds=gap.reason.blinds,
            opened_at=at,
        ),
        gap,
    )


def _reword(record: GapRecord, gap: Gap) -> GapRecord:
    record.error, record.message, record.remedy = _words(gap)
    # That of the answer that is quoted: a newer one with the same words is no change.
    record.request_id = clean(gap.request_id)[:REQUEST_ID_LENGTH]
    return record


def _words_differ(record: GapRecord, gap: Gap) -> bool:
    return (record.error, record.message, record.remedy) != _words(gap)


def _words(gap: Gap) -> tuple[str, str, str]:
    return clean(gap.error), clean(gap.message), clean(gap.remedy)
