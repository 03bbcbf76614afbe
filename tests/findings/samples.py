"""Findings for tests: volumes, and the examples of every check."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from accounts.models import AwsAccount
from posture.checks import all_checks
from posture.core.check import Check
from posture.core.gap import Gap
from posture.core.resource import Resource
from posture.core.sweep import AccountResult, Judgement
from posture.history.ingest import record_account
from posture.history.models import AccountSweep, FindingRecord, Snapshot
from posture.pages.findings.models import SavedView
from tests.history.world import sweep
from tests.web.world import World

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
LATER = datetime(2026, 6, 1, 12, tzinfo=UTC)
VOLUME = "AWS::EC2::Volume"


def volume(name: str, *, encrypted: Any = False, **rest: Any) -> Resource:
    """A volume that one check judges by one field."""
    arn = f"arn:aws:ec2:eu-central-1:222222222222:volume/{name}"
    config = {"Encrypted": encrypted, "Attachments": [{"InstanceId": "i-0abc", "Device": "/dev/xvda"}], **rest}
    return Resource(VOLUME, arn, "", "eu-central-1", name, config, raw_tags={"data-classification": "internal"})


def record(
    account: AwsAccount, resources: Iterable[Resource], at: datetime = AT, gaps: Sequence[Gap] = (), **rest: Any
) -> None:
    """Record resources as an account's sweep result, judged by real checks."""
    owned = list(resources)
    types = tuple({one.type for one in owned} | {VOLUME})
    scope = {"regions": ("eu-central-1", "us-east-1"), "swept_types": types, "global_types": (), **rest}
    sweep(account, at, owned, gaps, **scope)


def a_finding(world: World) -> int:
    """Record an unencrypted volume in the owner's account and return the finding's id."""
    record(world.ours, [volume("vol-0123456789abcdef0")])
    return FindingRecord.objects.get(check_id="ec2_volume_encrypted", account=world.ours).finding_id


def a_view(world: World) -> int:
    """Save a private view of the owner's and return its primary key."""
    return SavedView.objects.create(organization=world.organization, owner=world.owner, name="Mine", query="q=vol").pk


def record_examples(account: AwsAccount, at: datetime = AT) -> None:
    """Record every example of every check, each as a resource that it alone judges."""
    judgements = [
        Judgement(check.id, _example(account, check, number), check(example))
        for check in all_checks().values()
        for number, example in enumerate(check.examples)
    ]
    resources = [one.resource for one in judgements]
    types = tuple({one.type for one in resources})
    snapshot = Snapshot.objects.create(organization=account.organization, as_of=at, state="complete")
    part = AccountSweep.objects.create(snapshot=snapshot, account=account, state="done")
    result = AccountResult(
        account_id=account.account_id, now=at, resources=resources, gaps=[], judgements=judgements,
        regions=("eu-central-1",), swept_types=types, global_types=(),
    )  # fmt: skip
    record_account(part, result)


def _example(account: AwsAccount, check: Check, number: int) -> Resource:
    one = check.examples[number].resource(check.resource_type)
    name = f"{check.id.replace('_', '-')}-{number}"
    arn = f"arn:aws:{check.resource_type.split('::')[1].lower()}:{one.region}:{account.account_id}:{name}"
    return replace(one, arn=arn, account_id=account.account_id, name=name)
