"""Writes findings: opens, keeps, resolves and reopens what checks say.

A finding is one check on one resource through all its episodes. What failed when last seen and cannot
be told now stays failing, marked stale: sight lost resolves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from posture.checks import all_checks
from posture.core.gap import GapReason
from posture.core.outcome import Outcome, Severity, Status
from posture.core.resource import Resource
from posture.core.values import UNREADABLE, Unknown, plain, readable
from posture.history.ingest.bulk import clean, columns, copy, execute, fetch, numbers, own
from posture.history.ingest.evidence_paths import value_at
from posture.history.ingest.resource_diff import Fate

Key = tuple[int, str]
"""Resource id and check id."""
Words = tuple[str, list[str]]
"""Reason and evidence of a finding."""

EPISODE = (
    "episode_id", "account_id", "resource_id", "check_id", "check_version", "status", "severity", "opened_at",
    "open_reason", "reopened", "stale_since", "stale_periods", "reason", "evidence", "observed", "first_opened_at",
)  # fmt: skip


FOUND = "found"
"""Why findings of an organization's first snapshot opened: nobody knows, it is where the history begins."""


@dataclass(slots=True)
class Open:
    """An open finding, as stored."""

    id: int
    check_version: int
    status: Status
    severity: int
    stale_since: datetime | None
    fails_before: int
    words: Words | None = None
    """Reason and evidence, where they were read along."""
    is_repeated: bool = False
    """Nothing was read of it: what is said of it now is what was said before, word for word."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A finding that was open before and is not."""

    id: int
    fails: int
    """Episodes of failing so far."""
    first_opened_at: datetime


@dataclass(frozen=True, slots=True)
class Stood:
    """Findings as they stood before a result: all open ones of an account, or those that a result may move."""

    open: dict[Key, Open]
    closed: Mapping[Key, Earlier] | None = None
    """Those that may be reopened; None where they were not read along."""


@dataclass(slots=True)
class Said:
    """One check's word on one resource that was seen."""

    outcome: Outcome
    version: int
    severity: Severity
    resource: Resource


@dataclass(slots=True)
class Plan:
    """What this result does to the findings of an account."""

    opening: dict[Key, str] = field(default_factory=dict)
    """Open reason, by key."""
    closing: dict[Key, str] = field(default_factory=dict)
    """Close reason, by key."""
    staling: list[Key] = field(default_factory=list)
    confirmed: list[Key] = field(default_factory=list)
    """Seen again as they stood."""

    opened: int = 0
    """Failing episodes that begin; those that the first snapshot of all finds did so at some time before."""
    resolved: int = 0
    """Failing episodes that end, for whatever reason."""


def load(account_pk: int) -> dict[Key, Open]:
    """Return the open findings of an account."""
    rows = fetch(
        """
        SELECT resource_id, check_id, id, check_version, status, severity, stale_since, reopened
        FROM history_finding WHERE account_id = %s AND closed_at IS NULL
        """,
        [account_pk],
    )
    return {(row[0], row[1]): Open(row[2], row[3], _STATUSES[row[4]], *row[5:]) for row in rows}


def load_some(ids: Iterable[int], keys: Sequence[Key]) -> Stood:
    """Return what a result may move: the findings on some resources, and others that are told by their keys."""
    rows = fetch(
        f"""
        SELECT {_SOME} FROM history_finding f WHERE resource_id = ANY(%s::bigint[])
        UNION ALL
        SELECT {_SOME} FROM history_finding f JOIN unnest(%s::bigint[], %s::text[]) k (resource, name)
        ON f.resource_id = k.resource AND f.check_id = k.name
        """,  # noqa: S608 - constants
        [list(ids), [number for number, _ in keys], [name for _, name in keys]],
    )
    stood, closed = dict[Key, Open](), dict[Key, Earlier]()
    for resource, check_id, number, version, status, severity, stale, reopened, is_open, first, *words in rows:
        if is_open:
            told = (words[0], words[1])
            stood[resource, check_id] = Open(number, version, _STATUSES[status], severity, stale, reopened, told)
        else:
            closed[resource, check_id] = Earlier(number, reopened + (status == Status.FAIL.value), first)
    return Stood(stood, closed)


_SOME = """
    f.resource_id, f.check_id, f.id, f.check_version, f.status, f.severity, f.stale_since, f.reopened,
    f.closed_at IS NULL, f.first_opened_at, f.reason, f.evidence"""
_STATUSES = {status.value: status for status in Status}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the plan must know beside outcomes, to say why a finding opens."""

    added: set[int]
    regained: set[int]
    fates: Mapping[int, Fate]
    versions: Mapping[str, int]
    """Version of each check that judged this account before."""
    parametrized: AbstractSet[str] = frozenset()
    """Checks that judge by another parameter than before."""
    folding: AbstractSet[int] = frozenset()
    """Populations that took in what stood on its own before."""
    baseline: bool = False
    """The organization's history begins here: what fails was found, and did not just open."""


def plan(open_now: Mapping[Key, Open], said: Mapping[Key, Said], circumstances: Circumstances) -> Plan:
    """Compare what is open with what was said."""
    made = Plan()
    for key, word in said.items():
        _judge(made, key, word, open_now.get(key), circumstances)
    checks = all_checks()
    for key in open_now:
        if key not in said:
            _unsaid(made, key, circumstances, checks)
    if not circumstances.baseline:
        made.opened = sum(said[key].outcome.status is Status.FAIL for key in made.opening)
    made.resolved = sum(open_now[key].status is Status.FAIL for key in made.closing)
    return made


def _judge(made: Plan, key: Key, word: Said, finding: Open | None, circumstances: Circumstances) -> None:
    status = word.outcome.status
    if finding is None:
        if status is Status.FAIL or status is Status.UNKNOWN:
            made.opening[key] = _open_reason(key, word, circumstances)
    elif status is finding.status:
        made.confirmed.append(key)
    elif status is Status.UNKNOWN:
        made.staling.append(key)
    else:
        made.closing[key] = _close_reason(key, word, finding, circumstances)
        if status is Status.FAIL:
            made.opening[key] = "sight"


def _close_reason(key: Key, word: Said, finding: Open, circumstances: Circumstances) -> str:
    """Return why a finding closes on a resource that is there and was judged."""
    if word.version != finding.check_version:
        return "rule"
    if finding.status is Status.UNKNOWN:
        return "determined"
    if key[1] in circumstances.parametrized:
        return "parameter"
    return "scope" if word.outcome.status is Status.NOT_APPLICABLE else "changed"


def _open_reason(key: Key, word: Said, circumstances: Circumstances) -> str:
    resource, check_id = key
    if circumstances.baseline:
        return FOUND
    if resource in circumstances.folding:
        return "folded"
    if resource in circumstances.added:
        return "new"
    if circumstances.versions.get(check_id) != word.version:
        return "rule"
    if word.outcome.status is Status.UNKNOWN or resource in circumstances.regained:
        return "sight"
    return "parameter" if check_id in circumstances.parametrized else "changed"


def _unsaid(made: Plan, key: Key, circumstances: Circumstances, checks: Container[str]) -> None:
    fate = circumstances.fates.get(key[0], Fate.GONE)
    if fate is Fate.GONE:
        made.closing[key] = "deleted"
    elif fate is Fate.FOLDED:
        made.closing[key] = "folded"
    elif fate is Fate.BLIND or fate is Fate.MISSED:
        made.staling.append(key)
    elif fate is Fate.SEEN and key[1] not in checks:
        made.closing[key] = "rule"


def write(account_pk: int, at: datetime, made: Plan, stood: Stood, said: Mapping[Key, Said]) -> dict[Key, Open]:
    """Carry the plan out; return what is open afterwards, as far as it was loaded."""
    open_now = stood.open
    close(at, {open_now[key].id: reason for key, reason in made.closing.items()})
    _stale(at, [open_now[key].id for key in made.staling if open_now[key].stale_since is None])
    _see_again(at, [open_now[key].id for key in made.confirmed if open_now[key].stale_since])
    _reword([(open_now[key], said[key]) for key in made.confirmed])
    if any(open_now[key].severity != said[key].severity for key in made.confirmed):
        execute("UPDATE history_accountstate SET rerated_at = %s WHERE account_id = %s", [at, account_pk])
    opened = _open(account_pk, at, {key: said[key] for key in made.opening}, made.opening, stood)
    return _after(at, made, open_now, said) | opened


def _after(at: datetime, made: Plan, open_now: Mapping[Key, Open], said: Mapping[Key, Said]) -> dict[Key, Open]:
    """Return the findings that stay open, as they stand now."""
    after = {key: finding for key, finding in open_now.items() if key not in made.closing}
    for key in made.staling:
        after[key] = replace(after[key], stale_since=after[key].stale_since or at)
    for key in made.confirmed:
        word, finding = said[key], after[key]
        if (finding.stale_since, finding.check_version, finding.severity) != (None, word.version, word.severity):
            after[key] = replace(finding, stale_since=None, check_version=word.version, severity=int(word.severity))
    return after


def close(at: datetime, reasons: Mapping[int, str]) -> None:
    """Close findings by id, each with its reason; the identity stays, for it may be reopened, without its words."""
    if not reasons:
        return
    execute(
        f"""
        WITH ended AS (
            SELECT f.*, n.close_reason
            FROM history_finding f JOIN unnest(%s::bigint[], %s::text[]) n (id, close_reason) ON n.id = f.id
        ), emptied AS (
            UPDATE history_finding f
            SET closed_at = %s, stale_since = NULL, stale_periods = NULL,
                reason = '', evidence = '{{}}', observed = NULL
            FROM ended WHERE f.id = ended.id
        )
        INSERT INTO history_finding_closed
            (closed_at, finding_id, close_reason, episode_id, account_id, resource_id, check_id, check_version, status,
             severity, opened_at, open_reason, reopened, stale_since, stale_periods, reason, evidence, observed,
             first_opened_at)
        SELECT %s, id, close_reason, episode_id, account_id, resource_id, check_id, check_version, status,
               severity, opened_at, open_reason, reopened, NULL, {_PERIODS}, reason, evidence, observed,
               first_opened_at
        FROM ended
        """,  # noqa: S608 - constants
        [list(reasons), list(reasons.values()), at, at, at],
    )


def end_stale(at: datetime, ids: list[int]) -> None:
    """Turn a running stale period into an earlier one."""
    execute(
        f"UPDATE history_finding SET {_END_STALE} WHERE id = ANY(%s) AND stale_since IS NOT NULL",  # noqa: S608 - constants
        [at, ids],
    )


_PERIODS = """
    CASE WHEN stale_since IS NULL THEN stale_periods
    ELSE coalesce(stale_periods, '{}') + tstzmultirange(tstzrange(stale_since, %s)) END"""
_END_STALE = f"stale_periods = {_PERIODS}, stale_since = NULL"


def _stale(at: datetime, ids: list[int]) -> None:
    if ids:
        execute("UPDATE history_finding SET stale_since = %s WHERE id = ANY(%s)", [at, ids])


def _see_again(at: datetime, ids: list[int]) -> None:
    if ids:
        end_stale(at, ids)


def _reword(pairs: Iterable[tuple[Open, Said]]) -> None:
    """Follow the latest words, severity and rule of findings that stand."""
    confirmed = [(finding, word) for finding, word in pairs if not finding.is_repeated]
    unread = _words([finding.id for finding, _ in confirmed if finding.words is None])
    moved = [
        (finding.id, word.version, int(word.severity), _reason(word), _evidence(word), _observed(word))
        for finding, word in confirmed
        if (finding.check_version, finding.severity, *(finding.words or unread[finding.id]))
        != (word.version, word.severity, _reason(word), _evidence(word))
        or _observed(word) is not None
    ]
    if moved:
        # Arrays of arrays must be rectangular: evidence travels as JSON.
        rows = [(*row[:4], json.dumps(row[4]), row[5]) for row in moved]
        execute(
            """
            UPDATE history_finding f
            SET check_version = n.version, severity = n.severity, reason = n.reason, observed = n.observed::jsonb,
                evidence = ARRAY(SELECT jsonb_array_elements_text(n.evidence::jsonb))
            FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::text[], %s::text[], %s::text[])
                n (id, version, severity, reason, evidence, observed)
            WHERE f.id = n.id
            """,
            columns(rows),
        )


def _words(ids: list[int]) -> dict[int, Words]:
    """Return reason and evidence of findings, as stored."""
    if not ids:
        return {}
    rows = fetch("SELECT id, reason, evidence FROM history_finding WHERE id = ANY(%s)", [ids])
    return {number: (reason, evidence) for number, reason, evidence in rows}


def _open(
    account_pk: int, at: datetime, said: Mapping[Key, Said], reasons: Mapping[Key, str], stood: Stood
) -> dict[Key, Open]:
    """Open findings: those that were open before go on with their identity."""
    if not said:
        return {}
    earlier = _earlier(list(said), stood)
    fresh, given = numbers({own("history_finding"): len(said) - len(earlier), "history_episode_ids": len(said)})
    episodes, numbered = dict(zip(said, given, strict=True)), iter(fresh)
    rows = {
        key: (
            episodes[key], account_pk, *key, word.version, word.outcome.status.value, int(word.severity), at,
            reasons[key], earlier[key].fails if key in earlier else 0, None, None, _reason(word), _evidence(word),
            _observed(word), earlier[key].first_opened_at if key in earlier else at,
        )
        for key, word in said.items()
    }  # fmt: skip
    # Reopened in place: the row goes and comes back under its old number, which is what people's notes hang on.
    if earlier:
        execute("DELETE FROM history_finding WHERE id = ANY(%s)", [[each.id for each in earlier.values()]])
    ids = {key: earlier[key].id if key in earlier else next(numbered) for key in rows}
    copy("history_finding", ("id", *EPISODE), ((ids[key], *row) for key, row in rows.items()))
    return {
        key: Open(ids[key], word.version, word.outcome.status, int(word.severity), None,
                  earlier[key].fails if key in earlier else 0)
        for key, word in said.items()
    }  # fmt: skip


def _earlier(keys: list[Key], stood: Stood) -> dict[Key, Earlier]:
    """Return the findings that exist but are closed by now; what this very result closes may open again."""
    if stood.closed is not None and not any(key in stood.open for key in keys):
        return {key: stood.closed[key] for key in keys if key in stood.closed}
    rows = fetch(
        """
        SELECT f.resource_id, f.check_id, f.id, f.reopened + (f.status = 'fail')::int, f.first_opened_at
        FROM history_finding f JOIN unnest(%s::bigint[], %s::text[]) k (resource_id, check_id)
        ON k.resource_id = f.resource_id AND k.check_id = f.check_id
        """,
        columns(keys),
    )
    return {(row[0], row[1]): Earlier(*row[2:]) for row in rows}


def _reason(word: Said) -> str:
    return clean(word.outcome.reason)


def _evidence(word: Said) -> list[str]:
    return [clean(path) for path in word.outcome.evidence]


_UNREADABLE = Unknown("read", UNREADABLE, GapReason.BAD_ANSWER)


def _observed(word: Said) -> str | None:
    """Return the deciding observed values by path: they are kept nowhere else through time."""
    resource = word.resource
    values: dict[str, Any] = {
        path: value_at(resource.raw_observed, path.removeprefix("observed."))
        for path in word.outcome.evidence
        if path.startswith("observed.")
    }
    return json.dumps(plain(readable(values, _UNREADABLE))).replace("\\u0000", "\\ufffd") if values else None
