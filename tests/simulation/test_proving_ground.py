"""Every check has a resource that fails and one that passes in the simulated AWS.

The accounts of the proving ground are swept over HTTP, recorded, and judged on recording.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings as project_settings
from django.db.models import QuerySet

from accounts.models import AwsAccount, ConnectedCluster, Organization, ParameterSetting
from devtools.simulator.apply import apply_until
from devtools.simulator.declared import Account, Declared
from devtools.simulator.overlay.declared_answers import UNDECLARED
from devtools.simulator.proving_ground.cases import (
    CLUSTER,
    FOLDER,
    PARAMETERS,
    RECORDED_ACCOUNT,
    VARIANTS,
    declared,
    module_of,
)
from devtools.simulator.simulator import Simulator
from posture.checks import all_checks
from posture.core.check import EXAMPLE_NOW
from posture.history.ingest import record_account
from posture.history.models import (
    AnyGap,
    CheckCountsRecord,
    FindingRecord,
    ResourceRecord,
    Snapshot,
)
from posture.orchestration.engine import engine, target_of
from posture.orchestration.requests import request_sweep
from posture.sweep import sweep_account
from tests import shared
from tests.simulator import Simulators

pytestmark = [pytest.mark.django_db, pytest.mark.simulator, pytest.mark.slow]

OTHER_MEMBER = "222233334444"
"""An account that answers name as one of the same organization."""
REREAD = "run python -m devtools.simulator.proving_ground.declare and read what it changes"
Finding = tuple[str, str, str, str]


@dataclass(frozen=True)
class Found:
    """What was recorded of the accounts, by their names."""

    findings: dict[str, Counter[Finding]]
    gaps: dict[str, list[str]]
    resources: dict[str, int]
    foreign: dict[str, list[str]]
    """ARNs that name the account in which answers were recorded."""
    sides: dict[str, set[str]]
    """By check: the outcomes that a resource of any account has."""


@pytest.fixture(scope="module")
def proving_ground() -> Declared:
    return Declared.read(FOLDER)


@pytest.fixture(scope="module")
def simulator(simulators: Simulators, proving_ground: Declared) -> Iterator[Simulator]:
    with simulators.empty() as simulator:
        apply_until(simulator.control, proving_ground, 0, dt.datetime.now(dt.UTC).replace(microsecond=0))
        yield simulator


@pytest.fixture(scope="module")
def found(
    simulator: Simulator, proving_ground: Declared, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Found]:
    """Sweep each account once, as the management account of its own organization."""
    with shared.rows(django_db_blocker), pytest.MonkeyPatch.context() as patch:
        patch.setattr(project_settings, "AWS_ENDPOINT_URL", simulator.url)
        patch.setenv("AWS_ACCESS_KEY_ID", proving_ground.organization["access_key"])
        patch.setenv("AWS_SECRET_ACCESS_KEY", "unchecked")
        engine.cache_clear()
        variants = proving_ground.accounts[1:]
        swept = {account.name: sweep(account, proving_ground.organization) for account in variants}
        engine().pool.close()
        engine.cache_clear()
        yield Found(
            {name: findings_of(account) for name, account in swept.items()},
            {name: gaps_of(account) for name, account in swept.items()},
            {name: resources_of(account).count() for name, account in swept.items()},
            {name: list(foreign_of(account)) for name, account in swept.items()},
            sides_of(swept.values()),
        )


def sweep(declared_account: Account, facts: dict[str, Any]) -> AwsAccount:
    """Sweep and record an account."""
    organization = Organization.objects.create(
        name=declared_account.name,
        state=Organization.State.CONNECTED,
        root_account_id=declared_account.id,
        role_name=facts["role"],
        external_id=facts["external_id"],
        regions=facts["regions"],
        is_simulated=True,
    )
    account = AwsAccount.objects.create(organization=organization, account_id=declared_account.id, name="root")
    AwsAccount.objects.create(organization=organization, account_id=OTHER_MEMBER, name="other", state="SUSPENDED")
    arn = f"arn:aws:eks:{facts['regions'][0]}:{account.account_id}:cluster/{CLUSTER}"
    ConnectedCluster.objects.create(account=account, arn=arn)
    for name, value in PARAMETERS.get(declared_account.name, {}).items():
        ParameterSetting.objects.create(organization=organization, name=name, value=value)
    snapshot = request_sweep(organization, trigger=Snapshot.Trigger.SIMULATION, as_of=EXAMPLE_NOW)
    # Not by a claim: its heartbeat has a connection of its own, which sees nothing of this transaction.
    result = sweep_account(engine(), target_of(organization, account.account_id), now=EXAMPLE_NOW)
    assert record_account(snapshot.account_sweeps.get(account=account), result).applied
    return account


def findings_of(account: AwsAccount) -> Counter[Finding]:
    """Return what fails and is unknown by resource, and how many pass by check."""
    records = FindingRecord.objects.filter(account=account, closed_at=None)
    named = Counter((each.status, each.resource_type, each.resource_name, each.check_id) for each in records)
    counts = CheckCountsRecord.objects.filter(account=account, valid_to=None)
    for check, passed in counts.values_list("check_id", "passed"):
        named["pass", all_checks()[check].resource_type, "", check] = passed
    return named


def gaps_of(account: AwsAccount) -> list[str]:
    """Return what could not be read, but for what is declared to be refused."""
    return [
        f"{gap.action} of {gap.resource_type}: {gap.error} {gap.message}"
        for gap in AnyGap.objects.filter(account=account)
    ]


def resources_of(account: AwsAccount) -> QuerySet[ResourceRecord]:
    return ResourceRecord.objects.filter(account=account, valid_to=None)


def foreign_of(account: AwsAccount) -> QuerySet[ResourceRecord, str]:
    return resources_of(account).filter(arn__contains=RECORDED_ACCOUNT).values_list("arn", flat=True)


def sides_of(accounts: Any) -> dict[str, set[str]]:
    sides: dict[str, set[str]] = {}
    for counts in CheckCountsRecord.objects.filter(account__in=accounts, valid_to=None):
        each = sides.setdefault(counts.check_id, set())
        each |= {"pass"} if counts.passed else set()
        each |= {"fail"} if counts.failed else set()
    return sides


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_account_has_the_declared_findings_and_no_others(found: Found, variant: str) -> None:
    expected, actual = declared(variant), found.findings[variant]

    missing, undeclared = sorted(expected - actual), sorted(actual - expected)
    assert not missing, f"declared, not found; {REREAD}:\n" + "\n".join(map(str, missing))
    assert not undeclared, f"found, not declared; {REREAD}:\n" + "\n".join(map(str, undeclared))


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_call_has_a_declared_answer(found: Found, variant: str) -> None:
    assert [gap for gap in found.gaps[variant] if UNDECLARED in gap] == []


def test_every_check_fails_somewhere_and_passes_somewhere(found: Found) -> None:
    lacking = [
        f"{check.id} has no resource with the outcome {side}: change an answer in "
        f"devtools/simulator/proving_ground/cases/{module_of(check.resource_type)}.json, "
        f"or run python -m devtools.simulator.proving_ground.propose {check.id}"
        for check in all_checks().values()
        for side in ("fail", "pass")
        if side not in found.sides.get(check.id, set())
    ]

    assert not lacking, "\n".join(lacking)


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_answer_names_the_account_that_it_was_recorded_in(found: Found, variant: str) -> None:
    assert found.resources[variant] > 100
    assert found.foreign[variant] == []
