"""A sweep records its cost in database, counters and log, and no secret."""

from __future__ import annotations

import logging
from typing import Any

import boto3
import pytest
from django.utils import timezone

from accounts.models import AwsAccount, Organization
from posture.collectors import all_collectors
from posture.core import tracing
from posture.history.models import AccountSweep, Snapshot
from posture.observability import counters, logs
from posture.sweep import Engine, SweepRole, Target, run, sweep_account
from tests.account_sweeps import sweep_part
from tests.observability.written import lines, written
from tests.simulated import EXTERNAL_ID, KEY, REGION, Estate

pytestmark = pytest.mark.simulator

SECRET = "canary/SecretOfTheMachineItself/40charsLong"
TYPES = ("AWS::EC2::VPC", "AWS::EC2::Volume", "AWS::S3::Bucket", "AWS::IAM::Role")


def test_what_an_account_cost_is_kept_counted_and_logged(
    organization: Organization,
    accounts: dict[str, AwsAccount],
    estate: Estate,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    chosen = {name: each for name, each in all_collectors().items() if name in TYPES}
    monkeypatch.setattr(run, "all_collectors", lambda: chosen)
    estate.simulator.control.fault("deny", ["ec2:DescribeVolumes"])
    snapshot = Snapshot.objects.create(organization=organization, as_of=timezone.now(), trigger="person")
    part = AccountSweep.objects.create(snapshot=snapshot, account=accounts["payments"])
    caplog.set_level(logging.INFO, "posture")
    caplog.handler.addFilter(logs.LabelFilter())

    sweep_part(part.pk)

    part.refresh_from_db()
    assert part.state == AccountSweep.State.DONE
    assert part.started_at
    assert part.swept_at
    assert part.ended_at
    assert part.started_at <= part.swept_at <= part.ended_at
    calls = sum(part.calls.values())
    assert sum(spent[0] for spent in part.by_service.values()) == calls
    assert sum(spent[0] for spent in part.by_region.values()) == calls
    assert {"ec2", "s3", "iam", "sts"} <= part.by_service.keys()
    assert REGION in part.by_region
    assert counters.read(counters.CALLS) == {name: spent[0] for name, spent in part.by_service.items()}
    loggers = ("posture.sweep", "posture.orchestration")
    line = {record.message.split(":")[0]: record for record in caplog.records if record.name.startswith(loggers)}
    assert line.keys() >= {"swept", "cannot read AWS"}
    swept: Any = line["swept"]
    blind: Any = line["cannot read AWS"]
    assert swept.calls == calls
    for record in (swept, blind):
        assert (record.sweep, record.account) == (str(snapshot.pk), part.account.account_id)
    assert (blind.region, blind.service, blind.operation) == (REGION, "ec2", "describe_volumes")
    assert blind.request_id
    assert EXTERNAL_ID not in caplog.text
    assert tracing.labels() == {}, "nothing stays behind for the next account"


def sweep(estate: Estate, external_id: str, *denied: str) -> None:
    """Sweep a few types of one account as the engine does.

    An identity whose secret is known.
    """
    session = boto3.Session(aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name=REGION)
    engine = Engine(session, endpoint_url=estate.url, threads=8)
    target = Target(estate.payments, SweepRole(estate.role_arn(estate.payments), external_id), [REGION])
    estate.simulator.control.fault("deny", list(denied))
    chosen = {name: each for name, each in all_collectors().items() if name in TYPES}
    try:
        with tracing.about(sweep="7", account=estate.payments):
            sweep_account(engine, target, collectors=chosen)
    finally:
        estate.simulator.control.clear_faults()
        engine.pool.close()


def test_a_read_that_fails_is_one_line_with_everything_that_finds_it_again(estate: Estate) -> None:
    with written("INFO", "JSON") as stream:
        sweep(estate, EXTERNAL_ID, "ec2:DescribeVolumes")
    (line,) = [line for line in lines(stream) if line["logger"].startswith("posture.")]
    assert line["message"].startswith("cannot read AWS::EC2::Volume in eu-central-1: ec2:DescribeVolumes failed with ")
    assert {name: line[name] for name in ("sweep", "account", "region", "service", "operation")} == {
        "sweep": "7",
        "account": estate.payments,
        "region": REGION,
        "service": "ec2",
        "operation": "describe_volumes",
    }
    assert line["call"]
    assert line["request_id"]


@pytest.mark.parametrize("form", ["JSON", "LINE"])
def test_no_line_carries_a_secret_even_at_the_talkative_level(
    form: str, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    entered = Engine.enter

    def enter(*args: Any, **options: Any) -> Any:
        calls = entered(*args, **options)
        taken.append(calls.credentials.get_frozen_credentials())
        return calls

    monkeypatch.setattr(Engine, "enter", enter)
    wrong = "canary-external-id-that-is-refused"
    with written("DEBUG", form) as stream:
        sweep(estate, EXTERNAL_ID, "ec2:DescribeVolumes", "s3:GetBucketPolicy")
        sweep(estate, wrong, "ec2:DescribeVolumes")
    said = stream.getvalue()
    assert "ec2:DescribeVolumes" in said
    assert "sts:AssumeRole" in said, "the refused one is line"
    (keys,) = taken
    for secret in (SECRET, EXTERNAL_ID, wrong, keys.secret_key, keys.token):
        assert secret
        assert secret not in said
