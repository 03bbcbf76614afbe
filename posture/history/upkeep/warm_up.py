"""Fills caches and logs after a sweep, so that no reader waits for them.

They are kept by account, so that readers with any scope find them.
"""

from __future__ import annotations

from accounts.models import Organization
from posture.history import columnar
from posture.history.columnar import current_snapshot
from posture.history.query import change_counts, constant_cohort


def prepare(organization: Organization) -> None:
    """Compute what changed since the last sweep. Idempotent."""
    constant_cohort.prepare(organization)
    current_snapshot.prepare(organization)
    change_counts.prepare(organization)


def lacks_past(organization: Organization) -> bool:
    """Return True if past dates are still read from the store, as after an upgrade: correct, but in seconds."""
    pks = _journaled(organization)
    return columnar.is_missing(pks) or current_snapshot.lacks_past(organization)


def lacks_present(organization: Organization) -> bool:
    """Return True if the first reader of the current state would wait for it, as after an upgrade."""
    return current_snapshot.lacks_present(organization)


def prepare_past(organization: Organization) -> bool:
    """Compute one shard that is still missing; return False if there is none.

    A shard is 250 accounts of one subject with all their months, and one transaction: after an interruption, the others
    stay done.
    """
    return columnar.extend_one(_journaled(organization)) or current_snapshot.prepare_past(organization)


def _journaled(organization: Organization) -> list[int]:
    pks = list(organization.accounts.values_list("pk", flat=True))
    return pks if len(pks) >= columnar.FEW else []
