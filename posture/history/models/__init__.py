"""The tables of the history.

Only `posture.history` writes or reads them; snapshots are shared with the jobs.

What did not change is not written: current rows are in one table, closed ones in append-only tables partitioned by
month, so that retention drops partitions. The `…Record` models read both through views, so that "as of" is a filter.
"""

from posture.history.models.decisions import FindingNote, Triage
from posture.history.models.event_log import EventLog, EventLogMonth
from posture.history.models.intervals import IntervalLog, IntervalLogMonth
from posture.history.models.lookups import Among
from posture.history.models.records import AnyGap, CheckCountsRecord, FieldGap, FindingRecord, GapRecord, ResourceRecord
from posture.history.models.rollups import (
    AccountPoint,
    CheckPoint,
    CoveragePoint,
    PracticePoint,
    ScopePoint,
    ScopePracticePoint,
    TypePoint,
)
from posture.history.models.state import AccountParameters, AccountState, CheckVersion, Dictionary, ParameterVersion
from posture.history.models.store import (
    ClosedCheckCounts,
    ClosedEpisode,
    ClosedVersion,
    ObservedFields,
    StoredCheckCounts,
    StoredFinding,
    StoredResource,
    StoredVersion,
)
from posture.history.models.sweeps import AccountSweep, Snapshot

__all__ = [
    "AccountParameters",
    "AccountPoint",
    "AccountState",
    "AccountSweep",
    "Among",
    "AnyGap",
    "CheckCountsRecord",
    "CheckPoint",
    "CheckVersion",
    "ClosedCheckCounts",
    "ClosedEpisode",
    "ClosedVersion",
    "CoveragePoint",
    "Dictionary",
    "EventLog",
    "EventLogMonth",
    "FieldGap",
    "FindingNote",
    "FindingRecord",
    "GapRecord",
    "IntervalLog",
    "IntervalLogMonth",
    "ObservedFields",
    "ParameterVersion",
    "PracticePoint",
    "ResourceRecord",
    "ScopePoint",
    "ScopePracticePoint",
    "Snapshot",
    "StoredCheckCounts",
    "StoredFinding",
    "StoredResource",
    "StoredVersion",
    "Triage",
    "TypePoint",
]
