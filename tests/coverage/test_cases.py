"""What every detail page must pass, for an account's coverage."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.urls import reverse

from tests.coverage.test_pages import AT, REGION, record, thing
from tests.web.cases import FEW, AccountDetailPageCases, get, with_query
from tests.web.world import World


class TestAccount(AccountDetailPageCases):
    """One account: each tool in each region."""

    max_queries = 22
    missing_url = "/coverage/999999999999/"

    def fill(self, world: World, size: int) -> None:
        volumes = [thing("AWS::EC2::Volume", f"vol-{number}", {"Encrypted": True}) for number in range(size)]
        for account in (world.ours, world.theirs):
            record(account, REGION, *volumes, at=AT + timedelta(hours=size))

    def page_url(self, world: World) -> str:
        return reverse("coverage:account", kwargs={"account_id": world.ours.account_id})

    def test_outside_the_chosen_account_it_is_not_found(self, world: World, admin: Client) -> None:
        """The page narrows the scope to its own account, whatever else is chosen."""
        self.fill(world, FEW)
        get(admin, with_query(self.page_url(world), account=world.theirs.account_id))
