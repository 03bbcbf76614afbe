"""Everything that pages read. Each function takes a `Scope`, the key to what its user may see.

May not write, and may not ask AWS.
"""

from posture.history.read.ahead import prepare
from posture.history.read.bridge import Bridge, Contribution, Part, bridge
from posture.history.read.changes import (
    ChangeCounts,
    Changes,
    ParameterChange,
    RuleChange,
    changes,
    earlier,
    parameter_changes,
    rule_changes,
)
from posture.history.read.columns import open_findings, standing_resources
from posture.history.read.coverage import CoverageDay, CoverageSeries, coverage_series
from posture.history.read.decisions import Decision, decisions
from posture.history.read.difference import Change, difference, version_difference
from posture.history.read.events import ChartEvent, events
from posture.history.read.findings import (
    CheckStanding,
    Event,
    check_standings,
    episodes,
    episodes_on,
    finding,
    finding_timeline,
    findings,
    tallies,
)
from posture.history.read.fixing import Course, Fixing, course, fixing, flapping, flapping_among, may_flap
from posture.history.read.held import held_score
from posture.history.read.keeping import instant, kept
from posture.history.read.populations import holding, member_counts, populations
from posture.history.read.priorities import (
    BlindPlace,
    BlindShare,
    Fix,
    Regression,
    TimeToFix,
    blind_share,
    fix_first,
    time_to_fix,
    worse,
)
from posture.history.read.resources import (
    TypeCount,
    changed_from,
    gaps,
    gone,
    resource,
    resources,
    type_counts,
    versions,
)
from posture.history.read.scores import (
    AccountStanding,
    PracticeStanding,
    practice_standings,
    score,
    score_before,
    standings,
)
from posture.history.read.series import DayPoint, score_series
from posture.history.read.sweeps import account_sweeps, first_snapshot, snapshot, snapshots
from posture.history.read.trends import (
    CheckDay,
    PracticeDay,
    TypeDay,
    check_series,
    practice_series,
    type_series,
    unit_series,
)

__all__ = [
    "AccountStanding",
    "BlindPlace",
    "BlindShare",
    "Bridge",
    "Change",
    "ChangeCounts",
    "Changes",
    "ChartEvent",
    "CheckDay",
    "CheckStanding",
    "Contribution",
    "Course",
    "CoverageDay",
    "CoverageSeries",
    "DayPoint",
    "Decision",
    "Event",
    "Fix",
    "Fixing",
    "ParameterChange",
    "Part",
    "PracticeDay",
    "PracticeStanding",
    "Regression",
    "RuleChange",
    "TimeToFix",
    "TypeCount",
    "TypeDay",
    "account_sweeps",
    "blind_share",
    "bridge",
    "changed_from",
    "changes",
    "check_series",
    "check_standings",
    "course",
    "coverage_series",
    "decisions",
    "difference",
    "earlier",
    "episodes",
    "episodes_on",
    "events",
    "finding",
    "finding_timeline",
    "findings",
    "first_snapshot",
    "fix_first",
    "fixing",
    "flapping",
    "flapping_among",
    "gaps",
    "gone",
    "held_score",
    "holding",
    "instant",
    "kept",
    "may_flap",
    "member_counts",
    "open_findings",
    "parameter_changes",
    "populations",
    "practice_series",
    "practice_standings",
    "prepare",
    "resource",
    "resources",
    "rule_changes",
    "score",
    "score_before",
    "score_series",
    "snapshot",
    "snapshots",
    "standing_resources",
    "standings",
    "tallies",
    "time_to_fix",
    "type_counts",
    "type_series",
    "unit_series",
    "version_difference",
    "versions",
    "worse",
]
