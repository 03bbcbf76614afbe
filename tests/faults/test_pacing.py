"""Against an AWS that counts, hardly a call is throttled, thanks to the pacer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.utils import timezone

from accounts.models import AwsAccount, Organization
from posture.core.collector import Ask, Collector, Family, collector
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.history.models import AccountSweep, Snapshot
from posture.orchestration import rate_limit
from posture.sweep import Engine, SweepRole, Target, calls, sweep_account
from posture.sweep.pacing import Bucket, Pacer, Rate
from tests.simulated import EXTERNAL_ID, REGION, Estate

pytestmark = [pytest.mark.simulator]

MOST_THROTTLED = 0.005
AWS_LIMITS = (
    {"actions": ["ec2:Describe*"], "rate": 20, "burst": 100},
    {"actions": ["securityhub:GetFindings"], "rate": 3, "burst": 6},
)


def busy(ec2_calls: int, findings_calls: int) -> dict[str, Collector]:
    """Return a collector that asks for many details, as one of many snapshots does."""

    @collector(
        resource_type="AWS::Test::Busy",
        title="Busy",
        plural="Busy",
        service="ec2",
        family=Family.OTHER,
        actions=("ec2:DescribeVpcs", "securityhub:GetFindings"),
    )
    def gather(ask: Ask) -> Iterator[Resource]:
        """Ask and ask again."""
        todo = [("ec2", "describe_vpcs")] * ec2_calls + [("securityhub", "get_findings")] * findings_calls
        for _ in ask.each(lambda call: ask.call(*call), todo):
            yield from ()

    return {gather.resource_type: gather}


@pytest.fixture
def limits(estate: Estate) -> Callable[[], int]:
    """Let AWS count; returns how many calls it has throttled."""
    control = estate.simulator.control
    for limit in AWS_LIMITS:
        control.fault("limit", **limit)  # type: ignore[arg-type]
    return lambda: sum(fault["hits"] for fault in control.ask("GET", "faults"))


def swept(engine: Engine, estate: Estate, collectors: dict[str, Collector], **target: object) -> AccountResult:
    role = SweepRole(estate.role_arn(estate.payments), EXTERNAL_ID)
    return sweep_account(engine, Target(estate.payments, role, **target), collectors=collectors)  # type: ignore[arg-type]


def test_a_busy_account_is_hardly_throttled(
    estate: Estate, engine_of: Callable[..., Engine], limits: Callable[[], int]
) -> None:
    result = swept(engine_of(threads=32), estate, busy(120, 10))

    made = sum(result.calls.values())
    assert made >= 2 * 130
    assert limits() <= MOST_THROTTLED * made
    assert result.throttles == limits()


def test_without_the_pacer_the_same_aws_throttles_many(
    estate: Estate, engine_of: Callable[..., Engine], limits: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pacer, "reserve", lambda *_: 0.0)
    monkeypatch.setattr(calls, "LONGEST_BACKOFF", 0.0)

    result = swept(engine_of(threads=32), estate, busy(0, 40), regions=[REGION])

    assert limits() > 20
    assert limits() > 10 * MOST_THROTTLED * sum(result.calls.values())


def test_accounts_of_an_organization_keep_to_its_ceiling_together(
    estate: Estate, engine_of: Callable[..., Engine]
) -> None:
    """Two accounts at once make no more calls a second than the one ceiling allows."""
    engine, shared, each = engine_of(threads=16), Bucket(Rate(50, 1)), 40

    def one(account_id: str) -> AccountResult:
        role = SweepRole(estate.role_arn(account_id), EXTERNAL_ID)
        target = Target(account_id, role, [REGION], ceiling=shared)
        return sweep_account(engine, target, collectors=busy(each, 0))

    began = time.monotonic()
    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(one, (estate.payments, estate.website)))

    made = sum(sum(result.calls.values()) for result in results)
    assert made >= 2 * each
    assert time.monotonic() - began >= (made - 1) / 50


@pytest.mark.django_db
def test_workers_share_an_organizations_ceiling_equally(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    organization = Organization.objects.create(name="Example", root_account_id="111111111111")
    snapshot = Snapshot.objects.create(organization=organization, as_of=timezone.now(), trigger="person")

    def claims(*tokens: str) -> None:
        AccountSweep.objects.all().delete()
        for number, token in enumerate(tokens):
            account, _ = AwsAccount.objects.get_or_create(organization=organization, account_id=f"{number:012d}")
            AccountSweep.objects.create(snapshot=snapshot, account=account, state="running", claimed_by=token)

    def rate() -> float:
        bucket = rate_limit.bucket_for(organization.pk)
        assert bucket
        waits = [bucket.reserve() for _ in range(3)]
        return 1 / (waits[2] - waits[1])

    assert rate_limit.bucket_for(organization.pk) is None, "no ceiling unless one is set"
    settings.SWEEP_CALLS_PER_SECOND = 30  # type: ignore[attr-defined]
    claims("host:1:a", "host:1:b")
    assert rate() == pytest.approx(30, rel=0.2), "one process has all of it, however many accounts it sweeps"
    claims("host:1:a", "host:2:b", "other:1:c")
    assert rate() == pytest.approx(10, rel=0.2)
