"""The worlds of the album.

One with much in it and with gaps, one that was never swept, and one with nothing.

Each account gets a floor of real resource types, judged by the product's own checks, and each check's examples are
findings of one of them: a new check or resource type is in the pictures without a word here.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import AwsAccount, Organization, Ownership
from devtools.bench import pages_fixture
from devtools.bench.history_fixture import REGIONS
from posture.checks import all_checks, judge
from posture.core.clock import Clock
from posture.core.gap import ANY, Gap, GapReason
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.history.ingest import record_account
from posture.history.models import AccountSweep, Snapshot
from posture.history.upkeep.finish import finish_snapshot
from tests.clusters import clusters
from tests.containers.resources import repository, service
from tests.manifests.uploading import FIXED, WEB
from tests.manifests.uploading import keep as keep_upload
from tests.manifests.uploading import record as record_upload
from tests.web.world import World
from tests.web.world import build as small_world

DAYS_AGO = (60.0, 31.0, 20 / 24)
"""When the sweeps were, in days before now."""
NAMES = (
    "payments-production-eu-central-1-with-a-name-of-fifty", "<script>alert(1)</script>", "données-clients",
    "analytics", "backup", "build", "cdn", "data-lake", "edge", "forensics", "identity", "legacy", "log-archive",
    "machine-learning", "mobile", "network",
)  # fmt: skip
"""Accounts beyond the world's two; one is as long as AWS allows, and one is hostile."""
SUSPENDED, LEFT, CLOSING = "legacy", "mobile", "machine-learning"
UNREACHABLE = "forensics"
"""Its role cannot be assumed: nothing of it was ever seen."""
OWNED = ("data-lake", "edge", NAMES[0])
"""What the owner has besides the world's own account."""


WORLDS = ("full", "unswept", "empty")


def build(name: str) -> World:
    """Write a world into the database.

    Full, unswept (two accounts), or empty (people alone).
    """
    world = small_world()
    if name == "full":
        _furnish(world)
    elif name == "empty":
        world.organization.delete()
    return world


def _furnish(world: World) -> None:
    """Record three sweeps of the world's two accounts and of more.

    Another organization is being onboarded.
    """
    Organization.objects.create(name="Draft", root_account_id="999999999999")
    accounts = _accounts(world)
    now = timezone.now()
    for days in DAYS_AGO:
        _sweep(accounts, now - timedelta(days=days), chapter=DAYS_AGO.index(days))
    _retire(accounts, now)
    _upload(world)


def _upload(world: World) -> None:
    """Upload manifests twice, with a preview that nobody has recorded yet."""
    record_upload(world.ours, FIXED, world.owner)
    record_upload(world.ours, WEB, world.owner)
    keep_upload(world.ours, FIXED, world.owner)


def _accounts(world: World) -> list[AwsAccount]:
    units = (world.production, world.sandbox, world.root)
    more = AwsAccount.objects.bulk_create(
        AwsAccount(
            organization=world.organization, account_id=f"4{place:011}", name=name, unit=units[place % 3], weight=1
        )
        for place, name in enumerate(NAMES)
    )
    Ownership.objects.bulk_create(Ownership(user=world.owner, account=one) for one in more if one.name in OWNED)
    return [world.ours, world.theirs, *more]


def _sweep(accounts: Sequence[AwsAccount], at: datetime, chapter: int) -> None:
    snapshot = Snapshot.objects.create(
        organization=accounts[0].organization, as_of=at, started_at=at, state=Snapshot.State.RUNNING,
        trigger=Snapshot.Trigger.SCHEDULE,
    )  # fmt: skip
    for place, account in enumerate(accounts):
        is_refused = account.name == UNREACHABLE
        state = AccountSweep.State.FAILED if is_refused else AccountSweep.State.DONE
        part = AccountSweep.objects.create(
            snapshot=snapshot, account=account, state=state, claimed_by="worker-1", started_at=at, swept_at=at,
            ended_at=at + timedelta(minutes=2),
        )  # fmt: skip
        record_account(part, _result(account, place, at, chapter))
    finish_snapshot(snapshot)
    Snapshot.objects.filter(pk=snapshot.pk).update(ended_at=at + timedelta(minutes=9))


def _result(account: AwsAccount, place: int, at: datetime, chapter: int) -> AccountResult:
    is_refused = account.name == UNREACHABLE
    resources = [] if is_refused else _resources(account, place, chapter)
    gaps = _gaps(account, place, chapter)
    return AccountResult(
        account_id=account.account_id,
        now=at,
        regions=() if is_refused else REGIONS,
        swept_types=tuple(sorted({one.type for one in resources})),
        global_types=(),
        resources=resources,
        gaps=gaps,
        judgements=list(judge(resources, gaps, Clock(at))),
        calls={"ec2:describe_volumes": 480},
    )


def _resources(account: AwsAccount, place: int, chapter: int) -> list[Resource]:
    """Return an account's resources.

    In each chapter some are gone, and some are set as another account has them.
    """
    floor = pages_fixture.resources(0 if place == 0 else place + chapter * (place % 3 == 1), account.account_id)
    kept = [one for number, one in enumerate(floor) if (number + chapter * 7) % 23 or place % 4]
    if place:
        return kept
    known = {one.type for one in floor}
    return [*kept, *_examples(account.account_id, known), *_cluster(), service(), repository()]


def _cluster() -> list[Resource]:
    """Return a cluster of Kubernetes with its objects, and what of AWS belongs to it."""
    return [clusters.cluster(), *clusters.objects(), *clusters.around()]


def _examples(account_id: str, known: AbstractSet[str]) -> list[Resource]:
    """Return the resources of each check's first examples."""
    found = {}
    for check in all_checks().values():
        for number, example in enumerate(check.examples[:2]):
            one = example.resource(check.resource_type)
            if one.type in known:
                continue
            name = f"{check.id.replace('_', '-')}-{number}"
            arn = f"arn:aws:{check.resource_type.split('::')[1].lower()}:{one.region}:{account_id}:{name}"
            found[arn] = replace(one, arn=arn, account_id=account_id, name=name)
    return list(found.values())


def _gaps(account: AwsAccount, place: int, chapter: int) -> list[Gap]:
    if account.name == UNREACHABLE:
        refused = "User: arn:aws:sts::111111111111:assumed-role/Auditor is not authorized to perform: sts:AssumeRole"
        return [Gap(account.account_id, ANY, ANY, "sts:AssumeRole", GapReason.ROLE_NOT_ASSUMED, "AccessDenied", refused,
                    "Deploy the role in this account.")]  # fmt: skip
    if place % 5 or chapter == 0:
        return []
    return pages_fixture.gaps(0, account.account_id)


def _retire(accounts: Sequence[AwsAccount], now: datetime) -> None:
    states = {SUSPENDED: AwsAccount.State.SUSPENDED, CLOSING: AwsAccount.State.PENDING_CLOSURE}
    for account in accounts:
        if account.name in states:
            AwsAccount.objects.filter(pk=account.pk).update(state=states[account.name])
        if account.name == LEFT:
            AwsAccount.objects.filter(pk=account.pk).update(left_at=now - timedelta(days=3))
