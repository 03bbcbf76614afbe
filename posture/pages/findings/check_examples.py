"""A check's examples, which its tests judge, with the deciding lines marked."""

from __future__ import annotations

from dataclasses import dataclass

from posture.core.check import Check, Example
from posture.core.evidence import OBSERVED
from posture.core.outcome import Status
from posture.pages.findings.evidence import Block, blocks

ORDER = (Status.FAIL, Status.PASS, Status.UNKNOWN, Status.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class ShownExample:
    """One example: what the check says of it, and what it looked at."""

    status: str
    title: str
    reason: str
    blocks: list[Block]
    around: list[str]
    """Types of resources around it that it takes into account."""


def examples(check: Check) -> list[ShownExample]:
    """Return a check's examples, failing ones first."""
    return [_shown(check, one) for status in ORDER for one in check.examples if one.status == status]


def _shown(check: Check, example: Example) -> ShownExample:
    outcome = check(example)
    seen = {f"{OBSERVED}{name}": value for name, value in example.observed.items()}
    return ShownExample(
        status=str(example.status),
        title=example.title,
        reason=outcome.reason,
        blocks=blocks(example.config, example.tags, seen, outcome.evidence),
        around=sorted({one.type for one in example.related}),
    )
