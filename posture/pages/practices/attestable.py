"""What people can attest of the frameworks: controls that a person must look at."""

from __future__ import annotations

from collections.abc import Iterator

from posture.frameworks import all_frameworks
from posture.web.attestations import Subject, subjects


@subjects
def controls() -> Iterator[Subject]:
    """Yield the controls that no API answers, or not in full."""
    for framework in all_frameworks().values():
        for control in framework.controls:
            if control.manual:
                yield Subject(
                    control.reference,
                    f"{control.id} {control.title}",
                    control.look_at,
                    f"{framework.short} {framework.version}",
                    "practices:framework",
                    {"framework_id": framework.id},
                    f"#{control.id}",
                )
