"""What every detail page must pass, for permissions."""

from __future__ import annotations

from django.urls import reverse

from accounts.models import AwsAccount
from posture.history.models import GapRecord
from tests.permissions.test_pages import refuse
from tests.web.cases import DetailPageCases
from tests.web.world import World

ACTION = "ec2:DescribeVpcs"


class TestPermission(DetailPageCases):
    """One permission, refused in each account."""

    max_queries = 14
    missing_url = "/permissions/nonsense/"

    def fill(self, world: World, size: int) -> None:
        world.add_accounts(size)
        for account in AwsAccount.objects.exclude(pk__in=GapRecord.objects.values("account")):
            refuse(account, ACTION)

    def page_url(self, world: World) -> str:
        return reverse("permissions:detail", kwargs={"action": ACTION})
