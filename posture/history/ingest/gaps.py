"""Writes gaps: opened when a listing fails, closed when it is read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from posture.core.gap import ANY, Gap, GapReason
from posture.core.sweep import AccountResult
from posture.history.ingest.bulk import clean
from posture.history.ingest.pipeline import Statement
from posture.history.models import GapRecord

GapKey = tuple[str, str, str, str]
"""Region, resource type, action and reason."""
REQUEST_ID_LENGTH = 128
GAP_COLUMNS = ("id", "region", "resource_type", "action", "reason", "blinds", "error", "message", "remedy", "opened_at")


def are_same(before: Mapping[GapKey, GapRecord], result: AccountResult) -> bool:
    """Return True if the open gaps are those of the result."""
    return before.keys() == _of(result).keys()


def still_open(before: Mapping[GapKey, GapRecord], result: AccountResult) -> list[Gap]:
    """Return the gaps that are open after a result.

    They are its own, and earlier ones that it did not ask about.
    """
    now = _of(result)
    unasked = (record for key, record in before.items() if key not in now and not _read_again(record, result))
    return [*result.gaps, *(_gap(result.account_id, record) for record in unasked)]


def _gap(account_id: str, record: GapRecord) -> Gap:
    reason = GapReason(record.reason)
    return Gap(account_id, record.region, record.resource_type, record.action, reason, record.error)


def write(account_pk: int, at: datetime, before: Mapping[GapKey, GapRecord], result: AccountResult) -> None:
    """Bring the open gaps to those of the result; what it did not ask about is kept."""
    now = _of(result)
    if not now and not before:
        return
    closing = [record.pk for key, record in before.items() if key not in now and _read_again(record, result)]
    if closing:
        GapRecord.objects.filter(pk__in=closing).update(closed_at=at)
    GapRecord.objects.bulk_create(_record(account_pk, at, gap) for key, gap in now.items() if key not in before)
    updated = [
        _update_text(before[key], gap)
        for key, gap in now.items()
        if key in before and _has_other_text(before[key], gap)
    ]
    GapRecord.objects.bulk_update(updated, ["error", "message", "remedy", "request_id"])


def _of(result: AccountResult) -> dict[GapKey, Gap]:
    return {(gap.region, gap.resource_type, gap.action, gap.reason.value): gap for gap in result.gaps}


_LOAD = """
SELECT id, region, resource_type, action, reason, blinds, error, message, remedy, opened_at
FROM history_gap WHERE account_id = %s AND closed_at IS NULL
"""


def query(account_pk: int) -> Statement:
    """Return the query for the open gaps of an account, whose rows `as_records` takes."""
    return _LOAD, [account_pk]


def as_records(account_pk: int, rows: Iterable[tuple[Any, ...]]) -> dict[GapKey, GapRecord]:
    """Return the open gaps of an account."""
    found = (GapRecord(account_id=account_pk, **dict(zip(GAP_COLUMNS, row, strict=True))) for row in rows)
    return {_key(record): record for record in found}


def _key(record: GapRecord) -> GapKey:
    return record.region, record.resource_type, record.action, record.reason


def _read_again(record: GapRecord, result: AccountResult) -> bool:
    if result.source:
        return False
    if any(gap.region == gap.resource_type == ANY for gap in result.gaps):
        return record.region == record.resource_type == ANY  # the same refusal, for another reason
    if record.region == ANY:
        return record.resource_type in {ANY, *result.swept_types}
    return record.region in result.regions and record.resource_type in {ANY, *result.swept_types}


def _record(account_pk: int, at: datetime, gap: Gap) -> GapRecord:
    return _update_text(
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


def _update_text(record: GapRecord, gap: Gap) -> GapRecord:
    record.error, record.message, record.remedy = _text(gap)
    # That of the answer that is quoted: a newer one with the same words is no change.
    record.request_id = clean(gap.request_id)[:REQUEST_ID_LENGTH]
    return record


def _has_other_text(record: GapRecord, gap: Gap) -> bool:
    return (record.error, record.message, record.remedy) != _text(gap)


def _text(gap: Gap) -> tuple[str, str, str]:
    return clean(gap.error), clean(gap.message), clean(gap.remedy)
