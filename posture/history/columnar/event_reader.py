"""Reads events from the store: of resources, findings, check counts and practices.

An event of a resource is the difference between the numbers of two of its versions: 8 bytes of each version's digest.
The differences between two dates add up to zero exactly where the resource is unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg.sql import Identifier

from posture.history.columnar.event_columns import EventColumns, Numbers, build_events, join_events, shrink, to_micros
from posture.history.ingest.finding_changes import FOUND
from posture.history.models import EventLog
from posture.history.statements import load_part, load_statement

Subject = EventLog.Subject
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
SEPARATOR = "\x1f"
"""Between the parts of an event's name: check, severity, type and region of a finding's, type and region of a
resource's."""
OPENED, REOPENED, RESOLVED = range(3)
CAME, WENT, CHANGED = range(3)
BEGAN, REGRESSED, ENDED, MENDED = range(1, 5)
NOT_DONE = ("rule", "parameter", "folded")
"""Reasons why findings open that are nobody's doing."""
MENDING = "changed"
"""The reason for which a finding ends that somebody mended."""
REASONS = (
    FOUND, "new", "changed", "rule", "parameter", "sight", "folded", "deleted", "scope", "determined", "account_left",
)  # fmt: skip
"""Why findings open and end. An event holds the place of its reason here: a further one goes to the end."""
_PLACES = {reason: place for place, reason in enumerate(REASONS)}
OPENS = (Subject.TALLIES, Subject.PRACTICES)
"""Subjects of which each month opens with the state at its beginning."""
NEVER = np.iinfo(np.int64).max
WIDE_SPAN = timedelta(days=31)
INDEXED_ACCOUNTS_MAX = 20
"""Accounts that are read at once where a long time is."""

SEEN_SECONDS = load_part(__file__, "seen_seconds")
"""How long an episode was seen to fail up to an end."""
_SPANS = load_part(__file__, "spans")
_RESOURCE_VERSIONS = load_statement(__file__, "resource_versions", spans=_SPANS)
"""Resource, account, type and region, beginning, end, hash, and hash of the last known values."""
_FINDING_EPISODES = load_statement(
    __file__, "finding_episodes", spans=_SPANS, found=FOUND, opened=OPENED, reopened=REOPENED, any_reason=MENDING
)
"""Account, name, beginning, end, how it began, and the reasons of both."""
_FINDING_ENDS = load_statement(
    __file__, "finding_ends", spans=_SPANS, seconds=SEEN_SECONDS.format(end=Identifier("closed_at"))
)
"""Account, severity, end, seconds that it was seen to fail, and whether it was fixed."""
_FINDING_COURSES = load_statement(__file__, "finding_courses", spans=_SPANS)
"""Finding, account, check, beginning, end, whether changes were the reasons, and when the resource was first seen."""
_CHECK_COUNTS = load_statement(__file__, "check_counts", spans=_SPANS)
"""Account, check and severity, beginning, end, and units judged, undetermined and failing."""
_PRACTICE_POINTS = load_statement(__file__, "practice_points", spans=_SPANS)
"""Account, practice, instant, ends of the band, and units passed, failed and unknown."""


@dataclass(frozen=True, slots=True)
class EventSpan:
    """What is asked of an account: what happened after one instant and up to another.

    Of `OPENS`, the `first` span of an account includes the state at its beginning, as events at that instant.
    """

    account_pk: int
    after: datetime
    upto: datetime
    is_first: bool = False


def load_events(subject: Subject, spans: Sequence[EventSpan]) -> EventColumns:
    """Return what happened in each account in its own span, in the order of time."""
    read = {
        Subject.RESOURCES: _resources,
        Subject.FINDINGS: _findings,
        Subject.ENDINGS: _endings,
        Subject.EPISODES: _episodes,
        Subject.TALLIES: _tallies,
        Subject.PRACTICES: _practices,
    }[subject]
    return join_events([read(part) for part in _parts(spans)])


def _parts(spans: Sequence[EventSpan]) -> Iterator[Sequence[EventSpan]]:
    """Yield spans so that as many as their rows can be held at once."""
    short = [span for span in spans if span.upto - span.after <= WIDE_SPAN]
    long = iter([span for span in spans if span.upto - span.after > WIDE_SPAN])
    yield short
    while part := list(islice(long, INDEXED_ACCOUNTS_MAX)):
        yield part


def _rows(sql: str, spans: Sequence[EventSpan]) -> Sequence[Sequence[Any]]:
    """Return what a query finds, column by column."""
    if not spans:
        return ()
    asked: dict[str, Any] = {
        "accounts": [span.account_pk for span in spans],
        "after": [span.after for span in spans],
        "upto": [span.upto for span in spans],
        "first": [span.is_first for span in spans],
        "earliest": min(span.after for span in spans),
        "latest": max(span.upto for span in spans),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return list(zip(*cursor.fetchall(), strict=True))


def _is_inside(spans: Sequence[EventSpan], account: Numbers, at: Numbers) -> NDArray[np.bool_]:
    """Return a mask of the rows whose instant is inside the span of their account."""
    ordered = sorted(spans, key=lambda span: span.account_pk)
    place = np.searchsorted(np.array([span.account_pk for span in ordered], np.int64), account)
    after, upto = (np.array([to_micros(getattr(span, end)) for span in ordered], np.int64) for end in ("after", "upto"))
    found: NDArray[np.bool_] = (at > after[place]) & (at <= upto[place])
    return found


def _instants(seconds: Sequence[float | None]) -> Numbers:
    """Return microseconds; what is open still ends never."""
    found = np.array([np.inf if each is None else each for each in seconds], np.float64)
    never = np.isinf(found)
    return np.where(never, NEVER, np.rint(np.where(never, 0, found) * 1e6).astype(np.int64))


def _narrow(numbers: Numbers) -> NDArray[Any]:
    return numbers.astype(np.uint32 if not len(numbers) or numbers.max() < 2**32 else np.uint64)


def _digests(values: Sequence[Any]) -> NDArray[np.uint64]:
    return np.frombuffer(b"".join(bytes(each[:8]) for each in values), "<u8")


def _resources(spans: Sequence[EventSpan]) -> EventColumns:
    """Return an event for each instant at which a resource's version began or ended."""
    found = _rows(_RESOURCE_VERSIONS, spans) or ((),) * 7
    resource, account = (np.array(column, np.int64) for column in found[:2])
    types, began, ended = np.array(found[2], np.object_), _instants(found[3]), _instants(found[4])
    hashes, known = _digests(found[5]), _digests(found[6])
    ends, begins = _is_inside(spans, account, ended), _is_inside(spans, account, began)
    at = np.concatenate([ended[ends], began[begins]])
    who = np.concatenate([resource[ends], resource[begins]])
    order = np.lexsort((who, at))
    at, who = at[order], who[order]
    pairs = np.ones(len(at), np.bool_)
    pairs[1:] = (at[1:] != at[:-1]) | (who[1:] != who[:-1])
    event = np.cumsum(pairs) - 1
    began_then = np.concatenate([np.zeros(int(ends.sum()), np.bool_), np.ones(int(begins.sum()), np.bool_)])[order]

    def steps(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
        stepped = np.zeros(int(pairs.sum()), np.uint64)
        signed = np.concatenate([np.uint64(0) - values[ends], values[begins]])[order]
        np.add.at(stepped, event, signed)
        return stepped

    sides = np.bincount(event, np.where(began_then, 1, 2), int(pairs.sum())).astype(np.int64)  # 1, 2 or both
    return build_events(
        at[pairs],
        np.concatenate([account[ends], account[begins]])[order][pairs],
        np.concatenate([types[ends], types[begins]])[order][pairs].tolist(),
        {
            "resource": _narrow(who[pairs]),
            "step": steps(hashes),
            "known_step": steps(known),
            "kind": (sides - 1).astype(np.uint8),
        },
    )


def _findings(spans: Sequence[EventSpan]) -> EventColumns:
    """Return an event each time a finding began or ceased to fail.

    Those that the history began with are left out.
    """
    found = _rows(_FINDING_EPISODES, spans) or ((),) * 7
    account, opened, closed = np.array(found[0], np.int64), _instants(found[2]), _instants(found[3])
    begins, ends = _is_inside(spans, account, opened), _is_inside(spans, account, closed)
    names = np.array(found[1], np.object_)
    kinds, resolved = np.array(found[4], np.uint8), np.full(int(ends.sum()), RESOLVED, np.uint8)
    why_opened, why_closed = (np.array([_PLACES[one] for one in found[place]], np.uint8) for place in (5, 6))
    return build_events(
        np.concatenate([opened[begins], closed[ends]]),
        np.concatenate([account[begins], account[ends]]),
        list(chain(names[begins], names[ends])),
        {
            "kind": np.concatenate([kinds[begins], resolved]),
            "reason": np.concatenate([why_opened[begins], why_closed[ends]]),
        },
    )


def _episodes(spans: Sequence[EventSpan]) -> EventColumns:
    """Return an event each time a finding began or ceased to fail, with its number.

    And with whether a change of the resource was the cause.

    `seen` is when its resource was first seen.
    """
    found = _rows(_FINDING_COURSES, spans) or ((),) * 8
    finding, account, checks = (
        np.array(found[0], np.int64),
        np.array(found[1], np.int64),
        np.array(found[2], np.object_),
    )
    opened, closed, seen = (_instants(found[place]) for place in (3, 4, 7))
    regressed, mended = (np.array(found[place], np.bool_) for place in (5, 6))
    ends, begins = _is_inside(spans, account, closed), _is_inside(spans, account, opened)
    # Of one instant what ended comes first.
    return build_events(
        np.concatenate([closed[ends], opened[begins]]),
        np.concatenate([account[ends], account[begins]]),
        list(chain(checks[ends], checks[begins])),
        {
            "finding": _narrow(np.concatenate([finding[ends], finding[begins]])),
            "seen": np.concatenate([seen[ends], seen[begins]]),
            "kind": np.concatenate(
                [np.where(mended[ends], MENDED, ENDED), np.where(regressed[begins], REGRESSED, BEGAN)]
            ).astype(np.uint8),
        },
    )


def _tallies(spans: Sequence[EventSpan]) -> EventColumns:
    """Return an event for each new check count, with its numbers; zeros at its end."""
    found = _rows(_CHECK_COUNTS, spans) or ((),) * 7
    account, names = np.array(found[0], np.int64), np.array(found[1], np.object_)
    began, ended = _instants(found[2]), _instants(found[3])
    first = {span.account_pk: to_micros(span.after) for span in spans if span.is_first}
    start = np.array([first.get(pk, -1) for pk in account.tolist()], np.int64)
    began = np.where((start >= 0) & (began <= start), start + 1, began)
    ends, begins = _is_inside(spans, account, ended), _is_inside(spans, account, began)
    at = np.concatenate([ended[ends], began[begins]])
    who = np.concatenate([account[ends], account[begins]])
    name, code = np.unique(np.concatenate([names[ends], names[begins]]).astype(str), return_inverse=True)
    order = np.lexsort((np.arange(len(at)), code, who, at))
    at, who, code = at[order], who[order], code[order]
    lasts = np.ones(len(at), np.bool_)
    lasts[:-1] = (at[1:] != at[:-1]) | (who[1:] != who[:-1]) | (code[1:] != code[:-1])
    zeros = np.zeros(int(ends.sum()), np.int64)
    numbers = {
        key: np.concatenate([zeros, np.array(column, np.int64)[begins]])[order][lasts]
        for key, column in zip(("judged", "undetermined", "failing"), found[4:], strict=True)
    }
    return build_events(at[lasts], who[lasts], name[code[lasts]].tolist(), {k: shrink(v) for k, v in numbers.items()})


def _practices(spans: Sequence[EventSpan]) -> EventColumns:
    """Return an event for each point of a practice; without a score its band is NaN."""
    found = _rows(_PRACTICE_POINTS, spans) or ((),) * 8
    low, high = (np.array(column, np.float64) for column in found[3:5])
    counts = {
        name: shrink(np.array(column, np.int64))
        for name, column in zip(("passed", "failed", "unknown"), found[5:], strict=True)
    }
    bands = {"low": low, "high": high}
    return build_events(_instants(found[2]), np.array(found[0], np.int64), found[1], {**bands, **counts})


def _endings(spans: Sequence[EventSpan]) -> EventColumns:
    """Return an event each time a finding ceased to fail, with its visible duration."""
    account, severity, at, seconds, mended = _rows(_FINDING_ENDS, spans) or ((),) * 5
    return build_events(
        _instants(at),
        np.array(account, np.int64),
        severity,
        {"micros": np.rint(np.array(seconds, np.float64) * 1e6).astype(np.int64), "mended": np.array(mended, np.uint8)},
    )
