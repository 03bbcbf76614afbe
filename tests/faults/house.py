"""Sweeps the simulated Organization into a test's database; reads account states.

The engine and the recording are the product's own; only the queue is left out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from django.db.models import Q
from django.utils import timezone

from accounts.models import AwsAccount, Organization
from posture.core.sweep import AccountResult
from posture.core.values import Unknown
from posture.history.models import (
    AccountPoint,
    AccountSweep,
    CheckCountsRecord,
    FindingRecord,
    GapRecord,
    ResourceRecord,
    Snapshot,
)
from posture.history.models.store import StoredResource
from posture.orchestration import account_work
from posture.orchestration.requests import request_sweep
from posture.sweep import Engine, Target, sweep_account
from posture.sweep.calls import AccountCalls
from tests.account_sweeps import sweep_part
from tests.faults import furnish
from tests.simulated import EXTERNAL_ID, REGION, ROLE_NAME, Estate

Deed = Callable[["House"], None]
START = timezone.now() - timedelta(days=3)
AFFLICTED, BYSTANDER = "payments", "website"


@dataclass(frozen=True)
class AccountState:
    """An account's state in the database."""

    resources: Mapping[str, bytes]
    """What is present: the hash of its known configuration by ARN."""
    missed: frozenset[str]
    """What a listing that was taken for whole did not hold."""
    closed: int
    """Versions and findings that have ended."""
    findings: frozenset[tuple[str, str]]
    """Open findings that fail: check and ARN."""
    passed: Mapping[str, int]
    low: float | None
    gaps: tuple[GapRecord, ...]
    unknown: frozenset[tuple[str, str]]
    """Fields that could not be read: action and error."""

    @property
    def facts(self) -> tuple[object, ...]:
        """All of it that a good sweep brings back."""
        return self.resources, self.findings, self.passed, self.low, self.unknown


def _clock() -> Iterator[datetime]:
    """Sweeps speak of the last days, an hour apart, so that none is younger than now."""
    at = START
    while True:
        at += timedelta(hours=1)
        yield at


@dataclass
class House:
    """An Organization with two accounts: faults strike one, never the other."""

    estate: Estate
    engine: Engine
    organization: Organization
    accounts: dict[str, AwsAccount]
    midway: tuple[str, Deed] | None = None
    """What happens when an operation is first called in the afflicted account."""
    known: dict[str, AccountResult] | None = None
    calls: AccountCalls | None = None
    """The afflicted account's, while it is swept."""
    before: dict[str, AccountState] = field(default_factory=dict)
    mending: list[Deed] = field(default_factory=list)
    clock: Iterator[datetime] = field(default_factory=_clock)

    @classmethod
    def build(cls, estate: Estate, engine: Engine) -> House:
        """Connect the Organization; its accounts are those of the estate."""
        organization = Organization.objects.create(
            name="Example",
            state=Organization.State.CONNECTED,
            root_account_id=estate.management,
            role_name=ROLE_NAME,
            external_id=EXTERNAL_ID,
            regions=[REGION],
        )
        accounts = {
            name: AwsAccount.objects.create(organization=organization, account_id=getattr(estate, name), name=name)
            for name in (AFFLICTED, BYSTANDER)
        }
        return cls(estate, engine, organization, accounts)

    def begin(self, known: dict[str, AccountResult]) -> None:
        """Make the good sweep that all else is compared to.

        What AWS said is `known` from the first time on.
        """
        self.known = known
        self.sweep()
        self.known = None
        self.before = {name: self.state_of(name) for name in self.accounts}

    def sweep(self, *names: str) -> Snapshot:
        """Sweep both accounts, or those named, one after the other, as a worker does."""
        chosen = [self.accounts[name] for name in names or self.accounts]
        snapshot = request_sweep(
            self.organization,
            trigger=Snapshot.Trigger.PERSON,
            as_of=next(self.clock),
            accounts=AwsAccount.objects.filter(pk__in=[each.pk for each in chosen]),
        )
        for part in AccountSweep.objects.filter(snapshot=snapshot, state=AccountSweep.State.QUEUED):
            sweep_part(part.pk)
        account_work.finish_snapshot(snapshot.pk)
        snapshot.refresh_from_db()
        return snapshot

    def sweep_account(self, engine: Engine, target: Target, **options: Any) -> Any:
        """Sweep with a few collectors, and let happen midway what is to."""
        own = {"collectors": furnish.collectors(), **options}
        if self.known is not None:
            if target.account_id not in self.known:
                self.known[target.account_id] = sweep_account(engine, target, **own)
            return self.known[target.account_id]
        if self.midway is None or target.account_id != self.accounts[AFFLICTED].account_id:
            return sweep_account(engine, target, **own)
        operation, deed = self.midway

        def happen(calls: AccountCalls) -> None:
            self.calls = calls
            deed(self)

        with upon(operation, happen):
            return sweep_account(engine, target, **own)

    def mend(self) -> None:
        """Take every fault away."""
        self.estate.simulator.control.clear_faults()
        self.midway = None
        while self.mending:
            self.mending.pop()(self)

    def state_of(self, name: str) -> AccountState:
        """Return an account's current state."""
        account = AwsAccount.objects.get(pk=self.accounts[name].pk)
        present = list(ResourceRecord.objects.filter(account=account, valid_to=None))
        mine = FindingRecord.objects.filter(account=account)
        ended = ResourceRecord.objects.filter(Q(close_reason="deleted") | Q(close_reason="account_left"))
        point = AccountPoint.objects.filter(account=account).order_by("at").last()
        return AccountState(
            resources={each.arn: bytes(each.known_hash) for each in present},
            missed=frozenset(_arns(StoredResource.objects.filter(account=account, missed_at__isnull=False))),
            closed=ended.filter(account=account).count() + mine.filter(status="fail", closed_at__isnull=False).count(),
            findings=frozenset(mine.filter(closed_at=None, status="fail").values_list("check_id", "resource_arn")),
            passed=dict(
                CheckCountsRecord.objects.filter(account=account, valid_to=None).values_list("check_id", "passed")
            ),
            low=point.low if point else None,
            gaps=tuple(GapRecord.objects.filter(account=account, closed_at=None)),
            unknown=frozenset(found for each in present for found in _unknowns([each.config, each.tags])),
        )


def _arns(resources: Any) -> list[str]:
    return list(resources.values_list("arn", flat=True))


def _unknowns(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Unknown):
        yield value.action, value.error
    elif isinstance(value, dict):
        if "$unknown" in value:
            yield value["$unknown"]["action"], value["$unknown"]["error"]
        for item in value.values():
            yield from _unknowns(item)
    elif isinstance(value, list):
        for item in value:
            yield from _unknowns(item)


@contextmanager
def upon(operation: str, deed: Callable[[AccountCalls], None]) -> Iterator[None]:
    """Do something right before an operation is first called; fail where it never is."""
    perform, once, lock = AccountCalls.__call__, threading.Event(), threading.Lock()

    def call(calls: AccountCalls, service: str, method: str, region: str, params: Any) -> Any:
        if f"{service}:{method}" == operation:
            with lock:
                if not once.is_set():
                    once.set()
                    deed(calls)
        return perform(calls, service, method, region, params)

    with patch.object(AccountCalls, "__call__", call):
        yield
    assert once.is_set(), f"{operation} was never called: the case tests nothing"
