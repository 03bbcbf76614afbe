"""Records one account's part of a snapshot: whole or not at all.

Only what changed is written.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from operator import attrgetter

from django.db import transaction

from accounts.models import AwsAccount
from posture.checks import all_checks, checks_of, read_parameters
from posture.core.classification import CLASSIFICATION
from posture.core.gap import Gap
from posture.core.resource import Resource
from posture.core.score import Tally
from posture.core.sweep import AccountResult
from posture.core.unread import blinds
from posture.core.values import Unknown
from posture.history.ingest import (
    check_count_rows,
    check_counts,
    coverage,
    decisions,
    diff,
    field_gaps,
    finding_changes,
    findings,
    gaps,
    prior_reading,
    resources,
    rollups,
    rules,
    score_causes,
    stored_state,
)
from posture.history.ingest.bulk import execute, fetch, fetch_each, keep_at_hand, numbering, own, together
from posture.history.ingest.check_counts import CountInput, CountsByCheck
from posture.history.ingest.diff import Diff
from posture.history.ingest.field_gaps import FieldGapKey, OpenFieldGap
from posture.history.ingest.finding_changes import (
    CheckedResource,
    FindingChanges,
    FindingContext,
    FindingKey,
    OpenFinding,
    StoredFindings,
)
from posture.history.ingest.gaps import GapKey
from posture.history.ingest.pipeline import Statement
from posture.history.ingest.stored_state import Fate, FindingDigests, KnownResource, StateFingerprint
from posture.history.ingest.swept_state import SweptState, scheme_of, values_of
from posture.history.models import AccountPoint, AccountState, AccountSweep, GapRecord, ScopePoint
from posture.history.partitions import ensure_month, missing_of

logger = logging.getLogger(__name__)

PREFETCHED_NUMBERS = {
    own("history_resource"): 2, "history_version_ids": 16, own("history_finding"): 8, "history_episode_ids": 16,
}  # fmt: skip
"""Numbers taken from each sequence with the first query, so that a usual day need not ask again."""
STATE_COLUMNS = ("account_id", "last_at", "digest", "rules", "scheme", "settled", "holds_until")

# Every statement of a recording finds its rows by their ids, however many: a plan for these values is no better.
_PLAN_ONCE: Statement = ("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)", [])
_LOCK = """
SELECT account_id, last_at, digest, rules, scheme, settled, holds_until
FROM history_accountstate WHERE account_id = %s FOR UPDATE
"""
_SAVE_STATE = """
UPDATE history_accountstate SET last_at = %s, digest = %s, rules = %s, scheme = %s, settled = %s, holds_until = %s,
    types = %s, fingerprint = %s,
    full_read_at = coalesce(%s, full_read_at), full_read_regions = coalesce(%s::varchar[], full_read_regions),
    full_read_by = coalesce(%s, full_read_by)
WHERE account_id = %s
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The effect of a result."""

    applied: bool
    note: str = ""
    """One sentence that says why it was not applied, or that nothing has changed."""
    resources: int = 0
    """Present after it, unseen ones included."""
    gaps: int = 0
    """Listings that could not be read, and fields by type and region."""
    opened: int = 0
    resolved: int = 0
    refused: bool = False
    """Nothing at all could be read; everything is kept as it was, unseen."""
    left: bool = False
    """The account had left its organization by then: its history is closed, and nothing is added to it."""


def record_account(account_sweep: AccountSweep, result: AccountResult) -> Recorded:
    """Record the result of one account's sweep, as of its snapshot's date.

    A result no newer than the account's last is not applied, so that delivering one twice changes nothing; nor is one
    of an account that has left. Raises ValueError for a result of another account.
    """
    return record_result(account_sweep.account, account_sweep.snapshot.as_of, result)


def record_result(account: AwsAccount, at: datetime, result: AccountResult) -> Recorded:
    """Record a result of an account as of a date; see `record_account`."""
    if result.account_id != account.account_id:
        raise ValueError(f"The result is of account {result.account_id}, not of {account.account_id}.")
    swept = SweptState(result, scheme_of(account.organization), values_of(account))
    rules_now = rules.digest_of_rules(result, swept.scheme, swept.values)
    digest = swept.digest(rules_now)
    try:
        return _record(account, at, swept, digest, rules_now)
    except _MissingMonthError:
        # Created with nothing locked: to drop a month locks the accounts while it holds the lock of partitions.
        ensure_month(at)
        return _record(account, at, swept, digest, rules_now)


class _MissingMonthError(Exception):
    """The month in which rows are to be closed has no partitions yet."""


def _record(account: AwsAccount, at: datetime, swept: SweptState, digest: bytes, rules_now: bytes) -> Recorded:
    with transaction.atomic():
        state, left_at, decided, is_month_missing = _lock_and_load(account.pk, at)
        if left_at is not None:
            return Recorded(applied=False, note=f"Not recorded, since it left on {left_at:%Y-%m-%d %H:%M}.", left=True)
        if state.last_at is not None and at <= state.last_at:
            note = f"The account is already recorded as of {state.last_at:%Y-%m-%d %H:%M:%S}; this result is no newer."
            logger.warning("%s as of %s: %s", account.account_id, at, note)
            return Recorded(applied=False, note=note)
        set_aside, has_expired = decisions.expire(account.pk, at, decided)
        is_known = state.settled and not has_expired and swept.is_identified_by_digest(state.holds_until)
        if is_known and digest == bytes(state.digest):
            return _record_unchanged(account.pk, at, swept)
        if is_month_missing:
            raise _MissingMonthError
        same_rules = rules_now == bytes(state.rules) and not has_expired
        recording = _Recording(account, at, swept, state, set_aside, frozenset(decided), same_rules=same_rules)
        with together():
            recorded = recording.run()
            recording.save_state(digest, rules_now)
    return recorded


def lock(account_pk: int) -> AccountState:
    """Lock an account's history for this transaction, and return its state."""
    rows = fetch(_LOCK, [account_pk])
    if not rows:
        AccountState.objects.get_or_create(pk=account_pk)
        rows = fetch(_LOCK, [account_pk])
    return AccountState(**dict(zip(STATE_COLUMNS, rows[0], strict=True)))


def _lock_and_load(account_pk: int, at: datetime) -> tuple[AccountState, datetime | None, decisions.SetAside, bool]:
    """Lock an account's history.

    Return its state, when it left, what is set aside, and if a partition is missing.

    All but the state is read by queries of their own after the lock: who lets an account leave holds the same lock.
    """
    queries = decisions.query(account_pk), missing_of(at)
    _, rows, decided, missing = fetch_each(_PLAN_ONCE, (_LOCK, [account_pk]), *queries)
    if rows:
        state = AccountState(**dict(zip(STATE_COLUMNS, rows[0], strict=True)))
    else:
        state = lock(account_pk)
        decided, missing = fetch_each(*queries)
    return state, *decisions.as_set_aside(decided), bool(missing)


def _record_unchanged(account_pk: int, at: datetime, swept: SweptState) -> Recorded:
    return Recorded(
        applied=True,
        note="Nothing has changed.",
        resources=rollups.repeat(account_pk, at, prior_reading.full_reading(at, swept.result)),
        gaps=_count_gaps(swept),
        refused=swept.result.refused,
    )


def _count_gaps(swept: SweptState) -> int:
    """Return the number of listings and fields that could not be read."""
    return len(swept.result.gaps) + len(field_gaps.count(swept.partly_read))


def _is_first_snapshot(organization_pk: int) -> bool:
    """Return True until a snapshot of the organization has been rolled up."""
    return not ScopePoint.objects.filter(organization=organization_pk).exists()


def _is_settled(each: KnownResource) -> bool:
    """Return True unless the same result again would change something: a second miss."""
    is_unknown = each.fate is Fate.BLIND or each.fate is Fate.UNASKED
    return each.fate is not Fate.MISSED and (not is_unknown or each.missed_at is None)


@dataclass(frozen=True, slots=True)
class _Before:
    """What the tables held of an account before the result."""

    fingerprint: bytes
    counts: CountsByCheck
    gaps: Mapping[GapKey, GapRecord]
    point: AccountPoint | None
    field_gaps: Mapping[FieldGapKey, OpenFieldGap]


class _Recording:
    """The steps of one recording, in order, and what they pass on."""

    def __init__(
        self,
        account: AwsAccount,
        at: datetime,
        swept: SweptState,
        state: AccountState,
        set_aside: AbstractSet[int],
        was_set_aside: AbstractSet[int],
        *,
        same_rules: bool,
    ) -> None:
        self.account_pk = account.pk
        self.organization_pk = account.organization_id
        self.at = at
        self.swept = swept
        self.result = swept.result
        self.state = state
        self.is_baseline = state.last_at is None and _is_first_snapshot(account.organization_id)
        self.same_rules = same_rules
        self.set_aside = set_aside
        self.was_set_aside = was_set_aside
        self.parametrized: frozenset[str] = frozenset()
        self.diff = Diff({}, {})
        self.finding_digests: FindingDigests = {}

    def run(self) -> Recorded:
        """Write everything that the result changes, except for the account's state."""
        if not self.same_rules:
            rules.register(self.organization_pk, self.at, self.result)
            self.parametrized = self._find_parametrized()
        before = self._load()
        open_gaps = gaps.still_open(before.gaps, self.result)
        self.diff = self._compare(before, open_gaps)
        resources.write(self.account_pk, self.at, self.diff, same_rules=self.same_rules)

        outcomes = self._judge()
        stored = self._load_findings(outcomes)
        changes = finding_changes.plan(stored.open, outcomes, self._finding_context(before))
        changes.closing |= dict.fromkeys(self._find_reset(changes, stored.open), "parameter")
        open_now = findings.write(self.account_pk, self.at, changes, stored, outcomes)
        digests = self.diff.finding_digests if self.diff.is_incremental else {}
        self.finding_digests = finding_changes.update_digests(digests, changes, open_now, outcomes)

        gaps.write(self.account_pk, self.at, before.gaps, self.result)
        unread = self._write_field_gaps(before)
        totals = self._total(unread, open_gaps)
        inputs = CountInput(
            self.swept, self.diff, outcomes, stored.open, open_now, self.set_aside,
            self.state.last_at, self.at, open_gaps,
        )  # fmt: skip
        self._write_figures(before, inputs, changes, totals)
        coverage.write(self.account_pk, self.organization_pk, self.at, self.result)
        return Recorded(
            applied=True,
            resources=totals.resources,
            gaps=_count_gaps(self.swept),
            opened=changes.opened,
            resolved=changes.resolved,
            refused=self.result.refused,
        )

    def save_state(self, digest: bytes, rules_now: bytes) -> None:
        """Write by what the next result is compared."""
        other_ids = [each.id for each in self.diff.retained]
        fingerprint = StateFingerprint(self.diff.ids_by_fingerprint(), other_ids, self.finding_digests)
        types = Counter(map(attrgetter("type"), chain(self.swept.resources, self.diff.retained)))
        execute(
            _SAVE_STATE,
            [
                self.at,
                digest,
                rules_now,
                rules.digest_of_scheme(self.swept.scheme),
                all(_is_settled(each) for each in self.diff.unsettled),
                self.swept.next_turn(self.state.holds_until if self.diff.is_incremental else None),
                json.dumps(types),
                fingerprint.pack(digest),
                *prior_reading.full_reading(self.at, self.result),
                self.account_pk,
            ],
        )

    def _load(self) -> _Before:
        """Return what the tables hold of the account, in one exchange."""
        pk = self.account_pk
        ((fingerprint,),), counts, open_gaps, point, open_fields, sequences = fetch_each(
            stored_state.state_query(pk),
            check_count_rows.query(pk),
            gaps.query(pk),
            rollups.query(pk),
            field_gaps.query(pk),
            numbering(PREFETCHED_NUMBERS),
        )
        keep_at_hand(sequences)
        return _Before(
            bytes(fingerprint),
            check_count_rows.as_counts(counts),
            gaps.as_records(pk, open_gaps),
            rollups.as_point(point),
            field_gaps.as_open(open_fields),
        )

    def _compare(self, before: _Before, open_gaps: Sequence[Gap]) -> Diff:
        """Return what changed.

        By other rules all rows are read, for each may be classified otherwise.
        """
        if not self.same_rules:
            return diff.compare_all(self.account_pk, self.swept)
        found = diff.compare(self.account_pk, before.fingerprint, bytes(self.state.digest), self.swept)
        is_blind = any(gap.reason.blinds for gap in open_gaps)
        if not is_blind and not any(tally.gap_units for tally, _ in before.counts.values()):
            stable = diff.find_stable_checks(
                found,
                self.swept,
                has_same_gaps=gaps.are_same(before.gaps, self.result),
                outcomes_hold=self.swept.outcomes_hold(self.state.holds_until),
            )
            if stable is not None:
                found.keep_stable(self.result.account_id, stable)
        return found

    def _judge(self) -> dict[FindingKey, CheckedResource]:
        """Return the outcomes of what has to be judged, by resource id and check."""
        stable = self.diff.stable_checks
        changed = [each.resource for each in self.diff.swept.values()]
        judged = self.swept.judge_all() if stable is None else self.swept.judge_changes(changed, stable)
        checks = all_checks()
        kinds = {checks[each.check_id].resource_type for each in judged}
        ids = {(each.resource.type, each.resource.arn): self.diff.ids[uid] for uid, each in self.diff.swept.items()}
        known = self.diff.unchanged
        ids |= {
            (each.type, each.arn): known[key]
            for key, each in self.swept.by_fingerprint.items()
            if key in known and each.type in kinds
        }
        return {
            (ids[each.resource.type, each.resource.arn], each.check_id): CheckedResource(
                each.outcome, checks[each.check_id].version, checks[each.check_id].severity, each.resource
            )
            for each in judged
        }

    def _load_findings(self, outcomes: Mapping[FindingKey, CheckedResource]) -> StoredFindings:
        """Return the open findings that the result may change.

        All of them, unless the diff is incremental.
        """
        if not self.diff.is_incremental:
            return StoredFindings(findings.load(self.account_pk))
        full = {each.id for each in self.diff.known.values() if each.fate is not Fate.SEEN} | {*self.diff.ids.values()}
        repeated, unclear = finding_changes.split_repeated(self.diff.finding_digests, outcomes, full)
        stored = findings.load_affected(full, unclear)
        return replace(stored, open=stored.open | repeated)

    def _finding_context(self, before: _Before) -> FindingContext:
        populations, ids = self.swept.population_of, self.diff.ids_by_fingerprint()
        return FindingContext(
            added=self.diff.added_ids,
            regained=self.diff.regained_ids,
            fates=self.diff.fates(),
            versions={check_id: version for check_id, (_, version) in before.counts.items()},
            parametrized=self.parametrized,
            folding={ids[populations[each.type, each.arn]] for each in self.diff.folded},
            is_baseline=self.is_baseline,
        )

    def _find_parametrized(self) -> frozenset[str]:
        """Return the checks that judge the account by another parameter than before."""
        last = (self.state.last_at, bytes(self.state.scheme)) if self.state.last_at else None
        changed = rules.register_values(self.account_pk, self.at, self.swept.values, is_first=last is None)
        if rules.register_scheme(self.organization_pk, self.at, self.swept.scheme, last):
            changed |= {CLASSIFICATION}
        return rules.judging_by(changed)

    def _find_reset(self, changes: FindingChanges, was_open: Mapping[FindingKey, OpenFinding]) -> list[FindingKey]:
        """Return findings that seem fixed only because a parameter changed.

        Their resources were unseen while the parameter changed that the check judges by.
        """
        read_by = read_parameters()
        unseen = {
            key: stale_since
            for key, reason in changes.closing.items()
            if reason == "changed" and (stale_since := was_open[key].stale_since) and read_by.get(key[1])
        }
        if not unseen:
            return []
        now = rules.JudgedBy(rules.digest_of_scheme(self.swept.scheme), self.swept.values)
        then = rules.judged_before(self.organization_pk, self.account_pk, {*unseen.values()})
        return [key for key, since in unseen.items() if read_by[key[1]] & then[since].differences(now)]

    def _write_field_gaps(self, before: _Before) -> Mapping[int, tuple[Resource, Counter[Unknown]]]:
        """Write field gaps.

        Return, by id, the fields that retained resources lacked when they were seen last.
        """
        unread = field_gaps.last_unread(
            self.result.account_id, self.diff.retained, before.field_gaps, is_compared=self.diff.is_compared
        )
        counted = field_gaps.count(chain(self.swept.partly_read, unread.values()))
        field_gaps.write(self.account_pk, self.at, before.field_gaps, counted, self.result)
        return unread

    def _total(
        self, unread: Mapping[int, tuple[Resource, Counter[Unknown]]], open_gaps: Sequence[Gap]
    ) -> rollups.ResourceTotals:
        """Count what is present, and how much of it is unseen."""
        retained = self.diff.retained
        # What was seen in part counts as unseen, as the score's lower end takes what is unknown as failing.
        in_part = sum(_is_blinded(lacking) for _, lacking in self.swept.partly_read)
        # What was not asked about is as it was seen last, and so are the fields that it lacks.
        unasked = (unread[each.id][1] for each in retained if each.id in unread and not each.is_unseen)
        unseen = sum(each.is_hidden for each in retained) + in_part + sum(map(_is_blinded, unasked))
        known = {(each.region, each.type) for each in retained}
        if any(gap.reason.blinds for gap in open_gaps):
            known |= {(resource.region, resource.type) for resource in self.result.resources}
        present = len(self.diff.unchanged) + len(self.diff.swept) + len(retained)
        return rollups.ResourceTotals(present, unseen, rollups.count_empty_gaps(known, open_gaps))

    def _write_figures(
        self, before: _Before, inputs: CountInput, changes: FindingChanges, totals: rollups.ResourceTotals
    ) -> None:
        """Write the counts of checks, and the points that follow from them."""
        checks, counted = all_checks(), check_counts.count(inputs, before.counts)
        after = {tally.check_id: (tally, checks[tally.check_id].version) for tally in counted}
        changed = check_counts.changed(before.counts, after)
        check_count_rows.write(self.account_pk, self.at, before.counts, after, changed)
        events = score_causes.ScoreEvents(
            changes=changes,
            outcomes=inputs.outcomes,
            open_before=inputs.open_before,
            open_after=inputs.open_now,
            added=self.diff.added_ids,
            was_set_aside=self.was_set_aside,
            set_aside=self.set_aside,
            parametrized=self.parametrized,
            folded={check.id for each in self.diff.folded for check in checks_of(each.type)},
        )
        causes = score_causes.split_step(before.counts, after, changed, events)
        point = rollups.account_point(self.account_pk, self.at, counted, totals, changes.opened, changes.resolved)
        rollups.add(point, before.point, causes)
        counted_before: list[Tally] | None = None
        if self.diff.is_incremental:
            counted_before = [tally for tally, _ in before.counts.values()]
        rollups.add_practices(self.account_pk, self.at, counted, counted_before, changed)


def _is_blinded(lacking: Iterable[Unknown]) -> bool:
    """Return True if any of the fields that could not be read was there to be read."""
    return any(blinds(each.reason) for each in lacking)
