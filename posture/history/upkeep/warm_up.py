"""Works out ahead, after a sweep, what pages are made of, so that no reader waits for it.

Pieces that are kept by accounts alone: whoever reads them, and in whatever scope, finds them.
"""

from __future__ import annotations

from accounts.models import Organization
from posture.history import columnar
from posture.history.columnar import current_snapshot
from posture.history.query import change_counts, constant_cohort


def prepare(organization: Organization) -> None:
    """Work out what moved since the sweep before; done twice, it changes nothing."""
    constant_cohort.prepare(organization)
    current_snapshot.prepare(organization)
    change_counts.prepare(organization)


def lacks_past(organization: Organization) -> bool:
    """Tell whether dates of the past are still read from the store, as after an upgrade: rightly, but in seconds."""
    pks = _journaled(organization)
    return columnar.is_missing(pks) or current_snapshot.lacks_past(organization)


def lacks_present(organization: Organization) -> bool:
    """Tell whether the first reader of what stands now would wait for it to be read, as after an upgrade."""
    return current_snapshot.lacks_present(organization)


def prepare_past(organization: Organization) -> bool:
    """Work out one piece of what the store is still read for, if there is one, and tell whether there was.

    Each is 250 accounts of one kind with all their months, and a transaction: broken off, the others stay done.
    """
    return columnar.extend_one(_journaled(organization)) or current_snapshot.prepare_past(organization)


def _journaled(organization: Organization) -> list[int]:
    pks = list(organization.accounts.values_list("pk", flat=True))
    return pks if len(pks) >= columnar.FEW else []
