"""On which lines of a configuration open findings rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from posture.checks import all_checks
from posture.core.evidence import Part, part_of
from posture.history.models import FindingRecord
from posture.inventory.configuration import Mark


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
        check = all_checks().get(finding.check_id)
        mark = Mark(finding.finding_id, check.title if check else finding.check_id, finding.status == "fail")
        for path in dict.fromkeys(finding.evidence):
            part, inner = part_of(path)
            parts[part].setdefault(inner, []).append(mark)
    return evidence
