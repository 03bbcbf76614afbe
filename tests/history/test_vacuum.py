"""After a snapshot of a large organization only the changed tables are vacuumed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AwsAccount
from posture import jobs
from posture.core.resource import Resource
from posture.history.upkeep import finish
from tests.history.world import account, bucket, day, organization, snapshot, sweep
from tests.tuning import Tune

pytestmark = pytest.mark.django_db(transaction=True)


def vacuumed(owner: AwsAccount, number: int, resources: Sequence[Resource]) -> list[str]:
    """Record a day, end it, and return the tables that were vacuumed for it."""
    taken = snapshot(owner.organization, day(number))
    sweep(owner, day(number), resources)
    owner.sweeps.update(resource_count=len(resources))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    with CaptureQueriesContext(connection) as asked:
        finish.finish_snapshot(taken)
    assert "VACUUM" not in str(asked.captured_queries), "nobody waits for it"
    if not finish.is_large(taken):
        return []
    with CaptureQueriesContext(connection) as asked:
        jobs.vacuum(taken.pk)
    return [each["sql"].split('"')[1] for each in asked.captured_queries if each["sql"].startswith("VACUUM")]


def test_a_table_is_vacuumed_after_something_moved_in_it(tune: Tune) -> None:
    tune(vacuum_min_resources=1)
    # Rows that the test before has deleted stay dead while a connection of its still looks at them.
    call_command("flush", verbosity=0, interactive=False, allow_cascade=True)
    owner = account(organization())
    assert "history_version" in vacuumed(owner, 0, [bucket("logs", Public=True), bucket("plain")])

    unchanged = vacuumed(owner, 1, [bucket("logs", Public=True), bucket("plain")])
    assert "history_accountstate" in unchanged
    assert {"history_resource", "history_version", "history_finding"}.isdisjoint(unchanged)

    assert "history_version" in vacuumed(owner, 2, [bucket("logs", Public=False), bucket("plain")])
    tune(vacuum_min_resources=3)
    assert vacuumed(owner, 3, [bucket("logs"), bucket("plain", Note="x")]) == [], "a small one leaves it to autovacuum"
