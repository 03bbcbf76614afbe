"""What every list and detail page must pass, for the pages of findings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse

from posture.history.models import FindingRecord
from tests.findings.samples import AT, record, volume
from tests.web.cases import AccountDetailPageCases, DetailPageCases, ListPageCases
from tests.web.world import World


def fill(world: World, size: int) -> None:
    """Record unencrypted volumes in both owners' accounts, more of them later."""
    for account in (world.ours, world.theirs):
        volumes = [volume(f"vol-{account.name}-{number}") for number in range(size)]
        record(account, volumes, AT + timedelta(hours=size))


class TestFindings(ListPageCases):
    """Findings one by one."""

    url = "/findings/?group=none"
    max_queries = 17
    filters = (("severity", "3"), ("check", "ec2_volume_encrypted"), ("status", "fail"), ("practice", "encryption"))

    def fill(self, world: World, size: int) -> None:
        fill(world, size)


class TestFixes(ListPageCases):
    """Findings grouped by what fixes them: a row of both accounts."""

    url = "/findings/?group=check"
    max_queries = 17
    filters = TestFindings.filters

    def fill(self, world: World, size: int) -> None:
        fill(world, size)

    def rows(self, client: Any, url: str) -> list[Any]:
        return [pk for row in super().rows(client, url) for pk in row["account_pks"].tolist()]

    def account_of(self, record: int) -> int:
        return record


class TestFinding(AccountDetailPageCases):
    """One finding."""

    max_queries = 30
    missing_url = "/findings/999999999/"

    def fill(self, world: World, size: int) -> None:
        fill(world, size)

    def page_url(self, world: World) -> str:
        finding = FindingRecord.objects.filter(account=world.ours, closed_at=None).earliest("finding_id")
        return reverse("findings:detail", kwargs={"finding_id": finding.finding_id})


class TestCheck(DetailPageCases):
    """One check, which volumes of both accounts fail."""

    max_queries = 30
    missing_url = "/findings/check/nonsense/"

    def fill(self, world: World, size: int) -> None:
        fill(world, size)

    def page_url(self, world: World) -> str:
        return reverse("findings:check", kwargs={"check_id": "ec2_volume_encrypted"})
