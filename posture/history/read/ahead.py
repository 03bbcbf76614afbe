"""Works out ahead, after a sweep, what pages are made of, so that no reader waits for it.

Pieces that are kept by accounts alone: whoever reads them, and in whatever scope, finds them.
"""

from __future__ import annotations

from accounts.models import Organization
from posture.history.read import columns, held, moved


def prepare(organization: Organization) -> None:
    """Work out what moved since the sweep before; done twice, it changes nothing."""
    held.prepare(organization)
    columns.prepare(organization)
    moved.prepare(organization)
