"""A worker's sweep leaves its trace: what it cost in the database and the counters, what happened in the log."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AwsAccount, Organization
from posture.collectors import all_collectors
from posture.core import tracing
from posture.history.models import AccountSweep, Snapshot
from posture.observing import counters, logs
from posture.sweep import run
from posture.sweeping import work
from tests.simulated import EXTERNAL_ID, REGION, Estate

pytestmark = pytest.mark.simulator

TYPES = ("AWS::EC2::VPC", "AWS::EC2::Volume", "AWS::S3::Bucket", "AWS::IAM::Role")


def test_what_an_account_cost_is_kept_counted_and_told(
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
    caplog.handler.addFilter(logs.Labelled())

    work.sweep_part(part.pk)

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
    told = {
        record.message.split(":")[0]: record for record in caplog.records if record.name.startswith("posture.sweep")
    }
    assert told.keys() >= {"swept", "no sight of AWS"}
    swept: Any = told["swept"]
    blind: Any = told["no sight of AWS"]
    assert swept.calls == calls
    for record in (swept, blind):
        assert (record.sweep, record.account) == (str(snapshot.pk), part.account.account_id)
    assert (blind.region, blind.service, blind.operation) == (REGION, "ec2", "describe_volumes")
    assert blind.request_id
    assert EXTERNAL_ID not in caplog.text
    assert tracing.labels() == {}, "nothing stays behind for the next account"
