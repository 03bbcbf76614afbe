"""What every detail page must pass, for sweeps."""

from __future__ import annotations

from datetime import UTC, datetime

from django.urls import reverse

from accounts.models import AwsAccount
from posture.history.models import AccountSweep, Snapshot
from tests.web.cases import DetailPageCases
from tests.web.world import World

AT = datetime(2026, 3, 1, tzinfo=UTC)


class TestSweep(DetailPageCases):
    """One sweep that has ended."""

    max_queries = 40
    missing_url = "/sweeps/999999999/"

    def fill(self, world: World, size: int) -> None:
        world.add_accounts(size)
        snapshot, _ = Snapshot.objects.get_or_create(
            organization=world.organization,
            as_of=AT,
            defaults={"trigger": Snapshot.Trigger.PERSON, "state": Snapshot.State.COMPLETE, "started_at": AT},
        )
        AccountSweep.objects.bulk_create(
            AccountSweep(snapshot=snapshot, account=account, state=AccountSweep.State.DONE, swept_at=AT, ended_at=AT)
            for account in AwsAccount.objects.exclude(pk__in=snapshot.account_sweeps.values("account"))
        )

    def page_url(self, world: World) -> str:
        return reverse("sweeps:detail", kwargs={"pk": Snapshot.objects.get().pk})
