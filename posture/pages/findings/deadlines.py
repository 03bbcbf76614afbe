"""Until when a finding is to be fixed, and what fixing it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from posture.core.outcome import TIME_LIMITS, Severity
from posture.history import query
from posture.history.query import FindingRecord, Fix
from posture.history.scope import Scope
from posture.web.templatetags.words import day, plural

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The heading of a finding's status, and how much time is left or past."""

    title: str
    note: str = ""
    is_late: bool = False


def of(finding: FindingRecord, now: datetime) -> Deadline:
    """Return until when a finding is to be fixed, or why nobody need do so now."""
    if finding.closed_at is not None:
        return Deadline("Resolved")
    if finding.triage == "accepted":
        until = f" until {day(finding.triage_expires_at)}" if finding.triage_expires_at else ""
        return Deadline(f"Risk accepted{until}")
    if finding.triage == "false_positive":
        return Deadline("Marked as false positive")
    if finding.status == "unknown":
        return Deadline("Could not be judged")
    due = finding.opened_at + TIME_LIMITS[Severity(finding.severity)]
    if due > now:
        return Deadline(f"Due on {day(due)}", f"{plural(max((due - now) // DAY, 0), 'day')} left")
    days = (now - due) // DAY
    return Deadline(f"Was due on {day(due)}", f"{plural(days, 'day')} late" if days else "late", is_late=True)


def worth(scope: Scope, finding: FindingRecord) -> Fix | None:
    """Return the gain of fixing all findings of the check; None if negligible."""
    if finding.closed_at is not None or finding.status != "fail":
        return None
    found = (
        one
        for one in query.rank_fixes(scope, query.RANKED_FIXES_MAX)
        if (one.check_id, int(one.severity)) == (finding.check_id, finding.severity)
    )
    return next((one for one in found if one.gain >= WORTH_MIN), None)


WORTH_MIN = 0.05
"""Points under which a gain is shown as none."""
