"""RQ jobs: thin, idempotent functions that take ids."""

from __future__ import annotations

import logging

from django.core.cache import cache
from django.db import close_old_connections
from django.utils import timezone

from accounts.models import ConnectionTest, Organization, User
from posture.history.models import Snapshot
from posture.history.upkeep import finish, retention
from posture.history.upkeep import warm_up as upkeep
from posture.orchestration import concurrency, discovery, identity, schedule
from posture.orchestration.engine import engine, target_of
from posture.orchestration.requests import NothingToSweepError, SweepRunningError, request_sweep
from posture.pages.drift.digest import sending
from posture.sweep.connection import Connection, connected
from posture.sweep.errors import AskError
from posture.web import warm_up

logger = logging.getLogger(__name__)


def sweep_account(account_sweep_id: int) -> None:
    """Sweep one account's part of a snapshot, and then others that wait."""
    close_old_connections()
    concurrency.sweep_parts(account_sweep_id)


def discover(organization_id: int) -> bool:
    """Discover an organization's units and accounts; False where AWS refused."""
    close_old_connections()
    organization = Organization.objects.get(pk=organization_id)
    try:
        discovery.discover(organization)
    except AskError as error:
        logger.warning("the accounts of %s could not be read: %s. %s", organization, error, error.failure.remedy)
        # So that at least this account is asked, and the sweep says why it was refused.
        discovery.ensure_root_account(organization, timezone.now())
        return False
    return True


def scheduled_sweep(organization_id: int) -> None:
    """Find accounts that joined, then sweep an organization because it is time."""
    discover(organization_id)
    organization = Organization.objects.get(pk=organization_id)
    # The queue may carry this twice, and the other may have been run by now.
    if schedule.is_due(organization, timezone.now()):
        _request(organization, Snapshot.Trigger.SCHEDULE, None, schedule.describe_missed(organization))


def first_sweep(organization_id: int, user_id: int) -> None:
    """Find the accounts of an organization that was just connected, and sweep them."""
    discover(organization_id)
    by = User.objects.filter(pk=user_id).first()
    _request(Organization.objects.get(pk=organization_id), Snapshot.Trigger.ONBOARDING, by)


def _request(organization: Organization, trigger: str, by: User | None, title: str = "") -> None:
    try:
        request_sweep(organization, trigger=trigger, by=by, title=title)
    except (SweepRunningError, NothingToSweepError) as error:
        logger.warning("not swept: %s", error)


def test_connection(connection_test_id: int) -> None:
    """Test the connection to an organization, saving each step as it is done."""
    close_old_connections()
    test = ConnectionTest.objects.select_related("organization").get(pk=connection_test_id)
    if test.ended_at is not None:
        return
    organization = test.organization
    target = target_of(organization, organization.root_account_id)
    connection = Connection(engine(), target, organization.kind == Organization.Kind.ORGANIZATION)
    steps = []
    try:
        for step in connection.walk():
            steps.append(step)
            test.steps = [each.as_json() for each in steps]
            test.save(update_fields=["steps"])
    finally:
        test.succeeded = connected(steps)
        test.ended_at = timezone.now()
        test.save(update_fields=["succeeded", "ended_at"])
    if connection.about is not None:
        Organization.objects.filter(pk=organization.pk).update(organization_id=connection.about.id)


def vacuum(snapshot_id: int) -> None:
    """Vacuum the tables that a snapshot of a large organization changed."""
    close_old_connections()
    finish.vacuum(Snapshot.objects.get(pk=snapshot_id))


def warm_up_pages(organization_id: int) -> None:
    """Read ahead, after a sweep, what pages of an organization are made of."""
    close_old_connections()
    warm_up.warm_up(Organization.objects.get(pk=organization_id))


def warm_up_past(organization_id: int) -> None:
    """Warm up a part of past months, and enqueue the next; other jobs run between."""
    close_old_connections()
    organization = Organization.objects.get(pk=organization_id)
    if upkeep.prepare_past(organization) and schedule.lacks_past(organization):
        schedule.enqueue_warm_up_past(organization)


def send_digests() -> None:
    """Send the drift digests that are due, and those that failed before."""
    close_old_connections()
    count = sending.run()
    if count:
        logger.info("sent %s digests", count)


def drop_old_months() -> None:
    """Drop the months of the history that are older than the settings keep."""
    close_old_connections()
    dropped = retention.forget(timezone.now())
    if dropped:
        logger.info("dropped %s", ", ".join(dropped))


def identify_caller() -> None:
    """Cache the AWS identity of the workers, for the onboarding page."""
    from accounts.onboarding.views import CALLER_KEY

    cache.set(CALLER_KEY, identity.caller_identity(), 300)
