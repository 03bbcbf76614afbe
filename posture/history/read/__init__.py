"""Everything that pages read. Each function takes a `Scope`, the key to what its user may see.

May not write, and may not ask AWS.
"""

from posture.history.read.findings import (
    CheckStanding,
    Event,
    check_standings,
    episodes,
    finding,
    finding_timeline,
    findings,
    tallies,
)
from posture.history.read.resources import TypeCount, gaps, resource, resources, type_counts, versions
from posture.history.read.scores import (
    AccountStanding,
    PracticeStanding,
    practice_standings,
    score,
    score_before,
    standings,
)
from posture.history.read.series import DayPoint, score_series
from posture.history.read.sweeps import account_sweeps, snapshot, snapshots

__all__ = [
    "AccountStanding",
    "CheckStanding",
    "DayPoint",
    "Event",
    "PracticeStanding",
    "TypeCount",
    "account_sweeps",
    "check_standings",
    "episodes",
    "finding",
    "finding_timeline",
    "findings",
    "gaps",
    "practice_standings",
    "resource",
    "resources",
    "score",
    "score_before",
    "score_series",
    "snapshot",
    "snapshots",
    "standings",
    "tallies",
    "type_counts",
    "versions",
]
