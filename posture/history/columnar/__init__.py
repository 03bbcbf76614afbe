"""Keeps what happened in columns, month by month, so that what lies between any two dates is counted from them.

What is recorded of the past is settled: an account's results are taken in the order of their dates. So a
month's columns hold for ever, up to where each account stood when they were written; what came later is read
from the store itself. The store decides: the journal can be dropped at any time, and is made again from it.
"""

from posture.history.columnar.event_log import (
    FEW,
    Journaled,
    Stand,
    extend,
    extend_one,
    forget_before,
    gathered,
    is_missing,
    is_rerated,
    journaled,
    not_journaled,
    opened,
    pieces,
    stands,
    tallied,
)
from posture.history.columnar.event_reader import Span, Subject, happened

__all__ = [
    "FEW",
    "Journaled",
    "Span",
    "Stand",
    "Subject",
    "extend",
    "extend_one",
    "forget_before",
    "gathered",
    "happened",
    "is_missing",
    "is_rerated",
    "journaled",
    "not_journaled",
    "opened",
    "pieces",
    "stands",
    "tallied",
]
