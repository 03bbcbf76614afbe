"""An account moves while it is being swept, and a discovery finds that at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import django_rq
import pytest
from django.utils import timezone

from accounts.models import AwsAccount, Organization, OrganizationalUnit, Role, User
from posture.core.score import mean
from posture.history import query, triage
from posture.history.models import AccountPoint, FindingRecord, ResourceRecord, ScopePoint, Snapshot
from posture.history.models.rollups import Figures
from posture.history.query.scores import make_band
from posture.history.scope import Scope
from posture.orchestration.requests import request_sweep
from tests.faults import deeds
from tests.faults.house import AFFLICTED, AccountState, Deed, House
from tests.faults.machine import Machine
from tests.simulated import Estate

AWAY = "Sandbox"
HELD = "secretsmanager:ListSecrets"
HOLDING = 120.0
"""Seconds that an answer is held back at most; a client that waits no longer asks again, and is held back again."""


def move_away(house: House) -> None:
    """Move the account into another unit."""
    organizations = house.estate.simulator.client("organizations", house.estate.management)
    account_id, home = house.accounts[AFFLICTED].account_id, house.estate.unit
    unit = organizations.create_organizational_unit(ParentId=house.estate.root, Name=AWAY)["OrganizationalUnit"]["Id"]
    organizations.move_account(AccountId=account_id, SourceParentId=home, DestinationParentId=unit)

    def back(_: House) -> None:
        organizations.move_account(AccountId=account_id, SourceParentId=unit, DestinationParentId=home)
        organizations.delete_organizational_unit(OrganizationalUnitId=unit)

    house.mending.append(back)


FATES: dict[str, Deed] = {"removed": deeds.remove, "moved": move_away, "suspended": deeds.suspend}


@dataclass
class Story:
    """Two workers, one of which sweeps while the other discovers."""

    machine: Machine
    organization: Organization
    estate: Estate
    house: House
    admin: User
    usual: dict[str, str] = field(default_factory=dict)
    """How the accounts' parts end when all is well."""

    @classmethod
    def begin(cls, machine: Machine, organization: Organization, estate: Estate) -> Story:
        """Find the accounts, and sweep them twice."""
        admin = User.objects.create_user("admin", role=Role.ADMIN)
        story = cls(machine, organization, estate, House(estate, cast("Any", None), organization, {}), admin)
        machine.worker()
        machine.worker()
        story.discover()
        story.house.accounts = {account.name: account for account in organization.accounts.all()}
        story.sweep()
        story.sweep()
        story.usual = story.states()
        assert story.usual[AFFLICTED] == "done"
        return story

    @property
    def others(self) -> set[str]:
        return set(self.house.accounts) - {AFFLICTED}

    @property
    def account(self) -> AwsAccount:
        return AwsAccount.objects.select_related("unit").get(pk=self.house.accounts[AFFLICTED].pk)

    def discover(self) -> None:
        """Have a worker bring the accounts up to date, as the scheduler does."""
        job = django_rq.get_queue().enqueue("posture.jobs.discover", self.organization.pk)
        self.machine.until(lambda: job.get_status(refresh=True) == "finished")
        assert job.return_value() is True, self.machine.log

    def ask(self) -> Snapshot:
        self.organization.refresh_from_db()
        return request_sweep(self.organization, trigger=Snapshot.Trigger.PERSON)

    def sweep(self) -> None:
        """Sweep to the end."""
        self.ends(self.ask())

    def ends(self, snapshot: Snapshot) -> None:
        self.machine.until(lambda: not Snapshot.objects.filter(state=Snapshot.State.RUNNING).exists())
        snapshot.refresh_from_db()
        assert snapshot.state == Snapshot.State.COMPLETE

    def discover_in_mid_sweep(self, deed: Deed) -> None:
        """Let something happen to the account, and be discovered, while it is being swept."""
        control = self.estate.simulator.control
        control.fault("slow", [HELD], accounts=[self.account.account_id], seconds=HOLDING)
        control.forget_calls()
        snapshot = self.ask()
        part = snapshot.account_sweeps.filter(account=self.account)
        # Not before the answer is held back: what an account that is gone is asked later is refused at once.
        self.machine.until(lambda: HELD in self.asked() and part.filter(state="running").exists())
        deed(self.house)
        self.discover()
        self.counts_once()
        # People go on deciding meanwhile, which writes the last roll-up again.
        self.decide()
        self.counts_once()
        control.clear_faults()
        self.ends(snapshot)
        self.counts_once()

    def decide(self) -> None:
        for finding in FindingRecord.objects.filter(closed_at=None, status="fail", account=self.account)[:1]:
            triage.accept_risk(self.admin, finding, "known", timezone.now() + timedelta(days=30))
            triage.reopen(self.admin, finding, "not known")

    def is_asked(self) -> bool:
        """Whether AWS was asked anything in the account, since calls were forgotten last."""
        return bool(self.asked())

    def asked(self) -> dict[str, int]:
        """Return how often AWS was asked what in the account."""
        return self.estate.simulator.control.calls().get(self.account.account_id, {})

    def states(self) -> dict[str, str]:
        """Return how the last sweep ended, by account."""
        last = Snapshot.objects.filter(organization=self.organization).latest("started_at")
        return dict(last.account_sweeps.values_list("account__name", "state"))

    def account_states(self) -> dict[str, AccountState]:
        return {name: self.house.state_of(name) for name in self.house.accounts}

    def counts_once(self) -> None:
        """Assert that every unit's figures are of just the accounts in it."""
        accounts = list(AwsAccount.objects.filter(organization=self.organization).select_related("unit"))
        at = ScopePoint.objects.filter(organization=self.organization, unit=None).latest("at").at
        for point in ScopePoint.objects.filter(organization=self.organization, at=at).select_related("unit"):
            inside = [each for each in accounts if point.unit is None or is_in(each, point.unit)]
            figures = [figure for each in inside for figure in figures_at(each, at)]
            assert (point.accounts, failing(point)) == (len(figures), sum(figures)), point
        found: list[int] = []
        for unit in OrganizationalUnit.objects.filter(organization=self.organization, parent__isnull=False):
            scope = Scope.of(self.admin, self.organization, unit)
            mine = query.findings(scope).filter(account=self.account)
            assert not mine or is_in(self.account, unit)
            found += mine.values_list("id", flat=True)
        everywhere = query.findings(Scope.of(self.admin, self.organization)).filter(account=self.account)
        assert sorted(found) == sorted(everywhere.values_list("id", flat=True))

    def holds(self, fate: str, before: AccountState, now: AccountState) -> None:
        """Hold what may be said of the account that went elsewhere."""
        if fate == "removed":
            self._has_left(now)
        else:
            assert now.facts == before.facts
            assert now.closed == before.closed
            assert not now.gaps
            assert not now.missed
        assert (self.account.unit and self.account.unit.name) == (AWAY if fate == "moved" else "Production")
        self._scores_add_up()

    def _has_left(self, now: AccountState) -> None:
        assert not now.resources
        assert not now.findings
        assert not now.passed
        assert not now.gaps
        for records in (ResourceRecord.objects, FindingRecord.objects):
            mine = records.filter(account=self.account)
            assert set(mine.values_list("close_reason", flat=True)) == {"account_left"}
        scope = Scope.of(self.admin, self.organization)
        assert self.account not in {each.account for each in query.summarize_accounts(scope)}

    def _scores_add_up(self) -> None:
        """Assert that the organization's score is the mean of its accounts that have one."""
        last = [AccountPoint.objects.filter(account=each).latest("at") for each in self._scored()]
        expected = mean((make_band(point.low, point.high), 1.0) for point in last)
        assert expected
        score = query.load_score(Scope.of(self.admin, self.organization))
        assert score
        # Sums of floats differ in their last bit by the order of the accounts.
        assert (score.low, score.high) == pytest.approx((expected.low, expected.high), abs=1e-9)

    def _scored(self) -> list[AwsAccount]:
        here = AwsAccount.objects.filter(organization=self.organization, left_at=None)
        return [each for each in here if AccountPoint.objects.filter(account=each, low__isnull=False).exists()]


def is_in(account: AwsAccount, unit: OrganizationalUnit) -> bool:
    return account.unit is not None and account.unit.path.startswith(unit.path)


def figures_at(account: AwsAccount, at: datetime) -> list[int]:
    """Return how much fails in an account as of a date; nothing where it has no score."""
    last = AccountPoint.objects.filter(account=account, at__lte=at).order_by("at").last()
    return [failing(last)] if last and last.low is not None else []


def failing(point: Figures) -> int:
    return point.critical + point.high_open + point.medium + point.low_open
