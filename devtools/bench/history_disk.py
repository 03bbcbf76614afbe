"""Compare the history's size with a full copy per snapshot, and its growth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import connection

from devtools.bench import history_fixture as fixture
from devtools.bench.history_measures import Goal, bytes_of, rows_of
from devtools.bench.history_story import Account, day
from posture.checks import judge
from posture.core.clock import Clock
from posture.history.ingest.bulk import copy

CURRENT = ("history_resource", "history_version", "history_observed", "history_finding", "history_tally")
CLOSED = {
    "history_version_closed": "valid_to",
    "history_finding_closed": "closed_at",
    "history_tally_closed": "valid_to",
}
POINTS = (
    "history_accountpoint", "history_practicepoint", "history_scopepoint", "history_scopepracticepoint",
    "history_checkpoint", "history_typepoint",
)  # fmt: skip
OTHERS = (
    "history_accountstate", "history_checkversion", "history_fieldgap", "history_gap", "history_snapshot",
    "history_accountsweep", "history_eventlog", "history_eventlogmonth", "history_intervallog",
    "history_intervallogmonth",
)  # fmt: skip
STEADY = ("history_version", "history_observed", "history_tally", "history_accountstate")
"""What is current, of which there is as much on every day."""
SHARES = ((365, 1 / 120), (90, 1 / 60))
"""From which day on the history may weigh at most which share of the full copies."""
COPIED = 50
"""Accounts of which a full copy is made and weighed."""

FULL_COPY = """
CREATE TABLE bench_resource (
    snapshot_id int, account_id bigint, type text, region text, arn text, name text, config jsonb, tags jsonb,
    PRIMARY KEY (snapshot_id, account_id, arn));
CREATE TABLE bench_outcome (
    snapshot_id int, account_id bigint, arn text, check_id text, status text, severity smallint, reason text,
    PRIMARY KEY (snapshot_id, account_id, arn, check_id));
"""


def full_copy(accounts: Sequence[tuple[int, int, str, int]]) -> int:
    """Return the bytes of one full copy of all accounts, as measured on some of them."""
    with connection.cursor() as cursor:
        cursor.execute(FULL_COPY)
    some = accounts[:COPIED]
    for number, pk, account_id, _ in some:
        resources = [fixture.resource(number, account_id, one) for one in Account(number).items.values()]
        copy(
            "bench_resource",
            ("snapshot_id", "account_id", "type", "region", "arn", "name", "config", "tags"),
            (
                (1, pk, r.type, r.region, r.arn, r.name, json.dumps(r.raw_config), json.dumps(r.raw_tags))
                for r in resources
            ),
        )
        copy(
            "bench_outcome",
            ("snapshot_id", "account_id", "arn", "check_id", "status", "severity", "reason"),
            (
                (1, pk, j.resource.arn, j.check_id, j.outcome.status.value, 1, j.outcome.reason)
                for j in judge(resources, (), Clock(day(0)))
            ),
        )
    weight = sum(bytes_of(["bench_resource", "bench_outcome"]).values())
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_resource, bench_outcome")
    return weight * len(accounts) // len(some)


def weigh(one_copy: int, days: int) -> tuple[list[Goal], dict[str, object]]:
    """Return the goals of disk, and bytes and rows by table and through time."""
    tables = (*CURRENT, *CLOSED, *POINTS, *OTHERS)
    weights, rows = bytes_of(tables), rows_of(tables)
    growth = [_at(number, weights, rows) for number in (30, 90, 180, 365) if number <= days]
    goals = []
    for point in growth:
        number, weight = int(point["day"]), int(point["bytes"])
        most = next((share for since, share in SHARES if number >= since), None)
        goals.append(
            Goal(
                f"disk on day {number} as a share of full copies",
                weight / (one_copy * number),
                "of the copies",
                most,
                f"{weight / 1e9:.2f} GB, 1/{one_copy * number / weight:.0f}",
            )
        )
    sizes = {
        "one_full_copy": one_copy,
        "tables": {table: {"bytes": weights[table], "rows": rows[table]} for table in tables},
        "growth": growth,
    }
    return goals, sizes


def _at(number: int, weights: dict[str, int], rows: dict[str, int]) -> dict[str, float]:
    """Return rows and bytes as of a day.

    Rows counted, each taken to weigh what it weighs at the end.
    """
    at = day(number)
    total_rows, total_bytes = 0, 0.0
    for table, count in _counted(at):
        total_rows += count
        total_bytes += count * weights[table] / max(1, rows[table])
    steady = sum(weights[table] for table in STEADY)
    total_rows += sum(rows[table] for table in STEADY)
    return {"day": number, "rows": total_rows, "bytes": int(total_bytes + steady)}


def _counted(at: datetime) -> Iterator[tuple[str, int]]:
    times = {
        **CLOSED, **dict.fromkeys(POINTS, "at"), "history_resource": "first_seen", "history_finding": "first_opened_at",
        "history_snapshot": "as_of", "history_eventlogmonth": "month", "history_intervallogmonth": "month",
    }  # fmt: skip
    with connection.cursor() as cursor:
        for table, column in times.items():
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}" < %s', [at])  # noqa: S608 - constants
            yield table, cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM history_accountsweep p"
            " JOIN history_snapshot s ON s.id = p.snapshot_id WHERE as_of < %s",
            [at],
        )
        yield "history_accountsweep", cursor.fetchone()[0]
