"""Records one account's part of a snapshot: locked, whole or not at all, and only what changed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import AwsAccount
from posture.checks import all_checks, checks_of
from posture.core.score import Tally
from posture.core.sweep import AccountResult
from posture.history.models import AccountState, AccountSweep, ScopePoint
from posture.history.partitions import ensure_month
from posture.history.record import (
    acceptance,
    causes,
    counting,
    coverage,
    findings,
    gaps,
    points,
    presence,
    resources,
    rules,
    tallies,
)
from posture.history.record.bulk import execute, fetch
from posture.history.record.carried import Stored, stored_resources
from posture.history.record.counting import Counting
from posture.history.record.findings import Circumstances, Key, Said
from posture.history.record.presence import Fate, Known
from posture.history.record.resources import Written
from posture.history.record.sighting import Sighting, Touched, Uid, scheme_of

logger = logging.getLogger(__name__)

STATE = ("account_id", "last_at", "digest", "rules", "settled")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a result."""

    applied: bool
    note: str = ""
    """One sentence that says why it was not applied, or that nothing had changed."""
    resources: int = 0
    """Present after it, out of sight included."""
    gaps: int = 0
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
    ensure_month(at)
    with transaction.atomic():
        state = lock(account.pk)
        # Asked only now: whoever lets an account leave holds the same lock.
        left_at = AwsAccount.objects.values_list("left_at", flat=True).get(pk=account.pk)
        if left_at is not None:
            return Recorded(applied=False, note=f"Not recorded, since it left on {left_at:%Y-%m-%d %H:%M}.", left=True)
        if state.last_at is not None and at <= state.last_at:
            note = f"The account is already recorded as of {state.last_at:%Y-%m-%d %H:%M:%S}; this result is no newer."
            logger.warning("%s in snapshot %s: %s", account.account_id, account_sweep.snapshot_id, note)
            return Recorded(applied=False, note=note)
        expired = acceptance.expire(account.pk, at)
        if state.settled and not expired and said == bytes(state.digest):
            recorded, waits = _unchanged(account.pk, at, result), False
        else:
            recording = _Recording(
                account.pk,
                account.organization_id,
                at,
                sighting,
                baseline=state.last_at is None and _is_first_snapshot(account.organization_id),
                same_rules=rules_now == bytes(state.rules) and not expired,
                last_at=state.last_at,
            )
            recorded, waits = recording.run(), recording.waits
        execute(
            "UPDATE history_accountstate SET last_at = %s, digest = %s, rules = %s, settled = %s WHERE account_id = %s",
            [at, said, rules_now, not waits, account.pk],
        )
    return recorded


def lock(account_pk: int) -> AccountState:
    """Lock an account's history for this transaction."""
    locking = f"SELECT {', '.join(STATE)} FROM history_accountstate WHERE account_id = %s FOR UPDATE"  # noqa: S608 - constants
    rows = fetch(locking, [account_pk])
    if not rows:
        AccountState.objects.get_or_create(pk=account_pk)
        rows = fetch(locking, [account_pk])
    return AccountState(**dict(zip(STATE, rows[0], strict=True)))


def _unchanged(account_pk: int, at: datetime, result: AccountResult) -> Recorded:
    last = points.repeat(account_pk, at)
    return Recorded(
        applied=True,
        note="Nothing has changed.",
        resources=last.resources if last else 0,
        gaps=len(result.gaps),
        refused=result.refused,
    )


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
        account_pk: int,
        organization_pk: int,
        at: datetime,
        sighting: Sighting,
        *,
        baseline: bool,
        same_rules: bool,
        last_at: datetime | None,
    ) -> None:
        self.account_pk = account_pk
        self.organization_pk = organization_pk
        self.at = at
        self.sighting = sighting
        self.baseline = baseline
        self.same_rules = same_rules
        self.last_at = last_at
        self.parametrized: frozenset[str] = frozenset()
        self.waits = False
        self.result = sighting.result

    def run(self) -> Recorded:
        if not self.same_rules:
            rules.register(self.organization_pk, self.at, self.result)
            self.parametrized = self._parametrized()
        known = presence.load(self.account_pk)
        presence.decide(known, self.sighting)
        before = tallies.load(self.account_pk)
        gaps_before = gaps.load(self.account_pk)
        same_gaps = gaps.same(gaps_before, self.result)
        touched = counting.touched(known, self.sighting, before, same_gaps=same_gaps) if self.same_rules else None
        was = self._as_they_were(known, touched)
        written = resources.write(self.account_pk, self.at, known, self.sighting.seen, same_rules=self.same_rules)
        said = self._said(written, touched)
        open_before = findings.load(self.account_pk)
        made = findings.plan(open_before, said, self._circumstances(written, before))
        open_now = findings.write(self.account_pk, self.at, made, open_before, said)
        gaps.write(self.account_pk, self.at, gaps_before, self.result)

        aside = acceptance.set_aside(self.account_pk)
        count = Counting(self.sighting, known, written, said, open_before, open_now, aside, self.at)
        counted = count.all() if touched is None else count.moved(before, touched, was)
        after = {tally.check_id: (tally, all_checks()[tally.check_id].version) for tally in counted}
        tallies.write(self.account_pk, self.at, before, after)
        estate = self._estate(written)
        folded = {check.id for kind in written.folded for check in checks_of(kind)}
        events = causes.Events(made, said, open_before, open_now, written.added, aside, self.parametrized, folded)
        why = causes.step(before, after, events)
        points.add(points.account_point(self.account_pk, self.at, counted, estate, made.opened, made.resolved), why)
        stood = [tally for tally, _ in before.values()] if touched is not None else None
        points.add_practices(self.account_pk, self.at, counted, before=stood)
        coverage.write(self.account_pk, self.organization_pk, self.at, self.result)
        self.waits = any(_waits(each) for each in written.unsettled)
        return Recorded(
            applied=True,
            resources=estate.resources,
            gaps=len(self.result.gaps),
            opened=made.opened,
            resolved=made.resolved,
            refused=self.result.refused,
        )

    def _as_they_were(self, known: Mapping[Uid, Known], touched: Touched | None) -> dict[int, Stored]:
        """Return what moves as it stood, which is how it was counted before."""
        if touched is None:
            return {}
        moving = {uid: known[uid] for uid in touched.uids if uid in known}
        moving |= {each.uid: each for each in presence.unsettled(known.values())}
        return stored_resources(self.result.account_id, [*moving.values()])

    def _said(self, written: Written, touched: Touched | None) -> dict[Key, Said]:
        checks = all_checks()
        return {
            (written.ids[uid], check_id): Said(
                outcome, checks[check_id].version, checks[check_id].severity, self.sighting.seen[uid]
            )
            for (uid, check_id), outcome in self.sighting.outcomes(touched).items()
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
        if not rules.register_parameters(self.organization_pk, self.at, scheme, self.last_at):
            return frozenset()
        return rules.judging_by_parameters()

    def _estate(self, written: Written) -> points.Estate:
        carried = [each for each in written.unsettled if each.present and each.fate is not Fate.SEEN]
        unseen = sum(each.blind for each in carried)
        places = {(each.region, each.type) for each in carried}
        if presence.blinding_gaps(self.result):
            places |= {(resource.region, resource.type) for resource in self.result.resources}
        return points.Estate(len(written.ids) + len(carried), unseen, points.empty_gaps(places, self.result))
