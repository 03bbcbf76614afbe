"""Keeps what happened in columns, month by month, so that what lies between any two dates is counted from them.

What is recorded of the past is settled: an account's results are taken in the order of their dates. So a
month's columns hold for ever, up to where each account stood when they were written; what came later is read
from the store itself. The store decides: the journal can be dropped at any time, and is made again from it.
"""

from posture.history.columnar.event_log import (
    FEW,
    LoggedEvents,
    RecordedState,
    extend,
    extend_one,
    forget_before,
    is_missing,
    is_rerated,
    iterate_events,
    iterate_shards,
    list_missing_spans,
    load_recorded_states,
    read_events,
    read_opening_events,
    read_tallies_at,
)
from posture.history.columnar.event_reader import EventSpan, Subject, load_events

__all__ = [
    "FEW",
    "EventSpan",
    "LoggedEvents",
    "RecordedState",
    "Subject",
    "extend",
    "extend_one",
    "forget_before",
    "is_missing",
    "is_rerated",
    "iterate_events",
    "iterate_shards",
    "list_missing_spans",
    "load_events",
    "load_recorded_states",
    "read_events",
    "read_opening_events",
    "read_tallies_at",
]
