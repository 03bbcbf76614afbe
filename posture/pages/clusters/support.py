"""How long AWS supports a version of Kubernetes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from posture.checks.eks_cluster import SUPPORT_ENDS
from posture.web.templatetags.words import day


@dataclass(frozen=True, slots=True)
class Support:
    """What is left of a version's support, in words."""

    words: str
    is_over: bool = False
    """Whether standard support has ended."""


def support_of(version: str | None, today: date) -> Support:
    """Return a version's support on a day."""
    if version is None:
        return Support("version not read")
    ends = SUPPORT_ENDS.get(version)
    if ends is None:
        return Support("end of support not known here")
    standard, extended = ends
    if today < standard:
        return Support(f"standard support until {day(standard)}")
    if today < extended:
        return Support(f"extended support until {day(extended)}", is_over=True)
    return Support(f"no support since {day(extended)}", is_over=True)
