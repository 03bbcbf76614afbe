"""On which lines of a configuration open findings rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from posture.core.evidence import Part, part_of
from posture.history.query import FindingRecord
from posture.pages.inventory.configuration import Mark


@dataclass(frozen=True, slots=True)
class Evidence:
    """Marks by path, apart for configuration and observed fields; of tags by key."""

    config: dict[str, list[Mark]] = field(default_factory=dict)
    observed: dict[str, list[Mark]] = field(default_factory=dict)
    tags: dict[str, list[Mark]] = field(default_factory=dict)


def marks_of(findings: Iterable[FindingRecord]) -> Evidence:
    """Return where the findings rest."""
    evidence = Evidence()
    parts = {Part.CONFIG: evidence.config, Part.OBSERVED: evidence.observed, Part.TAGS: evidence.tags}
    for finding in findings:
        mark = Mark(finding.finding_id, finding.title, finding.status == "fail")
        for path in dict.fromkeys(finding.evidence):
            part, inner = part_of(path)
            parts[part].setdefault(inner, []).append(mark)
    return evidence
