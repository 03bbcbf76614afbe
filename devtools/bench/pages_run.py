"""One run of the benchmark of the pages.

Makes the year where it is not kept, walks the site, writes its report.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devtools.bench import history_world as world
from devtools.bench import host
from devtools.bench.pages_options import Run

if TYPE_CHECKING:
    from accounts.models import AwsAccount, Organization, User

OWNED = 3
"""Accounts of the owner."""


def main(url: str, redis: str, output: str, run: Run) -> None:
    """Run it on the database at `url` and the cache at `redis`."""
    begin = time.monotonic()
    world.prepare(url, redis)
    judge_by_all_checks()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    organization = year(url, run)
    made = time.monotonic() - begin
    from devtools.bench.pages_measure import Measurement
    from posture.history.models import StoredFinding

    people = people_of(organization)
    report: dict[str, Any] = {
        "accounts": organization.accounts.count(),
        "findings": StoredFinding.objects.filter(closed_at=None).count(),
        "days": run.days,
        "host": host.summary(),
        "made_seconds": round(made),
        "is_whole": False,
    }

    def write(more: dict[str, Any]) -> None:
        """Write the measurements so far, so that an interrupted run keeps them."""
        report.update(more, host_after=host.summary())
        report["seconds"] = round(time.monotonic() - begin)
        Path(output).write_text(json.dumps(report))

    Measurement(organization, people, run, write).all()
    write({"is_whole": True})


def judge_by_all_checks() -> None:
    """Add the product's own checks to the benchmark's, for resources of real types.

    The benchmark's serve practices of its own making; the pages know those of the framework alone.
    """
    from posture import checks
    from posture.core.check import Check
    from posture.core.registry import declared
    from posture.frameworks import all_frameworks

    real = {one.reference for one in all_frameworks()["practices"].controls}
    made = {
        name: replace(one, controls=tuple(each for each in one.controls if each in real))
        for name, one in checks.all_checks().items()
    }
    everything = {**made, **declared("posture.checks", Check, "id")}
    checks.declared = lambda *_: everything  # type: ignore[attr-defined,assignment]  # as the year's own benchmark does
    checks.all_checks.cache_clear()


def year(url: str, run: Run) -> Organization:
    """Return the organization with its year; lays down what is not there."""
    from accounts.models import AwsAccount, Organization
    from devtools.bench import history_copies
    from devtools.bench.history_story import day
    from posture.history.models import Snapshot

    organization = Organization.objects.filter(name="Benchmark").first()
    if organization is None:
        organization, rows = world.create_organization(min(run.accounts, run.stories))
        world.load_year(url, organization, rows, run.days, run.jobs)
    if organization.state != Organization.State.CONNECTED:  # kept from a release that loaded it as a draft
        organization.state = Organization.State.CONNECTED
        organization.save(update_fields=["state"])
    at = day(run.days)
    if not Snapshot.objects.filter(as_of__gte=at, state=Snapshot.State.COMPLETE).exists():
        _record(organization, list(AwsAccount.objects.select_related("organization", "unit").order_by("pk")), at)
    there = organization.accounts.count()
    if there < run.accounts:
        history_copies.multiply(run.accounts // there)
    return organization


def _record(organization: Organization, accounts: Sequence[AwsAccount], at: datetime) -> None:
    """Record every account's resources of real types as one more day.

    It takes the path that a sweep's results take.
    """
    from django.db import connection

    from devtools.bench import pages_fixture
    from devtools.bench.history_fixture import REGIONS
    from posture import checks
    from posture.core.clock import Clock
    from posture.core.sweep import AccountResult
    from posture.history.ingest import record_account
    from posture.history.models import AccountSweep, Snapshot
    from posture.history.upkeep.finish import finish_snapshot

    Snapshot.objects.filter(as_of=at).delete()
    snapshot = Snapshot.objects.create(organization=organization, as_of=at, trigger=Snapshot.Trigger.SIMULATION)
    kinds = tuple({one.type for one in pages_fixture.resources(0, "000000000000")})
    for number, account in enumerate(accounts):
        part = AccountSweep.objects.create(snapshot=snapshot, account=account, state="done", resource_count=1000)
        resources = pages_fixture.resources(number, account.account_id)
        gaps = pages_fixture.gaps(number, account.account_id)
        record_account(part, AccountResult(
            account_id=account.account_id, now=at, regions=REGIONS, swept_types=kinds, resources=resources, gaps=gaps,
            judgements=checks.judge(resources, gaps, Clock(at)), global_types=("AWS::S3::Bucket",),
        ))  # fmt: skip
    finish_snapshot(snapshot)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def people_of(organization: Organization) -> dict[str, User]:
    """Return a person of each kind.

    One sees everything, one a few accounts, one may change what there is.
    """
    from accounts.models import Ownership, Role, User

    people = {role.value: User.objects.get_or_create(username=role.value, defaults={"role": role})[0] for role in Role}
    for account in organization.accounts.order_by("pk")[:OWNED]:
        Ownership.objects.get_or_create(user=people["owner"], account=account)
    return people


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    main(sys.argv[1], sys.argv[2], sys.argv[3], Run(**json.loads(sys.argv[4])))
