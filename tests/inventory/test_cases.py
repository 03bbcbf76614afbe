"""What every list and detail page must pass, for the inventory."""

from __future__ import annotations

from django.urls import reverse

from posture.history.models import ResourceRecord
from tests.inventory.resources import made, record
from tests.web.cases import AccountDetailPageCases, ListPageCases
from tests.web.world import World


def fill(world: World, size: int) -> None:
    """Record VPCs in both owners' accounts; more of them are of a later sweep."""
    for account in (world.ours, world.theirs):
        vpcs = [made(account, "vpc", f"vpc-{number}", VpcId=f"vpc-{number}") for number in range(size)]
        record(account, vpcs, at=size)


class TestResources(ListPageCases):
    """The resources of one type."""

    url = "/inventory/table/?type=AWS::EC2::VPC"
    max_queries = 18
    filters = (("region", "eu-central-1"),)

    def fill(self, world: World, size: int) -> None:
        fill(world, size)


class TestResource(AccountDetailPageCases):
    """One resource."""

    max_queries = 30
    missing_url = "/inventory/resource/999999999/"

    def fill(self, world: World, size: int) -> None:
        fill(world, size)

    def page_url(self, world: World) -> str:
        resource = ResourceRecord.objects.filter(account=world.ours, valid_to=None).earliest("resource_id")
        return reverse("inventory:resource", kwargs={"resource_id": resource.resource_id})
