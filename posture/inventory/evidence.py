"""On which lines of a configuration open findings rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from posture.checks import all_checks
from posture.history.models import FindingRecord
from posture.inventory.configuration import Mark

OBSERVED, TAGS = "observed.", "tags."


@dataclass(frozen=True, slots=True)
class Evidence:
    """Marks by path, apart for configuration and observed fields; of tags by key."""

    config: dict[str, list[Mark]] = field(default_factory=dict)
    observed: dict[str, list[Mark]] = field(default_factory=dict)
    tags: dict[str, list[Mark]] = field(default_factory=dict)


def marks_of(findings: Iterable[FindingRecord]) -> Evidence:
    """Return where the findings rest."""
    evidence = Evidence()
    for finding in findings:
        check = all_checks().get(finding.check_id)
        mark = Mark(finding.finding_id, check.title if check else finding.check_id, finding.status == "fail")
        for path in dict.fromkeys(finding.evidence):
            if path.startswith(OBSERVED):
                evidence.observed.setdefault(path.removeprefix(OBSERVED), []).append(mark)
            elif path.startswith(TAGS) or path == "tags":
                evidence.tags.setdefault(path.removeprefix(TAGS), []).append(mark)
            else:
                evidence.config.setdefault(path, []).append(mark)
    return evidence
