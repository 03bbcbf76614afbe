"""Evidence of open findings, as marks on lines of a configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from posture.core.evidence import Part, part_of
from posture.history.query import FindingRecord
from posture.pages.inventory.configuration import Mark


@dataclass(frozen=True, slots=True)
class Evidence:
    """Marks by path of configuration and observed fields, and by key of tags."""

    config: dict[str, list[Mark]] = field(default_factory=dict)
    observed: dict[str, list[Mark]] = field(default_factory=dict)
    tags: dict[str, list[Mark]] = field(default_factory=dict)


def marks_of(findings: Iterable[FindingRecord]) -> Evidence:
    """Return the evidence of findings as marks."""
    evidence = Evidence()
    parts = {Part.CONFIG: evidence.config, Part.OBSERVED: evidence.observed, Part.TAGS: evidence.tags}
    for finding in findings:
        mark = Mark(finding.finding_id, finding.title, finding.status == "fail")
        for path in dict.fromkeys(finding.evidence):
            part, inner = part_of(path)
            parts[part].setdefault(inner, []).append(mark)
    return evidence
