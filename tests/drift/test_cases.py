"""What every list and detail page must pass, for the pages of drift."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from posture.history.models import ResourceRecord
from tests.findings.samples import record, volume
from tests.web.cases import AccountDetailPageCases, ListPageCases
from tests.web.world import World


def fill(world: World, size: int) -> None:
    """Record a volume per account two days ago, then failing ones, more later."""
    now = timezone.now()
    for account in (world.ours, world.theirs):
        first = [volume(f"vol-{account.name}-old", encrypted=True)]
        if not ResourceRecord.objects.filter(account=account).exists():
            record(account, first, now - timedelta(days=2))
        # Its configuration changes from sweep to sweep.
        changed = volume(f"vol-{account.name}-old", encrypted=True, Size=size)
        volumes = [volume(f"vol-{account.name}-{number}") for number in range(size)]
        record(account, [changed, *volumes], now - timedelta(hours=24 - size))


class TestOpened(ListPageCases):
    """Findings that opened in the period."""

    url = "/drift/opened/"
    max_queries = 22
    filters = (("severity", "3"), ("check", "ec2_volume_encrypted"))

    def fill(self, world: World, size: int) -> None:
        fill(world, size)


class TestAdded(ListPageCases):
    """Resources that were added in the period."""

    url = "/drift/added/"
    max_queries = 22
    filters = (("type", "AWS::EC2::Volume"),)

    def fill(self, world: World, size: int) -> None:
        fill(world, size)


class TestChanged(ListPageCases):
    """Resources whose configuration changed in the period."""

    url = "/drift/changed/"
    max_queries = 22
    filters = (("type", "AWS::EC2::Volume"),)

    def fill(self, world: World, size: int) -> None:
        fill(world, size)


class TestDifference(AccountDetailPageCases):
    """What changed in one resource."""

    max_queries = 22
    missing_url = "/drift/resource/999999999/"

    def fill(self, world: World, size: int) -> None:
        fill(world, size)

    def page_url(self, world: World) -> str:
        resource = ResourceRecord.objects.filter(account=world.ours, name__endswith="old", valid_to=None).get()
        return reverse("drift:difference", kwargs={"resource_id": resource.resource_id})
