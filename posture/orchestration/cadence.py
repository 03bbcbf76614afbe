"""Decides whether a sweep of an account reads every type."""

from __future__ import annotations

from datetime import timedelta

from posture.collectors import all_collectors
from posture.core.collector import Cadence, ListingScope
from posture.core.prior_reading import PriorReading
from posture.history.ingest import prior_reading
from posture.history.models import AccountState, AccountSweep, Snapshot
from posture.sweep.reader import reader_digest

DAY = timedelta(days=1)
TOLERANCE = timedelta(minutes=30)
"""By so much a sweep may begin late without everything being read one sweep earlier."""


def load_prior_reading(part: AccountSweep) -> PriorReading | None:
    """Return what a sweep need not read again; None where it reads every type.

    It reads every type where a person asked for it, where other code read last, and where what is kept would be older
    than a day at the next sweep.
    """
    if part.snapshot.trigger != Snapshot.Trigger.SCHEDULE:
        return None
    state = AccountState.objects.filter(pk=part.account_id).first()
    if state is None or is_due(part.snapshot, state):
        return None
    collectors = all_collectors().values()
    if state.full_read_by != reader_digest(collectors):
        return None
    daily = [each for each in collectors if each.cadence is Cadence.DAILY]
    regional = [each.resource_type for each in daily if each.scope is ListingScope.REGIONAL]
    once = [each.resource_type for each in daily if each.scope is ListingScope.GLOBAL]
    return prior_reading.load(state, part.account.account_id, regional, once)


def is_due(snapshot: Snapshot, state: AccountState) -> bool:
    """Return True if a snapshot has to read every type of an account."""
    last, hours = state.full_read_at, snapshot.organization.sweep_every_hours
    if last is None or not hours or snapshot.as_of < last:
        return True
    return snapshot.as_of + timedelta(hours=hours) - last > DAY + TOLERANCE
