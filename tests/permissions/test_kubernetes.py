"""Clusters are listed with how to let the role in, and admins say which are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import ConnectedCluster
from posture.core.resource import Resource
from posture.orchestration.engine import clusters_in
from posture.pages.permissions.clusters import CLUSTER
from posture.permissions import access_entry_command, aws_auth_entry, cluster_role
from tests.history.world import sweep
from tests.web.world import World, build

pytestmark = pytest.mark.django_db
GUIDE = Path(__file__).parents[2] / "docs" / "kubernetes.md"
ROLE = "arn:aws:iam::111111111111:role/team/plumbline"
REGION = "eu-central-1"


def cluster(account_id: str, name: str, **config: Any) -> Resource:
    arn = f"arn:aws:eks:{REGION}:{account_id}:cluster/{name}"
    return Resource(CLUSTER, arn, account_id, REGION, name, config)


@pytest.fixture
def clusters(world: World) -> list[Resource]:
    """Two clusters of the owner's account."""
    return seen(world)


def seen(world: World) -> list[Resource]:
    """Sweep the owner's account, which has two clusters."""
    account_id = world.ours.account_id
    found = [
        cluster(account_id, "shop", resourcesVpcConfig={"publicAccessCidrs": ["0.0.0.0/0"]}),
        cluster(
            account_id,
            "legacy<b>",
            resourcesVpcConfig={"endpointPublicAccess": False},
            accessConfig={"authenticationMode": "CONFIG_MAP"},
        ),
    ]
    sweep(world.ours, timezone.now(), found, judged=False, swept_types=(CLUSTER,), global_types=())
    return found


def page(client: Client, world: World, user: Any) -> str:
    client.force_login(user)
    return client.get(reverse("permissions:kubernetes")).content.decode()


def test_clusters_are_listed_with_what_lets_the_role_in(client: Client, world: World, clusters: list[Resource]) -> None:
    shown = page(client, world, world.owner)
    assert "0 of 2 EKS clusters" in shown
    assert "aws eks create-access-entry --region eu-central-1 --cluster-name shop" in shown
    assert "groups: [plumbline-readonly]" in shown, "a cluster of config maps alone"
    assert "legacy<b>" not in shown
    assert "private" in shown
    assert 'name="arn"' not in shown, "owners see and do not set"
    assert "create-access-entry" not in page(client, world, world.stranger)


def test_an_admin_has_a_cluster_read_and_ends_it(client: Client, world: World, clusters: list[Resource]) -> None:
    client.force_login(world.admin)
    arn, account_id = clusters[0].arn, world.ours.account_id
    url = reverse("permissions:connect")
    for _ in range(2):
        assert client.post(url, {"arn": arn, "read": "1"}).status_code == 302
    assert clusters_in(world.organization, account_id) == {arn}
    assert ConnectedCluster.objects.get().connected_by == world.admin
    assert "1 of 2 EKS clusters" in page(client, world, world.owner)

    client.force_login(world.admin)
    client.post(url, {"arn": arn})
    assert clusters_in(world.organization, account_id) == set()


def test_the_page_asks_as_much_for_many_clusters_as_for_few(
    client: Client, world: World, clusters: list[Resource], django_assert_max_num_queries: Any
) -> None:
    account_id = world.ours.account_id
    many = [cluster(account_id, f"c{number}") for number in range(40)]
    sweep(world.ours, timezone.now(), many, judged=False, swept_types=(CLUSTER,), global_types=())
    client.force_login(world.admin)
    with django_assert_max_num_queries(14):
        client.get(reverse("permissions:kubernetes"))


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_has_no_barrier(
    transactional_db: None, live: str, page: Page, log_in: Any, axe: Callable[[Page], None], width: int
) -> None:
    world = build()
    log_in(world.admin)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{live}{reverse('permissions:kubernetes')}")
    axe(page)
    seen(world)
    page.goto(f"{live}{reverse('permissions:kubernetes')}")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    page.get_by_role("button", name="Start reading legacy").click()
    expect(page.get_by_text("1 of 2 EKS clusters")).to_be_visible()


def test_only_clusters_that_were_seen_can_be_connected(client: Client, world: World, clusters: list[Resource]) -> None:
    client.force_login(world.admin)
    arn = f"arn:aws:eks:{REGION}:{world.ours.account_id}:cluster/none"
    assert client.post(reverse("permissions:connect"), {"arn": arn, "read": "1"}).status_code == 404
    assert not ConnectedCluster.objects.exists()


def test_the_cluster_role_is_printed_and_documented(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("cluster_role")
    assert capsys.readouterr().out == cluster_role()
    assert cluster_role() in GUIDE.read_text()
    role, binding = yaml.safe_load_all(cluster_role())
    assert binding["roleRef"]["name"] == role["metadata"]["name"]


def test_a_role_is_named_as_eks_and_its_config_map_know_it() -> None:
    command = access_entry_command(f"arn:aws:eks:{REGION}:111111111111:cluster/shop", ROLE)
    assert f"--principal-arn {ROLE} --kubernetes-groups plumbline-readonly" in command
    assert "role/plumbline\n" in aws_auth_entry(ROLE), "the config map knows no paths"
