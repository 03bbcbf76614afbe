"""What every detail page must pass, for Outposts."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from posture.history.models import ResourceRecord
from tests.outposts.outpost_world import AT, OUTPOST, others, rack, record, site, volume
from tests.web.cases import AccountDetailPageCases
from tests.web.world import World


class TestRack(AccountDetailPageCases):
    """One Outpost, with encrypted and other volumes on it."""

    max_queries = 30
    missing_url = "/outposts/999999999/"

    def fill(self, world: World, size: int) -> None:
        volumes = [volume(f"vol-{number}", encrypted=bool(number % 2)) for number in range(size)]
        record(world.ours, [rack(), site(), *volumes, *others()], at=AT + timedelta(hours=size))

    def page_url(self, world: World) -> str:
        found = ResourceRecord.objects.get(account=world.ours, type=OUTPOST, valid_to=None)
        return reverse("outposts:detail", kwargs={"resource_id": found.resource_id})
