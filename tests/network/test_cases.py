"""What every list and detail page must pass, for VPCs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.urls import reverse

from posture.history.models import ResourceRecord
from tests.network.resources import AT, record
from tests.network.test_vpc_analysis import parts
from tests.web.cases import AccountDetailPageCases, ListPageCases
from tests.web.world import World


def fill(world: World, size: int) -> None:
    """Record VPCs in both owners' accounts, one with a public interface."""
    vpc, *rest = parts()
    for account in (world.ours, world.theirs):
        others = [replace(vpc, arn=f"{vpc.arn}{number}", name=f"vpc-{number}") for number in range(1, size)]
        record(account, [vpc, *rest, *others], at=AT + timedelta(hours=size))


class TestVpcs(ListPageCases):
    """All VPCs."""

    url = "/network/"
    max_queries = 20
    filters = (("region", "eu-central-1"),)

    def fill(self, world: World, size: int) -> None:
        fill(world, size)


class TestVpc(AccountDetailPageCases):
    """One VPC."""

    max_queries = 30
    missing_url = "/network/999999999/"

    def fill(self, world: World, size: int) -> None:
        fill(world, size)

    def page_url(self, world: World) -> str:
        vpcs = ResourceRecord.objects.filter(account=world.ours, type="AWS::EC2::VPC", valid_to=None)
        return reverse("network:vpc", kwargs={"resource_id": vpcs.earliest("resource_id").resource_id})
