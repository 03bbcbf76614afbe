"""Which members of a population a finding is about, as its evidence names them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from posture.core.arn import Arn
from posture.history.query import FindingRecord

MEMBER = re.compile(r"observed\.Members\[\d+\]\.Arn")
SHOWN = 12
"""Members that are shown at once; the others are behind a click."""


def arns(finding: FindingRecord) -> list[str]:
    """Return the ARNs of members that fail or are unknown; none for one resource."""
    named = finding.observed or {}
    return [str(named[path]) for path in finding.evidence if MEMBER.fullmatch(path) and named.get(path)]


def ids(finding: FindingRecord) -> list[str]:
    """Return what people call these members."""
    return [Arn.parse(arn).name for arn in arns(finding)]


def others(paths: Iterable[str]) -> list[str]:
    """Return the paths of evidence that name no member."""
    return [path for path in paths if not MEMBER.fullmatch(path)]


def without(observed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the observed values of evidence that are not merely a member's name."""
    return {path: value for path, value in observed.items() if not MEMBER.fullmatch(path)}
