"""What every detail page must pass, for practices."""

from __future__ import annotations

from datetime import timedelta

from posture.history.models import Snapshot
from posture.history.upkeep.finish import finish_snapshot
from tests.findings.samples import AT, record, volume
from tests.web.cases import DetailPageCases
from tests.web.world import World


class TestPractice(DetailPageCases):
    """One practice, which some volumes fail."""

    max_queries = 60
    missing_url = "/practices/nonsense/"

    def fill(self, world: World, size: int) -> None:
        for account in (world.ours, world.theirs):
            record(account, [volume(f"vol-{number}") for number in range(size)], AT + timedelta(hours=size))
        for snapshot in Snapshot.objects.all():
            finish_snapshot(snapshot)

    def page_url(self, world: World) -> str:
        return "/practices/encryption/"
