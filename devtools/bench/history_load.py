"""Load the past year by COPY, day by day, as recording would have stored it.

Runs in several processes, each with its share of the accounts. The last days are not loaded here:
they go through the real record path.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from devtools.bench import history_fixture as fixture
from devtools.bench.history_fixture import CHECKS_OF_A_KIND, Item
from devtools.bench.history_story import Account, Day, day
from posture.core.attribution import Cause, Moves, split
from posture.core.classification import DEFAULT, classification
from posture.core.outcome import Severity
from posture.core.resource import Resource
from posture.core.score import Tally
from posture.history import codec
from posture.history.canonical import digest
from posture.history.ingest.bulk import copy
from posture.history.ingest.swept_state import uid_of

VERSION = (
    "resource_id", "version_id", "account_id", "type", "name", "valid_from", "hash", "config", "tags",
    "classification",
)  # fmt: skip
EPISODE = (
    "episode_id", "account_id", "resource_id", "check_id", "check_version", "status", "severity", "opened_at",
    "open_reason", "reopened", "reason", "evidence", "first_opened_at",
)  # fmt: skip
COUNTS = (
    "account_id", "check_id", "check_version", "severity", "valid_from",
    "passed", "failed", "unknown", "stale", "accepted", "not_applicable", "gap_units",
)  # fmt: skip
POINT = (
    "account_id", "at", "low", "high", "critical", "high_open", "medium", "low_open", "unknown", "stale", "accepted",
    "opened", "resolved", "resources", "unseen", "empty_gaps", "blind_share", "causes",
)  # fmt: skip
PRACTICE = ("account_id", "practice_id", "at", "low", "high", "passed", "failed", "unknown")


@dataclass(frozen=True, slots=True)
class Rule:
    """What counting must know of a check."""

    id: str
    key: tuple[int, int]
    severity: int
    weight: int
    practice: str


ORDER = sorted(
    (
        Rule(
            fixture.check_id(*key),
            key,
            int(fixture.severity(*key)),
            fixture.severity(*key).weight,
            fixture.practice(*key),
        )
        for key in ((kind, slot) for kind in range(fixture.KINDS) for slot in range(CHECKS_OF_A_KIND))
    ),
    key=lambda each: each.id,
)
"""Counted in the order in which the store counts, so that sums come out equal to the last digit."""
PRACTICE_OF = {each.key: each.practice for each in ORDER}
BY_PRACTICE = {name: [each for each in ORDER if each.practice == name] for name in fixture.PRACTICE_IDS}
_NONE = (0, 0, None)


@dataclass(frozen=True, slots=True)
class Share:
    """One process's share of the accounts, and the ids that it may use.

    An account is (number, primary key, account id, primary key of the unit).
    """

    accounts: Sequence[tuple[int, int, str, int]]
    days: int
    first: int
    step: int
    has_populations: bool = False


@dataclass(slots=True)
class Numbers:
    """Ids that no other process gives."""

    share: Share
    resource: Iterator[int] = field(init=False)
    version: Iterator[int] = field(init=False)
    finding: Iterator[int] = field(init=False)
    episode: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        first, step = self.share.first, self.share.step
        self.resource, self.version = count(first, step), count(first, step)
        self.finding, self.episode = count(first, step), count(first, step)


@dataclass(slots=True)
class Version:
    """A resource's identity and its current version."""

    resource_id: int
    kind: int
    first_seen: datetime
    identity: tuple[Any, ...]
    row: tuple[Any, ...]
    gone_at: datetime | None = None


@dataclass(slots=True)
class Finding:
    """A finding and the episode that is open, if one is."""

    id: int
    first_opened_at: datetime
    episode: tuple[Any, ...]
    closed_at: datetime | None = None

    @property
    def row(self) -> tuple[Any, ...]:
        """The finding's own episode, without its texts once it has ended."""
        return self.episode if self.closed_at is None else (*self.episode[:10], "", [], self.episode[12])


class AccountLoader:
    """A writer of one account's days as rows for the tables."""

    def __init__(self, number: int, pk: int, account_id: str, numbers: Numbers, *, has_populations: bool) -> None:
        self.story = Account(number, has_populations)
        self.pk, self.account_id, self.numbers = pk, account_id, numbers
        self.versions: dict[int, Version] = {}
        self.left: list[Version] = []
        self.findings: dict[tuple[int, int], Finding] = {}
        self.tallies: dict[tuple[int, int], list[Any]] = {}
        self.practices: dict[str, tuple[float | None, int, int]] = {}
        self.opened = self.resolved = 0
        self.moves: dict[tuple[int, int], Moves] = {}
        self.causes = [0.0] * 2 * len(Cause)

    def begin(self, rows: Rows, at: datetime) -> None:
        """Write the first day, on which everything was found."""
        for one in (*self.story.items.values(), *self.story.populations.values()):
            self._arrive(one, at, "found")
        self.opened = self.resolved = 0
        self.moves = {}
        self._end_day(rows, at, list(self.tallies))

    def advance(self, rows: Rows, at: datetime) -> None:
        """Write the next day."""
        before = {key: tuple(tally) for key, tally in self.tallies.items()}
        self.opened = self.resolved = 0
        changes: Day = self.story.advance()
        for one in changes.changed:
            self._change(rows, one, at)
        for one in changes.removed:
            self._leave(rows, one, at)
        for one in changes.added:
            self._arrive(one, at, "new")
        moved = [key for key, tally in self.tallies.items() if before.get(key) != tuple(tally)]
        for key in moved:
            if key in before:
                rows.tally.append((at, *self.tally_row(key, before[key])))
                self.tallies[key][2] = at
        self._explain(before)
        self._end_day(rows, at, moved)

    def _arrive(self, one: Item, at: datetime, why: str) -> None:
        number = next(self.numbers.resource)
        resource = self._resource(one)
        identity = (self.pk, uid_of(resource.type, resource.arn), resource.type, resource.region, resource.arn,
                    resource.name)  # fmt: skip
        self.versions[one.number] = Version(number, one.kind, at, identity, self._version(number, resource, at))
        for slot, bad in enumerate(one.bad):
            tally = self.tallies.setdefault((one.kind, slot), [0, 0, at])
            tally[bad] += 1
            moves = self._moves(one, slot)
            if bad:
                moves.new_failing += 1
                self._open(one, slot, at, why, resource.name)
            else:
                moves.new_passing += 1

    def _resource(self, one: Item) -> Resource:
        if one.number in self.story.populations:
            return fixture.population(self.story.number, self.account_id, one, self.story.day_number)
        return fixture.resource(self.story.number, self.account_id, one)

    def observed(self) -> Iterator[tuple[Any, ...]]:
        """Yield what is observed of the current populations."""
        for number, one in self.story.populations.items():
            seen = self._resource(one).raw_observed
            yield self.versions[number].resource_id, self.pk, digest(seen), codec.pack(seen), seen["Count"]

    def _version(self, number: int, resource: Any, at: datetime) -> tuple[Any, ...]:
        return (
            number, next(self.numbers.version), self.pk, resource.type, resource.name, at, resource.hash,
            codec.pack(resource.raw_config), json.dumps(resource.raw_tags),
            classification(resource.raw_tags, DEFAULT) or "",
        )  # fmt: skip

    def _change(self, rows: Rows, one: Item, at: datetime) -> None:
        version = self.versions[one.number]
        rows.version.append((at, "changed", *version.row))
        resource = self._resource(one)
        version.row = self._version(version.resource_id, resource, at)
        for slot, bad in enumerate(one.bad):
            finding = self.findings.get((one.number, slot))
            if bad is (finding is not None and finding.closed_at is None):
                continue
            tally = self.tallies[one.kind, slot]
            tally[bad] += 1
            tally[not bad] -= 1
            moves = self._moves(one, slot)
            if bad:
                moves.regressed += 1
                self._open(one, slot, at, "changed", resource.name)
            elif finding is not None:
                moves.fixed += 1
                self._close(rows, finding, at, "changed")

    def _leave(self, rows: Rows, one: Item, at: datetime) -> None:
        version = self.versions.pop(one.number)
        version.gone_at = at
        rows.version.append((at, "deleted", *version.row))
        self.left.append(version)
        for slot, bad in enumerate(one.bad):
            self.tallies[one.kind, slot][bad] -= 1
            if bad:
                self._moves(one, slot).gone_failing += 1
                self._close(rows, self.findings[one.number, slot], at, "deleted")

    def _moves(self, one: Item, slot: int) -> Moves:
        return self.moves.setdefault((one.kind, slot), Moves())

    def _explain(self, before: Mapping[tuple[int, int], Sequence[Any]]) -> None:
        """Add to each cause by how much it moved the score on this day."""
        moves = {fixture.check_id(*key): moves for key, moves in self.moves.items()}
        parts = split(_tallies_by_check(before), _tallies_by_check(self.tallies), moves)
        for number, cause in enumerate(Cause):
            if cause in parts:
                self.causes[2 * number] += parts[cause].low
                self.causes[2 * number + 1] += parts[cause].high
        self.moves = {}

    def _open(self, one: Item, slot: int, at: datetime, why: str, name: str) -> None:
        finding = self.findings.get((one.number, slot))
        number = finding.id if finding else next(self.numbers.finding)
        first = finding.first_opened_at if finding else at
        reopened = finding.episode[9] + 1 if finding else 0
        flag = fixture.FLAGS[slot]
        episode = (
            next(self.numbers.episode), self.pk, self.versions[one.number].resource_id,
            fixture.check_id(one.kind, slot), 1, "fail", int(fixture.severity(one.kind, slot)), at, why, reopened,
            f"{flag} is {not fixture.GOOD[slot]} on {name}.", [flag], first,
        )  # fmt: skip
        self.findings[one.number, slot] = Finding(number, first, episode)
        self.opened += 1

    def _close(self, rows: Rows, finding: Finding, at: datetime, why: str) -> None:
        finding.closed_at = at
        rows.finding.append((at, finding.id, why, *finding.episode))
        self.resolved += 1

    def tally_row(self, key: tuple[int, int], tally: Sequence[Any]) -> tuple[Any, ...]:
        kind, slot = key
        return (self.pk, fixture.check_id(kind, slot), 1, int(fixture.severity(kind, slot)), tally[2], tally[0],
                tally[1], 0, 0, 0, 0, 0)  # fmt: skip

    def _end_day(self, rows: Rows, at: datetime, moved: Sequence[tuple[int, int]]) -> None:
        """Write the account's point, and the points of the practices that moved."""
        failing = dict.fromkeys((4, 3, 2, 1), 0)
        lost, total = 0.0, 0
        for each in ORDER:
            passed, failed, _since = self.tallies.get(each.key, _NONE)
            if passed + failed:
                failing[each.severity] += failed
                lost += each.weight * (failed / (passed + failed))
                total += each.weight
        low = _score(lost, total)
        rows.point.append((self.pk, at, low, low, failing[4], failing[3], failing[2], failing[1], 0, 0, 0,
                           self.opened, self.resolved, len(self.versions), 0, 0, 0.0, [*self.causes]))  # fmt: skip
        for practice in sorted({PRACTICE_OF[key] for key in moved}):
            current = self._practice(practice)
            if self.practices.get(practice) != current:
                self.practices[practice] = current
                score, passed, failed = current
                rows.practice.append((self.pk, practice, at, score, score, passed, failed, 0))

    def _practice(self, practice: str) -> tuple[float | None, int, int]:
        lost, total, passes, fails = 0.0, 0, 0, 0
        for each in BY_PRACTICE[practice]:
            passed, failed, _since = self.tallies.get(each.key, _NONE)
            passes, fails = passes + passed, fails + failed
            if passed + failed:
                lost, total = lost + each.weight * (failed / (passed + failed)), total + each.weight
        return (_score(lost, total) if total else None), passes, fails


@dataclass(slots=True)
class Rows:
    """A day's rows by table."""

    version: list[tuple[Any, ...]] = field(default_factory=list)
    finding: list[tuple[Any, ...]] = field(default_factory=list)
    tally: list[tuple[Any, ...]] = field(default_factory=list)
    point: list[tuple[Any, ...]] = field(default_factory=list)
    practice: list[tuple[Any, ...]] = field(default_factory=list)

    def write(self) -> None:
        """Append them to the tables of what is closed, and to the roll-ups."""
        copy("history_version_closed", ("valid_to", "close_reason", *VERSION), self.version)
        copy("history_finding_closed", ("closed_at", "finding_id", "close_reason", *EPISODE), self.finding)
        copy("history_tally_closed", ("valid_to", *COUNTS), self.tally)
        copy("history_accountpoint", POINT, self.point)
        copy("history_practicepoint", PRACTICE, self.practice)


def _tallies_by_check(tallies: Mapping[tuple[int, int], Sequence[Any]]) -> dict[str, Tally]:
    return {
        each.id: Tally(each.id, Severity(each.severity), *tallies[each.key][:2])
        for each in ORDER
        if each.key in tallies
    }


def _score(lost: float, total: int) -> float:
    return min(100.0, max(0.0, 100.0 * (1.0 - lost / total)))


def load_share(share: Share) -> dict[str, int]:
    """Load a share of the accounts day by day, then their current rows.

    Return how many rows are where.
    """
    numbers = Numbers(share)
    loaders = [
        AccountLoader(number, pk, account_id, numbers, has_populations=share.has_populations)
        for number, pk, account_id, _ in share.accounts
    ]
    units = {pk: unit for _, pk, _, unit in share.accounts}
    for number in range(share.days):
        rows, at = Rows(), day(number)
        for loader in loaders:
            loader.advance(rows, at) if number else loader.begin(rows, at)
        rows.write()
        _partials(loaders, units, at)
    _copy_current(loaders)
    return {"findings": next(numbers.finding), "episodes": next(numbers.episode), "versions": next(numbers.version),
            "resources": next(numbers.resource)}  # fmt: skip


def _partials(loaders: Sequence[AccountLoader], units: dict[int, int], at: datetime) -> None:
    """Sum what the organization's and its units' roll-ups are made of.

    The shares are added up in the end.
    """
    checks: dict[tuple[int, int], list[int]] = {}
    kinds = [0] * fixture.KINDS
    practices: dict[tuple[int, str], list[float]] = {}
    for loader in loaders:
        for key, (passed, failed, _since) in loader.tallies.items():
            sums = checks.setdefault(key, [0, 0, 0])
            sums[0], sums[1], sums[2] = sums[0] + passed, sums[1] + failed, sums[2] + (failed > 0)
            if key[1] == 0:
                kinds[key[0]] += passed + failed
        for practice, (score, passed, failed) in loader.practices.items():
            if score is not None:
                current = practices.setdefault((units[loader.pk], practice), [0.0, 0, 0, 0])
                for place, value in enumerate((score, passed, failed, 1)):
                    current[place] += value
    copy("bench_check", ("at", "check_id", "passed", "failed", "accounts"),
         ((at, fixture.check_id(*key), *sums) for key, sums in checks.items()))  # fmt: skip
    copy("bench_type", ("at", "type", "count"), ((at, fixture.TYPES[kind], n) for kind, n in enumerate(kinds) if n))
    copy("bench_practice", ("at", "unit_id", "practice_id", "low", "passed", "failed", "accounts"),
         ((at, *key, *sums) for key, sums in practices.items()))  # fmt: skip


def _copy_current(loaders: Sequence[AccountLoader]) -> None:
    """Copy the current rows in the order in which they began.

    That is their order on disk after recording.
    """
    current = sorted((v for t in loaders for v in t.versions.values()), key=lambda each: each.row[5])
    everything = sorted((*current, *(v for t in loaders for v in t.left)), key=lambda each: each.first_seen)
    copy("history_resource", ("id", "account_id", "uid", "type", "region", "arn", "name", "first_seen", "gone_at"),
         ((v.resource_id, *v.identity, v.first_seen, v.gone_at) for v in everything))  # fmt: skip
    copy("history_version", VERSION, (version.row for version in current))
    findings = sorted((f for t in loaders for f in t.findings.values()), key=lambda each: each.episode[7])
    copy("history_finding", ("id", *EPISODE, "closed_at"), ((f.id, *f.row, f.closed_at) for f in findings))
    copy("history_observed", ("resource_id", "account_id", "digest", "observed", "members"),
         (row for t in loaders for row in t.observed()))  # fmt: skip
    copy("history_tally", COUNTS,
         (t.tally_row(key, tally) for t in loaders for key, tally in t.tallies.items()))  # fmt: skip
