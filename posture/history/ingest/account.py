"""Records one account's part of a snapshot: locked, whole or not at all, and only what changed."""

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
from posture.checks import all_checks, checks_of
from posture.core.gap import Gap
from posture.core.resource import Resource
from posture.core.score import Tally
from posture.core.sweep import AccountResult
from posture.core.unread import blinds
from posture.core.values import Unknown
from posture.history.ingest import (
    acceptance,
    check_counts,
    check_outcomes,
    coverage,
    field_gaps,
    finding_digests,
    findings,
    fingerprint,
    gaps,
    resource_diff,
    resources,
    rollups,
    rules,
    score_causes,
)
from posture.history.ingest.bulk import execute, fetch, fetch_each, keep_at_hand, numbering, own, together
from posture.history.ingest.check_outcomes import Counting
from posture.history.ingest.findings import Circumstances, Key, Said
from posture.history.ingest.fingerprint import Worded
from posture.history.ingest.last_known import Stored, stored_resources
from posture.history.ingest.pipeline import Statement
from posture.history.ingest.resource_diff import Fate, Known, Present
from posture.history.ingest.resources import Written
from posture.history.ingest.swept_state import Seen, Sighting, Touched, Uid, scheme_of
from posture.history.models import AccountState, AccountSweep, ScopePoint
from posture.history.partitions import ensure_month, missing_of

logger = logging.getLogger(__name__)

USUAL = {own("history_resource"): 2, "history_version_ids": 16, own("history_finding"): 8, "history_episode_ids": 16}
"""How many numbers are taken along with what is asked first, so that a usual day need not ask for them again."""
STATE = ("account_id", "last_at", "digest", "rules", "scheme", "settled", "holds_until")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a result."""

    applied: bool
    note: str = ""
    """One sentence that says why it was not applied, or that nothing had changed."""
    resources: int = 0
    """Present after it, out of sight included."""
    gaps: int = 0
    """Listings that could not be read, and fields by type and region."""
    opened: int = 0
    resolved: int = 0
    refused: bool = False
    """Nothing at all could be read; everything stands as it stood, unseen."""
    left: bool = False
    """The account had left its organization by then: its history is closed, and nothing is added to it."""


def record_account(account_sweep: AccountSweep, result: AccountResult) -> Recorded:
    """Record what one account answered, as of its snapshot's date.

    A result as old as the account's last, or older, is left out: delivering one twice changes nothing. So is that of
    an account that has left, whenever it was asked.
    Raises ValueError for a result of another account.
    """
    account, at = account_sweep.account, account_sweep.snapshot.as_of
    if result.account_id != account.account_id:
        raise ValueError(f"The result is of account {result.account_id}, the sweep of {account.account_id}.")
    scheme = scheme_of(account.organization)
    sighting, rules_now = Sighting(result, scheme), rules.digest_of_rules(result, scheme)
    said = sighting.digest(rules_now)
    try:
        return _record(account_sweep, sighting, said, rules_now)
    except _MissingMonthError:
        # Made with nothing locked: dropping a month locks the accounts, and holds the lock of partitions meanwhile.
        ensure_month(at)
        return _record(account_sweep, sighting, said, rules_now)


class _MissingMonthError(Exception):
    """A month that rows are to be closed in has no partitions yet."""


def _record(account_sweep: AccountSweep, sighting: Sighting, said: bytes, rules_now: bytes) -> Recorded:
    account, at = account_sweep.account, account_sweep.snapshot.as_of
    with transaction.atomic():
        state, left_at, decided, is_month_missing = _lock_and_ask(account.pk, at)
        if left_at is not None:
            return Recorded(applied=False, note=f"Not recorded, since it left on {left_at:%Y-%m-%d %H:%M}.", left=True)
        if state.last_at is not None and at <= state.last_at:
            note = f"The account is already recorded as of {state.last_at:%Y-%m-%d %H:%M:%S}; this result is no newer."
            logger.warning("%s in snapshot %s: %s", account.account_id, account_sweep.snapshot_id, note)
            return Recorded(applied=False, note=note)
        aside, expired = acceptance.settle(account.pk, at, decided)
        if (
            state.settled
            and not expired
            and sighting.says_all_by_digest(state.holds_until)
            and said == bytes(state.digest)
        ):
            recorded = _unchanged(account.pk, at, sighting)
        else:
            if is_month_missing:
                raise _MissingMonthError
            same_rules = rules_now == bytes(state.rules) and not expired
            recording = _Recording(account, at, sighting, state, aside, frozenset(decided), same_rules=same_rules)
            with together():
                recorded, waits = recording.run(), recording.waits
                execute(
                    "UPDATE history_accountstate SET last_at = %s, digest = %s, rules = %s, scheme = %s, settled = %s,"
                    " holds_until = %s, types = %s, fingerprint = %s WHERE account_id = %s",
                    [
                        at,
                        said,
                        rules_now,
                        rules.digest_of_scheme(sighting.scheme),
                        not waits,
                        recording.held,
                        json.dumps(recording.types()),
                        recording.packed(said),
                        account.pk,
                    ],
                )
    return recorded


_PLANNING: Statement = ("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)", [])
"""Every statement of a recording finds its rows by their ids, however many: to weigh that anew finds nothing better."""
_LOCKING = f"SELECT {', '.join(STATE)} FROM history_accountstate WHERE account_id = %s FOR UPDATE"  # noqa: S608 - constants


def lock(account_pk: int) -> AccountState:
    """Lock an account's history for this transaction."""
    rows = fetch(_LOCKING, [account_pk])
    if not rows:
        AccountState.objects.get_or_create(pk=account_pk)
        rows = fetch(_LOCKING, [account_pk])
    return AccountState(**dict(zip(STATE, rows[0], strict=True)))


def _lock_and_ask(account_pk: int, at: datetime) -> tuple[AccountState, datetime | None, acceptance.Decided, bool]:
    """Lock an account's history; return it, when it left, what people set aside, and whether a partition is missing.

    The rest is asked by queries of their own, after the lock is had: whoever lets an account leave holds the same lock.
    """
    asking = acceptance.loading(account_pk), missing_of(at)
    _, rows, standing, missing = fetch_each(_PLANNING, (_LOCKING, [account_pk]), *asking)
    if rows:
        state = AccountState(**dict(zip(STATE, rows[0], strict=True)))
    else:
        state = lock(account_pk)
        standing, missing = fetch_each(*asking)
    return state, *acceptance.loaded(standing), bool(missing)


def _unchanged(account_pk: int, at: datetime, sighting: Sighting) -> Recorded:
    return Recorded(
        applied=True,
        note="Nothing has changed.",
        resources=rollups.repeat(account_pk, at),
        gaps=_gaps(sighting),
        refused=sighting.result.refused,
    )


def _gaps(sighting: Sighting) -> int:
    """Return how much a result could not read: listings, and fields by type and region."""
    return len(sighting.result.gaps) + len(field_gaps.count(sighting.partly_read))


def _is_first_snapshot(organization_pk: int) -> bool:
    """Tell whether no snapshot of the organization has been rolled up yet."""
    return not ScopePoint.objects.filter(organization=organization_pk).exists()


def _waits(each: Known) -> bool:
    """Tell whether the same result once more would change something: a second miss."""
    unseen = each.fate is Fate.BLIND or each.fate is Fate.UNASKED
    return each.fate is Fate.MISSED or (unseen and each.missed_at is not None)


class _Recording:
    """The steps of one recording, in order, and what they hand on."""

    def __init__(
        self,
        account: AwsAccount,
        at: datetime,
        sighting: Sighting,
        state: AccountState,
        aside: AbstractSet[int],
        was_aside: AbstractSet[int],
        *,
        same_rules: bool,
    ) -> None:
        self.account_pk = account.pk
        self.organization_pk = account.organization_id
        self.at = at
        self.sighting = sighting
        self.baseline = state.last_at is None and _is_first_snapshot(account.organization_id)
        self.same_rules = same_rules
        self.last_at = state.last_at
        self.last_said = bytes(state.digest)
        self.last_scheme = bytes(state.scheme)
        self.last_held = state.holds_until
        self.held: datetime | None = None
        self.aside = aside
        self.was_aside = was_aside
        self.parametrized: frozenset[str] = frozenset()
        self.waits = False
        self.written = Written({}, {})
        self.worded: Worded = {}
        self.result = sighting.result

    def run(self) -> Recorded:
        if not self.same_rules:
            rules.register(self.organization_pk, self.at, self.result)
            self.parametrized = self._parametrized()
        pk = self.account_pk
        asked = (
            resource_diff.asking(pk),
            check_counts.asking(pk),
            gaps.asking(pk),
            rollups.asking(pk),
            field_gaps.asking(pk),
        )
        ((value,),), *rows = fetch_each(*asked, numbering(USUAL))
        keep_at_hand(rows[4])
        before, gaps_before, last_point = (
            check_counts.loaded(rows[0]),
            gaps.loaded(pk, rows[1]),
            rollups.loaded(rows[2]),
        )
        present = self._present(bytes(value))
        same_gaps, open_gaps = gaps.same(gaps_before, self.result), gaps.still_open(gaps_before, self.result)
        touched = self._touched(present, before, open_gaps, same_gaps=same_gaps)
        was = self._as_they_were(present.known, touched)
        written = resources.write(self.account_pk, self.at, present, self.sighting, same_rules=self.same_rules)
        said = self._said(present.seen, written, touched)
        stood = self._stood(present, written, touched, said)
        open_before = stood.open
        made = findings.plan(open_before, said, self._circumstances(written, before))
        made.closing |= dict.fromkeys(self._reset(made, open_before), "parameter")
        open_now = findings.write(self.account_pk, self.at, made, stood, said)
        self.worded = finding_digests.after({} if touched is None else present.worded, made, open_now, said)
        gaps.write(self.account_pk, self.at, gaps_before, self.result)
        fields_before = field_gaps.loaded(rows[3])
        carried = self._carried(written)
        unread = field_gaps.last_unread(self.result.account_id, carried, fields_before, is_compared=present.is_compared)
        fields_now = field_gaps.count(chain(self.sighting.partly_read, unread.values()))
        field_gaps.write(self.account_pk, self.at, fields_before, fields_now, self.result)

        seen, aside = self.sighting, self.aside
        count = Counting(
            seen, present.known, written, said, open_before, open_now, aside, self.last_at, self.at, was, open_gaps
        )
        counted = count.all() if touched is None else count.moved(before, touched)
        checks = all_checks()
        after = {tally.check_id: (tally, checks[tally.check_id].version) for tally in counted}
        turned = check_counts.turned(before, after)
        check_counts.write(self.account_pk, self.at, before, after, turned)
        estate = self._estate(written, carried, unread, open_gaps)
        folded = {check.id for kind in written.folded for check in checks_of(kind)}
        events = score_causes.Events(
            made, said, open_before, open_now, written.added, self.was_aside, aside, self.parametrized, folded
        )
        why = score_causes.step(before, after, turned, events)
        point = rollups.account_point(self.account_pk, self.at, counted, estate, made.opened, made.resolved)
        rollups.add(point, last_point, why)
        counted_before = [tally for tally, _ in before.values()] if touched is not None else None
        rollups.add_practices(self.account_pk, self.at, counted, counted_before, turned)
        coverage.write(self.account_pk, self.organization_pk, self.at, self.result)
        self.waits = any(_waits(each) for each in written.unsettled)
        self.held = self.sighting.held(self.last_held if touched is not None else None)
        self.written = written
        return Recorded(
            applied=True,
            resources=estate.resources,
            gaps=_gaps(self.sighting),
            opened=made.opened,
            resolved=made.resolved,
            refused=self.result.refused,
        )

    def packed(self, said: bytes) -> bytes:
        """Return what stands now, of which the next result will be told apart; `said` is this result's digest."""
        loose = (each.id for each in self.written.unsettled if each.present and each.fate is not Fate.SEEN)
        return fingerprint.pack(said, self.written.marks, loose, self.worded)

    def types(self) -> dict[str, int]:
        """Return how many resources of each type stand now."""
        carried = [each for each in self.written.unsettled if each.present and each.fate is not Fate.SEEN]
        return Counter(map(attrgetter("type"), chain(self.sighting.resources, carried)))

    def _present(self, value: bytes) -> Present:
        """Return what stands. By other rules everything is looked at: how it is classified may have moved."""
        if self.same_rules:
            return resource_diff.compare(self.account_pk, value, self.last_said, self.sighting)
        return resource_diff.everything(self.account_pk, self.sighting)

    def _touched(
        self, present: Present, before: check_outcomes.Before, open_gaps: Sequence[Gap], *, same_gaps: bool
    ) -> Touched | None:
        """Return what was seen otherwise than before, by the same rules; else None: all is judged anew."""
        if not self.same_rules:
            return None
        holds = self.sighting.holds(self.last_held)
        return check_outcomes.touched(present, self.sighting, before, open_gaps, same_gaps=same_gaps, holds=holds)

    def _stood(
        self, present: Present, written: Written, touched: Touched | None, said: Mapping[Key, Said]
    ) -> findings.Stood:
        """Return the findings as they stood: all, or those on what was touched or is absent, and those said anew."""
        if touched is None:
            return findings.Stood(findings.load(self.account_pk))
        whole = {each.id for each in present.known.values() if each.fate is not Fate.SEEN} | {*written.ids.values()}
        repeated, unclear = finding_digests.repeated(present.worded, said, whole)
        stood = findings.load_some(whole, unclear)
        return replace(stood, open=stood.open | repeated)

    def _as_they_were(self, known: Mapping[Uid, Known], touched: Touched | None) -> dict[int, Stored]:
        """Return what moves as it stood, which is how it was counted before."""
        if touched is None:
            return {}
        moving = {uid: known[uid] for uid in touched.seen if uid in known}
        moving |= {each.uid: each for each in resource_diff.unsettled(known.values())}
        return stored_resources(self.result.account_id, [*moving.values()])

    def _said(self, seen: Mapping[Uid, Seen], written: Written, touched: Touched | None) -> dict[Key, Said]:
        checks, judged = all_checks(), self.sighting.outcomes(touched)
        ids = {(seen[uid].resource.type, seen[uid].resource.arn): number for uid, number in written.ids.items()}
        kinds = {checks[each.check_id].resource_type for each in judged}
        ids |= {
            (each.type, each.arn): written.marks[mark]
            for mark, each in self.sighting.marked.items()
            if each.type in kinds
        }
        return {
            (ids[each.resource.type, each.resource.arn], each.check_id): Said(
                each.outcome, checks[each.check_id].version, checks[each.check_id].severity, each.resource
            )
            for each in judged
        }

    def _circumstances(self, written: Written, before: Mapping[str, tuple[Tally, int]]) -> Circumstances:
        fates = {each.id: each.fate for each in written.unsettled} | dict.fromkeys(written.ids.values(), Fate.SEEN)
        versions = {check_id: version for check_id, (_, version) in before.items()}
        folding = written.folding
        return Circumstances(
            written.added, written.regained, fates, versions, self.parametrized, folding, self.baseline
        )

    def _parametrized(self) -> frozenset[str]:
        """Return the checks that judge the account by another parameter than before."""
        scheme = self.sighting.scheme
        last = (self.last_at, self.last_scheme) if self.last_at else None
        if not rules.register_parameters(self.organization_pk, self.at, scheme, last):
            return frozenset()
        return rules.judging_by_parameters()

    def _reset(self, made: findings.Plan, open_before: Mapping[Key, findings.Open]) -> list[Key]:
        """Return what seems mended, but was out of sight while the parameter changed by which its check judges."""
        unseen = {
            key: stale
            for key, reason in made.closing.items()
            if reason == "changed"
            and (stale := open_before[key].stale_since)
            and key[1] in rules.judging_by_parameters()
        }
        if not unseen:
            return []
        now = rules.digest_of_scheme(self.sighting.scheme)
        then = rules.parameters_before(self.organization_pk, self.account_pk, {*unseen.values()})
        return [key for key, stale in unseen.items() if then[stale] not in {b"", now}]

    @staticmethod
    def _carried(written: Written) -> list[Known]:
        """Return what is taken to be there still, and was not seen."""
        return [each for each in written.unsettled if each.present and each.fate is not Fate.SEEN]

    def _estate(
        self,
        written: Written,
        carried: Sequence[Known],
        unread: Mapping[int, tuple[Resource, Counter[Unknown]]],
        open_gaps: Sequence[Gap],
    ) -> rollups.Estate:
        """Count what is there and what of it is unseen; `unread` is what `carried` lacked when it was seen last."""
        # What was seen in part alone counts as unseen, as the score's lower end takes what is unknown for failing.
        in_part = sum(_is_blinded(lacking) for _, lacking in self.sighting.partly_read)
        # What was not asked about is as it was seen last, and so are the fields that it lacks.
        unasked = (unread[each.id][1] for each in carried if each.id in unread and not each.out_of_sight)
        unseen = sum(each.blind for each in carried) + in_part + sum(map(_is_blinded, unasked))
        places = {(each.region, each.type) for each in carried}
        if any(gap.reason.blinds for gap in open_gaps):
            places |= {(resource.region, resource.type) for resource in self.result.resources}
        return rollups.Estate(len(written.marks) + len(carried), unseen, rollups.empty_gaps(places, open_gaps))


def _is_blinded(lacking: Iterable[Unknown]) -> bool:
    """Return True if any of the fields that could not be read was there to be read."""
    return any(blinds(each.reason) for each in lacking)
