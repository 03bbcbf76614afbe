"""What people can attest of Outposts: duties that no API reports."""

from __future__ import annotations

from collections.abc import Iterator

from posture.pages.outposts.duties import DUTIES
from posture.web.attestations import Subject, subjects


@subjects
def duties() -> Iterator[Subject]:
    """Yield the duties of which a person has to confirm something."""
    for duty in DUTIES:
        if duty.attested:
            look_at = f"Confirm {duty.attested}"
            yield Subject(duty.reference, duty.title, look_at, "Outposts", "outposts:list")
