"""One scale of the history's benchmark.

Lays down, records, weighs, reads, forgets; writes its report as JSON.
"""

from __future__ import annotations

import json
import logging
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from devtools.bench import history_world as world
from devtools.bench import host

RECORDED = 10
"""Days that go through the real record path."""


def main(url: str, redis: str, output: str, accounts: int, days: int, jobs: int, populations: int) -> None:
    """Run it on the database at `url` and the cache at `redis`."""
    begin = time.monotonic()
    world.prepare(url, redis)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    organization, rows = world.create_organization(accounts)
    world.load_year(url, organization, rows, days - RECORDED, jobs, has_populations=bool(populations))
    loaded = time.monotonic() - begin
    journaled = _journal([pk for _, pk, _, _ in rows], days - RECORDED - 1)
    _log(f"loaded down {accounts} accounts over {days - RECORDED} days in {loaded:.0f} s")
    report: dict[str, Any] = {
        "accounts": accounts, "days": days, "populations": populations, "laid_down_seconds": loaded,
        "host": host.summary(),
    }  # fmt: skip
    _log(f"journal of the year: {journaled.as_json()}")
    report |= {"journal": journaled.as_json()}
    report |= _measure(organization, rows, days, has_populations=bool(populations))
    report |= {"seconds": time.monotonic() - begin, "host_after": host.summary()}
    Path(output).write_text(json.dumps(report))


def _journal(account_pks: Sequence[int], last: int) -> Any:
    """Write the accounts' position, and build the journal of their year.

    Return what that took.
    """
    from devtools.bench.history_measures import Spent
    from devtools.bench.history_story import day
    from posture.history.columnar import event_log
    from posture.history.models import AccountState

    AccountState.objects.bulk_create(AccountState(account_id=pk, last_at=day(last)) for pk in account_pks)
    spent = Spent()
    with spent.counting():
        event_log.extend(account_pks)
    return spent


def _build_monthly_snapshots(account_pks: Sequence[int]) -> Any:
    """Build what is kept for reads as of a date, up to the accounts' position.

    Return what that took.
    """
    from devtools.bench.history_measures import Spent
    from posture.history.columnar import current_snapshot, monthly_snapshots

    spent = Spent()
    with spent.counting():
        monthly_snapshots.extend((current_snapshot.FINDINGS, current_snapshot.RESOURCES), account_pks)
    return spent


def _measure(organization: Any, rows: Sequence[Any], days: int, *, has_populations: bool) -> dict[str, Any]:
    from devtools.bench import history_disk, history_reads, history_retention
    from devtools.bench.history_days import Recorder
    from devtools.bench.history_measures import Goal

    recorder = Recorder(organization, rows, days - RECORDED, has_populations)
    thousands = len(rows) / 1000
    account_pks = [pk for _, pk, _, _ in rows]
    snapshots = [_build_monthly_snapshots(account_pks)]
    _log(f"the year's lives: {snapshots[0].as_json()}")
    spent = []
    for number in range(days - RECORDED, days):
        recording, finishing = recorder.record(number)
        spent.append((recording, finishing))
        snapshots.append(_build_monthly_snapshots(account_pks))
        _log(f"day {number}: {recording.as_json()} and {finishing.as_json()}, then {snapshots[-1].as_json()}")
    recorder.record(days, advance=False)  # on this day what was missed the day before is missed again, and gone
    still, finished = recorder.record(days + 1, advance=False)
    _log(f"unchanged: {still.as_json()} and {finished.as_json()}")
    daily = sorted(recording.cpu + finishing.cpu for recording, finishing in spent)
    goals = [
        Goal("daily snapshot recorded, CPU of one core, median", daily[len(daily) // 2], "s", 30 * thousands,
             f"undisturbed {_alone(spent)}; records {spent[-1][0].as_json()}, end {spent[-1][1].as_json()}"),
        Goal("daily snapshot recorded, the slowest", daily[-1], "s"),
        Goal("snapshot that changes nothing, CPU of one core", still.cpu + finished.cpu, "s", 10 * thousands,
             f"undisturbed {_alone([(still, finished)])}; records {still.as_json()}, end {finished.as_json()}"),
    ]  # fmt: skip
    further = sorted(each.cpu for each in snapshots[1:])
    vacuumed = sorted(each.cpu for each in recorder.vacuumed[:RECORDED])
    goals += [
        Goal("tables vacuumed after a daily snapshot, by a job of its own, median", vacuumed[RECORDED // 2], "s"),
        Goal("monthly snapshots of the year for reads as of a date, once", snapshots[0].cpu, "s"),
        Goal("the same brought on by a day, median", further[len(further) // 2], "s"),
    ]
    disk, sizes = history_disk.weigh(history_disk.full_copy(rows), days)
    goals += disk
    _log("weighed")
    goals += history_reads.Reader(organization, days).goals()
    goals += history_retention.goals(organization, days)
    return {
        "goals": [goal.as_json() for goal in goals],
        "disk": sizes,
        "recorded": [[recording.as_json(), finishing.as_json()] for recording, finishing in spent],
    }


def _alone(days: Sequence[tuple[Any, Any]]) -> str:
    """Return the cost of a day's two parts on an undisturbed core, as a median."""
    parts = [[each.alone() for each in part] for part in zip(*days, strict=True)]
    known = [[each for each in part if not math.isnan(each)] for part in parts]
    return " + ".join(f"{median(each):.1f} s" if each else "?" for each in known)


def _log(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    main(sys.argv[1], sys.argv[2], sys.argv[3], *map(int, sys.argv[4:]))
