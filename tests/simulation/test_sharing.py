"""What administrators of four services say of all members holds over HTTP.

Where it does not, each is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from devtools.simulator.declared import Declared
from devtools.simulator.simulator import Simulator
from posture.collectors import all_collectors
from posture.core.sweep import AccountResult
from posture.sweep import Engine, SweepRole, Target, sweep_account
from posture.sweep.sharing import all_sharings
from tests.simulation.conftest import base_credentials, role_arn

pytestmark = pytest.mark.simulator

REGION = "eu-central-1"
MEMBERS = ("log-archive", "network-hub", "shared-services")
KINDS = (
    "AWS::GuardDuty::Detector",
    "AWS::InspectorV2::AccountStatus",
    "AWS::Macie::Session",
    "AWS::SecurityHub::Hub",
)
DAYS = iter(range(1, 28))


@pytest.fixture
def macie(simulated_organization: Simulator, declared_organization: Declared) -> Iterator[None]:
    """Macie is on in each of these members, as it is where records are held."""
    control = simulated_organization.control
    lacking = [
        account_id
        for account_id in (declared_organization.by_name[name].id for name in MEMBERS)
        if not control.shelf(account_id, REGION, "macie2").get("session")
    ]
    for account_id in lacking:
        control.put(account_id, REGION, "macie2", session={"status": "ENABLED"})
    yield
    for account_id in lacking:
        control.put(account_id, REGION, "macie2", session=None)


@pytest.fixture
def engine(simulated_organization: Simulator, declared_organization: Declared) -> Iterator[Engine]:
    keys = base_credentials(declared_organization)
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], region_name=REGION)
    engine = Engine(session, simulated_organization.url, threads=4, fingerprint_key=b"k" * 32)
    yield engine
    engine.pool.close()


def sweep(engine: Engine, declared: Declared, names: Sequence[str], **options: Any) -> list[AccountResult]:
    """Sweep accounts one after the other, as parts of one sweep."""
    now = datetime(2026, 11, next(DAYS), tzinfo=UTC)
    external_id = declared.organization["external_id"]
    targets = [
        Target(declared.by_name[name].id, SweepRole(role_arn(declared, name), external_id), [REGION], **options)
        for name in names
    ]
    chosen = {kind: all_collectors()[kind] for kind in KINDS}
    return [sweep_account(engine, target, collectors=chosen, now=now) for target in targets]


def found(result: AccountResult) -> dict[str, bytes]:
    return {resource.arn: resource.hash for resource in result.resources}


def services(result: AccountResult) -> set[str]:
    return {name.split(":")[0] for name in result.saved}


@pytest.mark.usefixtures("macie")
def test_all_four_administrators_speak_for_their_members_and_say_the_same(
    engine: Engine, simulated_organization: Simulator, declared_organization: Declared
) -> None:
    colleagues = frozenset(account.id for account in declared_organization.accounts)
    alone = sweep(engine, declared_organization, MEMBERS)

    together = sweep(engine, declared_organization, MEMBERS, colleagues=colleagues)

    assert [found(each) for each in together] == [found(each) for each in alone]
    assert all(len(found(each)) == len(KINDS) and not each.gaps for each in alone)
    assert not any(each.saved for each in (*alone, together[0]))
    for spared, asked in zip(together[1:], alone[1:], strict=True):
        assert services(spared) == set(all_sharings())
        assert sum(spared.saved.values()) + sum(spared.calls.values()) == sum(asked.calls.values())

    for action in ("macie2:ListMembers", "securityhub:ListMembers"):
        simulated_organization.control.fault("deny", [action])
    refused = sweep(engine, declared_organization, MEMBERS, colleagues=colleagues)
    assert [found(each) for each in refused] == [found(each) for each in alone]
    assert not any(each.gaps for each in refused)
    assert [services(each) for each in refused[1:]] == [{"guardduty", "inspector2"}] * 2
