"""Fills caches and logs after a sweep, so that no reader waits for them.

They are kept by account, so that readers with any scope find them.
"""

from __future__ import annotations

from accounts.models import Organization
from posture.history.columnar import api as columnar
from posture.history.query import change_counts, constant_cohort


def prepare(organization: Organization) -> None:
    """Compute what a sweep has changed; idempotent."""
    constant_cohort.warm_up(organization)
    columnar.warm_up(organization)
    change_counts.warm_up(organization)


def lacks_past(organization: Organization) -> bool:
    """Return True while past dates are read from rows, as after an upgrade: slowly."""
    return columnar.is_missing(organization)


def lacks_present(organization: Organization) -> bool:
    """Return True while the first reader of current rows would wait for them."""
    return columnar.lacks_present(organization)


def prepare_past(organization: Organization) -> bool:
    """Encode one more shard of the past; return whether there was one.

    Each is 250 accounts of one kind with all their months, in a transaction of its own.
    """
    return columnar.extend_missing(organization)
