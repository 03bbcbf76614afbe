"""Three sweeps of the world, recorded as a worker records them.

A volume mended, one made, a permission lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import AwsAccount
from posture.checks import judge
from posture.core.clock import Clock
from posture.core.gap import Gap, GapReason
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.history.ingest import record_account
from posture.history.models import AccountSweep, ResourceRecord, Snapshot
from posture.history.upkeep.finish import finish_snapshot
from tests.web.world import World

REGION = "eu-central-1"
VOLUME, SNAPSHOT = "AWS::EC2::Volume", "AWS::EC2::Snapshot"
DENIED = Gap(
    "", REGION, SNAPSHOT, "ec2:DescribeSnapshots", GapReason.ROLE_POLICY, "UnauthorizedOperation", "no", "Allow it."
)


def volume(name: str, *, encrypted: bool) -> Resource:
    """Return an EBS volume that is in use."""
    arn = f"arn:aws:ec2:{REGION}::volume/{name}"
    config = {
        "VolumeId": name,
        "Encrypted": encrypted,
        "Size": 8,
        "VolumeType": "gp3",
        "AvailabilityZone": f"{REGION}a",
    }
    return Resource(VOLUME, arn, "", REGION, name, config, raw_observed={"State": "in-use"})


def record_story(world: World) -> list[Snapshot]:
    """Record the story, once for a world; its last sweep is 20 hours old."""
    if ResourceRecord.objects.filter(account=world.ours, name="vol-1").exists():
        return list(Snapshot.objects.filter(organization=world.organization, trigger="schedule").order_by("as_of"))
    now = timezone.now()
    chapters: list[tuple[float, dict[int, list[Resource]], Sequence[Gap]]] = [
        (60, {world.ours.pk: [volume("vol-1", encrypted=False), volume("vol-2", encrypted=True)]}, ()),
        (31, {world.ours.pk: [volume("vol-1", encrypted=True), volume("vol-2", encrypted=True)]}, ()),
        (20 / 24, {world.ours.pk: [volume(f"vol-{n}", encrypted=n < 3) for n in (1, 2, 3)]}, (DENIED,)),
    ]
    return [
        sweep(world, now - timedelta(days=days), {world.theirs.pk: [volume("vol-9", encrypted=False)]} | ours, gaps)
        for days, ours, gaps in chapters
    ]


def sweep(world: World, at: datetime, resources: dict[int, list[Resource]], gaps: Sequence[Gap] = ()) -> Snapshot:
    """Record one sweep of the accounts named; the gaps are the owner's account's."""
    snapshot = Snapshot.objects.create(
        organization=world.organization, as_of=at, started_at=at, state=Snapshot.State.RUNNING, trigger="schedule"
    )
    for account in AwsAccount.objects.filter(pk__in=resources):
        part = AccountSweep.objects.create(snapshot=snapshot, account=account, state=AccountSweep.State.DONE)
        record_account(part, _result(account, at, resources[account.pk], gaps if account == world.ours else ()))
    finish_snapshot(snapshot)
    Snapshot.objects.filter(pk=snapshot.pk).update(ended_at=at)
    return snapshot


def _result(account: AwsAccount, at: datetime, resources: Iterable[Resource], gaps: Sequence[Gap]) -> AccountResult:
    owned = [replace(one, account_id=account.account_id) for one in resources]
    return AccountResult(
        account_id=account.account_id,
        now=at,
        regions=[REGION],
        swept_types=[VOLUME, SNAPSHOT],
        resources=owned,
        gaps=gaps,
        judgements=list(judge(owned, gaps, Clock(at))),
    )
