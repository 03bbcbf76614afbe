"""The benchmark's own server, organization and roll-ups.

Everything around the accounts' histories.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from devtools.bench.history_story import day
from devtools.local.postgres import SETTINGS, Postgres

if TYPE_CHECKING:
    from accounts.models import Organization

SERVER = {
    **SETTINGS,
    "shared_buffers": "1GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "8GB",
    # So that the process behind the connection does all of the work, and its CPU is all of the CPU.
    "max_parallel_workers_per_gather": "0",
    "log_min_duration_statement": "-1",
}
UNITS = 4
"""Units below the root, each with as many below it."""


@contextmanager
def server(folder: Path) -> Iterator[Postgres]:
    """Run the benchmark's PostgreSQL; its data are deleted at the end."""
    postgres = Postgres(folder)
    postgres.settings = dict(SERVER)
    try:
        postgres.start()
        yield postgres
    finally:
        postgres.remove()


def run(command: Sequence[str]) -> None:
    """Run a process of the benchmark; raises where it fails."""
    subprocess.run(command, check=True)


def prepare(url: str, redis: str = "unix:///nonexistent") -> None:
    """Set Django up on a database, with the benchmark's checks."""
    os.environ.update(
        DATABASE_URL=url,
        REDIS_URL=redis,
        PLUMBLINE_SECRET_KEY=secrets.token_urlsafe(48),
        PLUMBLINE_HTTPS="no",
        PLUMBLINE_HASHED_STATIC="no",
        PLUMBLINE_LOG_LEVEL="WARNING",
        DJANGO_SETTINGS_MODULE="posture.settings",
    )
    import django

    from devtools.bench import history_fixture
    from posture import checks

    django.setup()
    declared = history_fixture.checks()
    checks.declared = lambda *_: declared  # type: ignore[attr-defined,assignment]  # the benchmark judges by its own


def create_organization(accounts: int) -> tuple[Organization, list[tuple[int, int, str, int]]]:
    """Create the organization.

    Return it and its accounts: number, primary key, account id, unit.
    """
    from accounts.models import AwsAccount, Organization, OrganizationalUnit

    organization = Organization.objects.create(
        name="Benchmark", root_account_id="999999999999", is_simulated=True, sweep_every_hours=0,
        state=Organization.State.CONNECTED,  # a draft is hidden from everybody but admins
    )  # fmt: skip
    leaves = []
    for upper in range(UNITS):
        unit = OrganizationalUnit.objects.create(
            organization=organization, ou_id=f"ou-{upper}", name=f"Unit {upper}", path=f"/r-0/ou-{upper}/"
        )
        for lower in range(UNITS):
            name = f"{upper}-{lower}"
            leaves.append(
                OrganizationalUnit.objects.create(
                    organization=organization,
                    ou_id=f"ou-{name}",
                    name=f"Unit {name}",
                    parent=unit,
                    path=f"{unit.path}ou-{name}/",
                )
            )
    made = AwsAccount.objects.bulk_create(
        AwsAccount(
            organization=organization,
            account_id=f"{100_000_000_000 + number}",
            name=f"account-{number:04}",
            unit=leaves[number % len(leaves)],
            joined_at=day(-1),
        )
        for number in range(accounts)
    )
    return organization, [(n, each.pk, each.account_id, each.unit_id or 0) for n, each in enumerate(made)]


PARTIALS = """
CREATE UNLOGGED TABLE bench_check (at timestamptz, check_id text, passed int, failed int, accounts int);
CREATE UNLOGGED TABLE bench_type (at timestamptz, type text, count int);
CREATE UNLOGGED TABLE bench_practice
    (at timestamptz, unit_id bigint, practice_id text, low float, passed int, failed int, accounts int);
"""


def load_year(
    url: str,
    organization: Organization,
    accounts: Sequence[tuple[int, int, str, int]],
    days: int,
    jobs: int,
    *,
    has_populations: bool = False,
) -> None:
    """Load the past year in several processes, then its roll-ups."""
    from django.db import connection

    from devtools.bench.history_load import Share, load_share
    from posture.history.partitions import ensure_month

    for number in range(-31, days + 62, 28):
        ensure_month(day(number))
    with connection.cursor() as cursor:
        cursor.execute(PARTIALS)
    jobs = min(jobs, len(accounts))
    shares = [Share(accounts[first::jobs], days, first + 1, jobs, has_populations) for first in range(jobs)]
    connection.close()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=prepare, initargs=(url,)) as pool:
        last = [*pool.map(load_share, shares)]
    with connection.cursor() as cursor:
        for name, highest in (
            ("history_version_ids", max(each["versions"] for each in last)),
            ("history_episode_ids", max(each["episodes"] for each in last)),
            ("history_resource_id_seq", max(each["resources"] for each in last)),
            ("history_finding_id_seq", max(each["findings"] for each in last)),
        ):
            cursor.execute("SELECT setval(%s, %s)", [name, highest])
        _snapshots(organization.pk, [pk for _, pk, _, _ in accounts], days)
        for statement in ROLLED_UP:
            cursor.execute(statement, {"organization": organization.pk})
        cursor.execute("VACUUM (ANALYZE)")


def _snapshots(organization_pk: int, account_pks: Sequence[int], days: int) -> None:
    from posture.history.models import AccountSweep, Snapshot

    snapshots = Snapshot.objects.bulk_create(
        Snapshot(
            organization_id=organization_pk,
            as_of=day(number),
            started_at=day(number),
            ended_at=day(number),
            state=Snapshot.State.COMPLETE,
            trigger=Snapshot.Trigger.SCHEDULE,
        )
        for number in range(days)
    )
    for snapshot in snapshots:
        AccountSweep.objects.bulk_create(
            AccountSweep(snapshot=snapshot, account_id=pk, state=AccountSweep.State.DONE, resource_count=1000)
            for pk in account_pks
        )


SCOPES = """
    SELECT a.id AS account_id, a.organization_id, NULL::bigint AS unit_id FROM accounts_awsaccount a
    UNION ALL
    SELECT a.id, a.organization_id, u.id
    FROM accounts_awsaccount a JOIN accounts_organizationalunit l ON l.id = a.unit_id
    JOIN accounts_organizationalunit u ON l.path LIKE u.path || '%%'
"""

ROLLED_UP = (
    f"""
    INSERT INTO history_scopepoint
        (organization_id, unit_id, at, low, high, critical, high_open, medium, low_open, unknown, stale, accepted,
         opened, resolved, resources, unseen, empty_gaps, blind_share, weight, accounts)
    SELECT s.organization_id, s.unit_id, p.at, avg(low), avg(high), sum(critical), sum(high_open), sum(medium),
           sum(low_open), 0, 0, 0, sum(opened), sum(resolved), sum(resources), 0, 0, 0, count(*), count(*)
    FROM history_accountpoint p JOIN ({SCOPES}) s ON s.account_id = p.account_id
    WHERE s.organization_id = %(organization)s
    GROUP BY 1, 2, 3 ORDER BY 3
    """,  # noqa: S608 - constants
    """
    INSERT INTO history_scopepracticepoint
        (organization_id, unit_id, practice_id, at, low, high, passed, failed, unknown, weight)
    SELECT %(organization)s, s.unit_id, practice_id, at, sum(p.low) / sum(accounts), sum(p.low) / sum(accounts),
           sum(passed), sum(failed), 0, sum(accounts)
    FROM bench_practice p JOIN (
        SELECT l.id AS leaf, u.id AS unit_id FROM accounts_organizationalunit l
        JOIN accounts_organizationalunit u ON l.path LIKE u.path || '%%'
        UNION ALL SELECT id, NULL FROM accounts_organizationalunit
    ) s ON s.leaf = p.unit_id
    GROUP BY 2, 3, 4 ORDER BY 4
    """,
    """
    INSERT INTO history_checkpoint (organization_id, check_id, at, passed, failed, unknown, accepted, accounts)
    SELECT %(organization)s, check_id, at, sum(passed), sum(failed), 0, 0, sum(accounts)
    FROM bench_check GROUP BY 2, 3 ORDER BY 3
    """,
    """
    INSERT INTO history_typepoint (organization_id, type, at, count, unseen)
    SELECT %(organization)s, type, at, sum(count), 0 FROM bench_type GROUP BY 2, 3 ORDER BY 3
    """,
    """
    INSERT INTO history_checkversion (organization_id, check_id, version, first_seen)
    SELECT %(organization)s, check_id, 1, min(at) FROM bench_check GROUP BY 2
    """,
    "DROP TABLE bench_check, bench_type, bench_practice",
)
