"""The pages of clusters: what they state, where marks lead, and their states."""

from __future__ import annotations

import html
import re
from typing import Any, ClassVar

import pytest
from django.test import Client
from django.urls import reverse

from posture.core.kubernetes import upload_home
from posture.pages.clusters.views import _read_words
from tests.clusters import clusters as make
from tests.kubernetes.rbac.objects import EVERYTHING, binding, role
from tests.web.cases import AccountDetailPageCases
from tests.web.markup import squeeze
from tests.web.world import World

pytestmark = pytest.mark.django_db
HOSTILE = "</td><script>alert(1)</script>"


def page(client: Client, name: str, resource_id: int | None = None, **query: str) -> str:
    """Return a page."""
    kwargs = {} if resource_id is None else {"resource_id": resource_id}
    return squeeze(client.get(reverse(f"clusters:{name}", kwargs=kwargs), query).content.decode())


def test_the_title_is_the_worst(world: World, client: Client) -> None:
    number = make.full(world)
    client.force_login(world.owner)
    found = page(client, "detail", number)
    assert "Pods of 2 service accounts are admin of clinic-prod, or can become it</h1>" in found
    assert "2 workloads of yours meet neither level; 2 namespaces enforce nothing" in found
    assert "2 subjects are cluster-admin; 1 can become it" in found
    assert (
        "1 IAM principal enters with elevated rights; pods of 1 service account can administer an AWS account" in found
    )
    assert "3 bindings each give one subject cluster-admin" in squeeze(found)
    assert "as far as it was read" not in found


def test_a_past_date_shows_the_cluster_as_it_was(world: World, client: Client) -> None:
    make.record(world.ours, make.cluster(), *make.objects(), *make.around())
    added = make.kept(make.restricted("portal", "second-portal"), 1)
    make.record(world.ours, make.cluster(), *make.objects(), *make.around(), added, day=2)
    number = make.cluster_id(world)
    client.force_login(world.owner)
    for as_of, count in (("", 8), ("2026-05-05", 7), ("", 8)):
        found = page(client, "workloads", number, **({"as_of": as_of} if as_of else {}))
        assert f"{count} workloads</h2>" in found, as_of


def test_the_steps_of_a_subject_name_rule_and_binding(world: World, client: Client) -> None:
    number = make.full(world)
    client.force_login(world.owner)
    found = page(client, "rbac", number, power="takes")
    assert "1 subject</h2>" in found
    assert "ci/deployer" in found
    assert "gives itself cluster-admin <p" in found
    assert "rules[0]: bind on clusterroles" in found
    assert "letters/export" not in page(client, "rbac", number, q="deployer").partition("<tbody>")[2]


def test_workloads_are_filtered_by_level_and_namespace(world: World, client: Client) -> None:
    number = make.full(world)
    client.force_login(world.owner)
    found = page(client, "workloads", number, level="neither", namespace="letters")
    assert "2 workloads</h2>" in found
    assert "letters/hl7-bridge" in found
    assert "letters-api" not in found
    assert "No workload matches." in page(client, "workloads", number, level="nonsense")
    every = page(client, "workloads", number)
    assert every.index("portal/portal") < every.index("kube-system/aws-node"), "the title counts your own alone"


@pytest.mark.parametrize(
    ("read", "in_part", "number", "words"),
    [
        (1, 1, 1, "The only cluster is read in part"),
        (1, 0, 1, "The only cluster is read inside"),
        (2, 1, 2, "2 clusters, all read inside, 1 of them in part"),
        (1, 0, 2, "1 of 2 clusters is read inside"),
        (0, 0, 3, "3 clusters, none read inside"),
    ],
)
def test_the_heading_says_which_are_read_in_part(read: int, in_part: int, number: int, words: str) -> None:
    assert _read_words(read, in_part, number) == words


def test_marks_lead_to_the_lists_that_they_count(world: World, client: Client) -> None:
    number = make.full(world)
    client.force_login(world.owner)
    found = page(client, "detail", number)
    marks = re.findall(r'href="([^"]*level=[^"]*)"[^>]*><title>[^<]*?: (\d+) workloads? meets?', found)
    assert len(marks) >= 6
    for url, count in marks:
        there = squeeze(client.get(html.unescape(url)).content.decode())
        assert re.search(rf'<h2 id="workloads">{count} workload', there), url


def test_refused_lists_are_unknown_and_never_nobody(world: World, client: Client) -> None:
    number = make.full(world, make.gap("RoleBinding"))
    client.force_login(world.owner)
    found = page(client, "detail", number)
    assert "Not everything in clinic-prod could be read" in found
    assert "can become it, as far as it was read" in found
    assert "rights may come from what was not read" in found
    assert "no secrets, no pods, no bindings" not in found


def test_a_cluster_that_is_not_connected_says_how_to_connect_it(world: World, client: Client) -> None:
    make.record(world.ours, make.cluster(), *make.around())
    client.force_login(world.owner)
    number = make.cluster_id(world)
    found = page(client, "detail", number)
    assert "clinic-prod is not connected: its workloads are not read" in found
    assert "Read the workloads of a cluster" in found
    assert "AmazonEKSClusterAdminPolicy" in found, "what AWS says of it is shown"
    assert ">not read</text>" in found, "annotations are not known to be none"
    assert "one subject cluster-admin" not in found
    assert "as far as it was read" in found
    assert page(client, "rbac", number)
    assert "The only cluster is not read inside" in page(client, "list")


def test_a_cluster_that_refuses_everything_is_unread(world: World, client: Client) -> None:
    make.record(world.ours, make.cluster(), gaps=[make.gap(kind) for kind in make.KINDS])
    client.force_login(world.owner)
    assert "is not connected" in page(client, "detail", make.cluster_id(world)), "gaps are of others in the region"
    make.connect(world)
    found = page(client, "detail", make.cluster_id(world))
    assert "Nothing in clinic-prod could be read" in found
    assert "could not be read" in page(client, "list")


def test_a_connected_cluster_waits_for_its_first_sweep(world: World, client: Client) -> None:
    make.record(world.ours, make.cluster())
    make.connect(world)
    client.force_login(world.owner)
    assert "Nothing in clinic-prod has been read" in page(client, "detail", make.cluster_id(world))
    assert "connected; the next sweep reads it" in page(client, "list")


def test_uploads_show_what_is_not_read(world: World, client: Client) -> None:
    home = upload_home("aws", make.REGION, make.ACCOUNT, "clinic-gitops")
    make.record(world.ours, make.cluster(), *make.objects("clinic-gitops", home))
    client.force_login(world.owner)
    found = page(client, "detail", make.cluster_id(world))
    assert "Known from uploaded manifests only (clinic-gitops)" in found
    assert "can become it, as far as it was read" in found
    assert "uploaded manifests" in page(client, "list")


def test_without_clusters_the_list_is_empty(world: World, client: Client) -> None:
    client.force_login(world.owner)
    assert "No data yet" in page(client, "list")
    make.record(world.ours)
    assert "No EKS cluster was found" in page(client, "list")


def test_owners_see_their_own_clusters_alone(world: World, client: Client) -> None:
    make.record(world.ours, make.cluster())
    client.force_login(world.stranger)
    assert make.NAME not in page(client, "list")


def test_names_stay_text(world: World, client: Client) -> None:
    raw = make.workload(HOSTILE, HOSTILE, HOSTILE)
    bound = binding(HOSTILE, "cluster-admin", f"user:{HOSTILE}")
    admin = role("cluster-admin", EVERYTHING)
    make.record(world.ours, make.cluster(), *(make.kept(one) for one in (raw, bound, admin)))
    client.force_login(world.owner)
    number = make.cluster_id(world)
    for name in ("detail", "rbac", "workloads"):
        found = page(client, name, number)
        assert "<script>alert" not in found
        assert "alert(1)" in found


def test_the_table_of_a_picture_is_a_file(world: World, client: Client) -> None:
    number = make.full(world)
    client.force_login(world.owner)
    url = reverse("clusters:detail", kwargs={"resource_id": number})
    rows = client.get(url, {"picture": "levels", "export": "csv"}).content.decode().splitlines()
    assert rows[0].startswith("Namespace,Enforced,Restricted")
    assert len(rows) == 6


class TestCluster(AccountDetailPageCases):
    missing_url: ClassVar[str] = "/clusters/4711/"
    max_queries = 40

    def fill(self, world: World, size: int) -> Any:
        more = [make.kept(make.workload("letters", f"more-{number}"), 1) for number in range(size)]
        make.record(world.ours, make.cluster(), *make.objects(), *make.around(), *more)
        make.record(world.theirs, day=1)

    def page_url(self, world: World) -> str:
        return reverse("clusters:detail", kwargs={"resource_id": make.cluster_id(world)})
