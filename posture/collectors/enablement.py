"""Distinguish "the service is off here", an answer, from "we may not look".

Asks nothing itself.
"""

from __future__ import annotations

from typing import Any

from posture.core.gap import GapReason
from posture.core.values import Unknown, UnknownFieldError

OFF = frozenset({GapReason.SERVICE_NOT_ENABLED, GapReason.PLAN_MISSING})


def is_off(answer: object) -> bool:
    """Whether AWS refused because the service was never turned on, or not bought."""
    return isinstance(answer, Unknown) and answer.reason in OFF


def unless_off(answer: dict[str, Any] | Unknown | None) -> dict[str, Any] | None:
    """Return an answer, or None if none or off; a refusal makes a gap."""
    if is_off(answer):
        return None
    if isinstance(answer, Unknown):
        raise UnknownFieldError(answer)
    return answer
