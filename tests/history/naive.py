"""A naive history with unlimited disk: a full copy of everything at every instant.

Written for plainness alone, and sharing no code with the store, so that the two can be compared.
"""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from posture.core.check import Check
from posture.core.gap import ANY, GapReason
from posture.core.outcome import Outcome, Status
from posture.core.resource import Resource
from posture.core.score import Tally
from posture.core.sweep import AccountResult
from posture.core.values import Unknown
from tests.history.rules import CHECKS


@dataclass
class Thing:
    """A resource as of an instant."""

    resource: Resource
    valid_from: datetime
    known: list[Any]
    unseen_since: datetime | None = None
    missed: bool = False

    @property
    def lacks(self) -> bool:
        """Whether a field could not be read that was there to be read."""
        one = self.resource
        values = [*one.raw_config.values(), *one.raw_observed.values(), one.raw_tags]
        return any(isinstance(each, Unknown) and GapReason(each.reason).blinds for each in values)


@dataclass
class Failure:
    """An open finding as of an instant."""

    status: Status
    opened_at: datetime
    stale_since: datetime | None = None
    judged_by: tuple[int, int] = (1, 0)
    """Version of the check and number of the scheme by which it was judged last."""


@dataclass
class Copy:
    """Everything about one account at one instant."""

    things: dict[str, Thing] = field(default_factory=dict)
    findings: dict[tuple[str, str], Failure] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    units: dict[tuple[str, str], str] = field(default_factory=dict)
    """The counts field of each resource under each check."""
    gaps: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    unread_since: dict[tuple[str, ...], datetime] = field(default_factory=dict)
    """Since when some resource has lacked a field, by region, type, action, reason and error."""
    checks: dict[str, Check] = field(default_factory=lambda: CHECKS)
    scheme: int = 0

    @property
    def unread(self) -> Counter[tuple[str, ...]]:
        """How many resources lack a field, by region, type, action, reason and error."""
        found: Counter[tuple[str, ...]] = Counter()
        for thing in self.things.values():
            one = thing.resource
            values = [*one.raw_config.values(), *one.raw_observed.values(), one.raw_tags]
            lacking = {each for each in values if isinstance(each, Unknown)}
            found.update((one.region, one.type, each.action, str(each.reason), each.error) for each in lacking)
        return found

    @property
    def extent(self) -> tuple[int, int, int]:
        """How many resources exist, are hidden or lack a field, and empty blind locations."""
        hidden = sum(not thing.missed and (bool(thing.unseen_since) or thing.lacks) for thing in self.things.values())
        blind = {key[:2] for key in self.gaps if GapReason(key[2]).blinds}
        known = [(thing.resource.region, thing.resource.type) for thing in self.things.values()]
        empty = sum(
            not any(region in {ANY, here} and kind in {ANY, one} for here, one in known) for region, kind in blind
        )
        return len(self.things), hidden, empty


@dataclass
class Naive:
    """One account's history: copies by instant, and findings opened and resolved."""

    copies: dict[datetime, Copy] = field(default_factory=dict)
    opened: list[datetime] = field(default_factory=list)
    resolved: list[datetime] = field(default_factory=list)
    checks: dict[str, Check] = field(default_factory=lambda: CHECKS)
    """By which the next result is judged, and by which scheme."""
    scheme: int = 0
    aside: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    """What people set aside, each with its end."""
    full_regions: tuple[str, ...] | None = None
    """The regions of the last full reading; None before the first, and after the account left."""
    decided: dict[datetime, list[Copy]] = field(default_factory=dict)
    """The copies of instants before each decision that was made on them."""

    def at(self, instant: datetime) -> Copy:
        """Return the copy as of an instant."""
        earlier = [at for at in self.copies if at <= instant]
        return self.copies[max(earlier)] if earlier else Copy()

    def apply(self, at: datetime, result: AccountResult) -> None:
        """Take a result in, unless one as new was taken in before."""
        if self.copies and at <= max(self.copies):
            return
        now = replace(copy.deepcopy(self.at(at)), checks=self.checks, scheme=self.scheme)
        self.aside = {key: end for key, end in self.aside.items() if end is None or end > at}
        seen = {resource.arn: resource for resource in result.resources}
        blind = [gap for gap in result.gaps if gap.reason.blinds]
        for arn, thing in list(now.things.items()):
            hidden = any(gap.covers(thing.resource.region, thing.resource.type) for gap in blind)
            asked = thing.resource.type in result.swept_types and thing.resource.region in result.regions
            if arn in seen or not (hidden or asked):
                continue
            if not hidden and thing.missed:
                del now.things[arn]
                continue
            thing.missed = thing.missed or not hidden
            thing.unseen_since = thing.unseen_since or at
        for arn, resource in seen.items():
            now.things[arn] = self._seen(now.things.get(arn), resource, at)
        self._judge(now, at, result, seen)
        refused = any(gap.region == gap.resource_type == ANY for gap in result.gaps)
        keys = {(gap.region, gap.resource_type, gap.reason.value) for gap in result.gaps}
        kept = {key: since for key, since in now.gaps.items() if key in keys or (refused and key[:2] != (ANY, ANY))
                or (key[0] not in {ANY, *result.regions})}  # fmt: skip
        now.gaps = dict.fromkeys(keys, at) | kept
        now.unread_since = {key: now.unread_since.get(key, at) for key in now.unread}
        self._tally(now, result)
        self.copies[at] = now
        if not result.reused and not refused:
            self.full_regions = tuple(result.regions)

    def keeps(self, kind: str) -> dict[str, list[Resource]]:
        """Return what need not be read again of a type, by region."""
        now = self.copies[max(self.copies)] if self.copies else Copy()
        kept: dict[str, list[Resource]] = {}
        for region in self.full_regions or ():
            things = [
                each for each in now.things.values() if (each.resource.type, each.resource.region) == (kind, region)
            ]
            in_gap = any(where in {ANY, region} and what in {ANY, kind} for where, what, _ in now.gaps)
            if not in_gap and not any(each.unseen_since or each.missed or _has_unknown(each) for each in things):
                kept[region] = [each.resource for each in things]
        return kept

    def decide(self, key: tuple[str, str], *, aside: bool, until: datetime | None = None) -> None:
        """Set a finding aside, or count it again, as of the last result."""
        self.aside.pop(key, None)
        if aside:
            self.aside[key] = until
        at = max(self.copies)
        self.decided.setdefault(at, []).append(self.copies[at])
        now = self.copies[at] = copy.deepcopy(self.copies[at])
        if key in now.units and key in now.findings and now.findings[key].status is Status.FAIL:
            counted, counts = now.units[key], self._failing(now, key)
            tally = now.tallies[key[1]]
            now.units[key] = counts
            fewer = tally._replace(**{counted: getattr(tally, counted) - 1})
            now.tallies[key[1]] = fewer._replace(**{counts: getattr(fewer, counts) + 1})

    def leave(self, at: datetime) -> None:
        """The account left."""
        before = self.at(at)
        self.resolved += [at for failure in before.findings.values() if failure.status is Status.FAIL]
        self.copies[at] = Copy()
        self.full_regions = None

    def _seen(self, thing: Thing | None, resource: Resource, at: datetime) -> Thing:
        whole: list[Any] = [resource.name, resource.raw_config, resource.raw_tags]
        if thing is None:
            return Thing(resource, at, whole)
        known = [whole[0], remember(whole[1], thing.known[1]), whole[2]]
        same = whole == [thing.resource.name, thing.resource.raw_config, thing.resource.raw_tags]
        return Thing(resource, thing.valid_from if same else at, known)

    def _judge(self, now: Copy, at: datetime, result: AccountResult, seen: dict[str, Resource]) -> None:
        said = {(each.resource.arn, each.check_id): each.outcome.status for each in result.judgements}
        for key, failure in list(now.findings.items()):
            if key[0] not in now.things or (key[0] in seen and key[1] not in self.checks):
                self._close(now, key, at)
            elif key[0] not in seen:
                if now.things[key[0]].unseen_since:
                    failure.stale_since = failure.stale_since or at
            elif said[key] is Status.UNKNOWN and failure.status is Status.FAIL:
                failure.stale_since = failure.stale_since or at
            elif said[key] is not failure.status:
                self._close(now, key, at)
            else:
                failure.stale_since = None
            if key in now.findings and said.get(key) is failure.status:
                failure.judged_by = (self.checks[key[1]].version, self.scheme)
        for key, status in said.items():
            if status in {Status.FAIL, Status.UNKNOWN} and key not in now.findings:
                now.findings[key] = Failure(status, at, judged_by=(self.checks[key[1]].version, self.scheme))
                # What the first sweep found was there before.
                self.opened += [at] * (status is Status.FAIL and bool(self.copies))

    def _close(self, now: Copy, key: tuple[str, str], at: datetime) -> None:
        self.resolved += [at] * (now.findings.pop(key).status is Status.FAIL)

    def _tally(self, now: Copy, result: AccountResult) -> None:
        said = {(each.resource.arn, each.check_id): each.outcome for each in result.judgements}
        now.tallies, now.units = {}, {}
        for check in self.checks.values():
            mine = [thing for thing in now.things.values() if thing.resource.type == check.resource_type]
            fields = {thing.resource.arn: self._count(now, thing, check.id, said) for thing in mine}
            now.units |= {(arn, check.id): field for arn, field in fields.items()}
            counts = Counter(fields.values())
            places = {
                thing.resource.region for thing in mine if self._count(now, thing, check.id, said) != "not_applicable"
            }
            units = {
                region
                for region, resource_type, reason in now.gaps
                if GapReason(reason).blinds
                and reason != GapReason.ROLE_OUT_OF_DATE
                and resource_type in {ANY, check.resource_type}
                and (not places if region == ANY else region not in places)
            }
            counts["gap_units"] = 1 if ANY in units else len(units)
            if sum(counts.values()):
                now.tallies[check.id] = Tally(check.id, check.severity, **counts)

    def _count(self, now: Copy, thing: Thing, check_id: str, said: dict[tuple[str, str], Outcome]) -> str:
        key = (thing.resource.arn, check_id)
        failure = now.findings.get(key)
        if failure:
            if failure.status is Status.UNKNOWN:
                # What only a newer role could see was not looked at before either.
                return "unknown" if key not in said or said[key].moves_score else "not_applicable"
            return self._failing(now, key)
        if key in said:
            return {Status.PASS: "passed", Status.NOT_APPLICABLE: "not_applicable"}[said[key].status]
        if check_id == "bucket_private" and thing.known[1].get("Website") is True:
            return "not_applicable"
        return "unknown" if thing.unseen_since else "passed"

    def _failing(self, now: Copy, key: tuple[str, str]) -> str:
        return "accepted" if key in self.aside else "stale" if now.findings[key].stale_since else "failed"


def _has_unknown(thing: Thing) -> bool:
    one = thing.resource
    return any(
        isinstance(each, Unknown) for each in [*one.raw_config.values(), *one.raw_observed.values(), one.raw_tags]
    )


def remember(now: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Return a flat configuration with what is unknown as it was when last known."""
    return {key: before.get(key, value) if isinstance(value, Unknown) else value for key, value in now.items()}


def between(before: Copy, after: Copy) -> Counter[str]:
    """Count how resources differ between two copies."""
    kinds: Counter[str] = Counter()
    kinds["added"] = len(after.things.keys() - before.things.keys())
    kinds["removed"] = len(before.things.keys() - after.things.keys())
    for arn in before.things.keys() & after.things.keys():
        old, new = before.things[arn], after.things[arn]
        if old.known != new.known:
            kinds["changed"] += 1
        elif whole(old) != whole(new):
            kinds["sight"] += 1
        elif old.valid_from != new.valid_from:
            kinds["same"] += 1
    return kinds


def whole(thing: Thing) -> list[Any]:
    """Return all that makes a version."""
    return [thing.resource.name, thing.resource.raw_config, thing.resource.raw_tags]
