"""The data page counts every store; an untagged store is unclassified, not safe."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from posture.core.gap import Gap, GapReason
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.history.models import FindingRecord, Snapshot
from posture.history.scope import Scope
from posture.pages.data import queries
from posture.pages.data.exposure import (
    DataExposure,
    classification_checks,
    exposures_of,
    opening_checks,
    sharing_checks,
)
from tests.history.world import sweep
from tests.web.markup import squeeze
from tests.web.world import World

pytestmark = pytest.mark.django_db

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
SNAPSHOT = "AWS::EC2::Snapshot"
CONFIDENTIAL = {"data-classification": "confidential"}


def snapshot(name: str, tags: dict[str, str], *, public: bool = False) -> Resource:
    """Make an EBS snapshot, shared with everyone or with nobody."""
    permissions = [{"Group": "all"}] if public else []
    config = {"Encrypted": True, "CreateVolumePermissions": permissions, "OwnerId": "222222222222"}
    return Resource(SNAPSHOT, f"arn:aws:ec2:eu-central-1::snapshot/{name}", "", "eu-central-1", name, config, {}, tags)


def shared(name: str) -> Resource:
    """Make a sensitive EBS snapshot that is shared with one foreign account."""
    config = {
        "Encrypted": True,
        "CreateVolumePermissions": [{"UserId": "999988887777"}],
        "SharedAccounts": [{"AccountId": "999988887777", "InOrganization": False}],
    }
    return replace(snapshot(name, CONFIDENTIAL), raw_config=config)


def record(world: World, *resources: Resource, gaps: tuple[Gap, ...] = (), day: int = 0) -> None:
    """Record what the owner's account answered."""
    at = AT.replace(day=AT.day + day)
    sweep(world.ours, at, resources, gaps, regions=("eu-central-1",), swept_types=(SNAPSHOT,), global_types=())


def data_map(world: World) -> queries.DataMap:
    """Return the map as the owner sees it."""
    return queries.data_map(Scope.of(world.owner, world.organization))


def test_what_is_sensitive_and_open_comes_first(world: World, client: Client) -> None:
    """Two are open, the sensitive one is first; no tag is counted as no tag."""
    record(world, snapshot("a", {}, public=True), snapshot("b", CONFIDENTIAL, public=True), snapshot("c", {}))
    drawn = data_map(world)
    assert (drawn.stores, drawn.unclassified, drawn.sensitive) == (3, 2, 1)
    assert (drawn.exposed_stores, drawn.exposed_sensitive) == (2, 1)
    assert [one.level for one in drawn.open_stores] == ["confidential", ""]
    client.force_login(world.owner)
    page = squeeze(client.get(reverse("data:map")).content.decode())
    assert "1 store with sensitive data is open to anyone" in page
    assert "A public snapshot opens 2 stores" in page
    assert page.index('id="open"') < page.index(">b</a>") < page.index(">a</a>")


def test_a_gap_keeps_what_was_known_and_says_so(world: World) -> None:
    """What cannot be seen stays where it was, open as it was."""
    record(world, snapshot("b", CONFIDENTIAL, public=True))
    gap = Gap("", "eu-central-1", SNAPSHOT, "ec2:DescribeSnapshots", GapReason.DENIED, "AccessDenied")
    record(world, gaps=(gap,), day=1)
    drawn = data_map(world)
    assert (drawn.stores, drawn.unseen, drawn.exposed_sensitive) == (1, 1, 1)


def test_an_organizations_own_words_count(world: World) -> None:
    """A value that its admin calls sensitive is."""
    world.organization.sensitive_values = ["red"]
    world.organization.save()
    record(world, snapshot("a", {"data-classification": "red"}, public=True))
    assert data_map(world).exposed_sensitive == 1


def test_more_stores_take_no_more_queries(world: World, client: Client, django_assert_max_num_queries: Any) -> None:
    """The page counts in the database."""
    record(world, *(snapshot(f"s-{number}", CONFIDENTIAL, public=number % 2 == 0) for number in range(40)))
    client.force_login(world.owner)
    with django_assert_max_num_queries(26):
        client.get(reverse("data:map"))


def test_nothing_found_is_an_empty_state(world: World, client: Client) -> None:
    """Before the first sweep nothing is known, after it nothing was found."""
    client.force_login(world.owner)
    assert "No data yet" in client.get(reverse("data:map")).content.decode()
    record(world)
    Snapshot.objects.update(state=Snapshot.State.COMPLETE)
    assert "No data store in this scope" in client.get(reverse("data:map")).content.decode()


def finding(check_id: str, *evidence: str) -> FindingRecord:
    """Make a finding that says by which paths a store is open."""
    return FindingRecord(check_id=check_id, evidence=list(evidence))


@pytest.mark.parametrize(
    ("check_id", "evidence", "expected"),
    [
        ("s3_bucket_not_public", ["Policy.Statement[0]", "Acl.Grants[1]"], [DataExposure.POLICY, DataExposure.ACL]),
        ("s3_bucket_not_public", ["PolicyStatus.IsPublic"], [DataExposure.POLICY]),
        ("s3_bucket_sensitive_not_public", ["tags.data-classification", "Acl.Grants[0]"], [DataExposure.ACL]),
        ("dynamodb_table_policy_not_public", ["ResourcePolicy.Statement[0]"], [DataExposure.POLICY]),
        ("ec2_snapshot_not_public", ["CreateVolumePermissions[0].Group"], [DataExposure.SNAPSHOT]),
        (
            "rds_cluster_snapshot_not_public",
            ["DBClusterSnapshotAttributes[0].AttributeValues"],
            [DataExposure.SNAPSHOT],
        ),
        ("rds_instance_not_public", ["PubliclyAccessible"], [DataExposure.ADDRESS]),
        ("rds_snapshot_not_shared_outside", ["SharedAccounts[0].AccountId"], [DataExposure.SHARED]),
        ("some_store_not_public", ["Elsewhere"], [DataExposure.OTHER]),
    ],
)
def test_a_finding_says_by_which_ways_a_store_is_open(
    check_id: str, evidence: list[str], expected: list[DataExposure]
) -> None:
    assert exposures_of(finding(check_id, *evidence)) == expected


def test_every_check_that_opens_or_shares_a_store_is_asked_for() -> None:
    opening, sharing = opening_checks(), sharing_checks()
    assert {"s3_bucket_not_public", "ec2_snapshot_not_public", "rds_instance_not_public"} <= opening
    assert {"ec2_snapshot_not_shared_outside", "rds_snapshot_not_shared_outside"} <= sharing
    assert not opening & sharing
    assert len(classification_checks()) == len(queries.store_types()), "each kind of store has a check of its tags"


def test_sharing_with_a_foreign_account_is_counted_apart(world: World, client: Client) -> None:
    record(world, snapshot("a", {}, public=True), shared("b"))
    drawn = data_map(world)
    assert (drawn.exposed_stores, drawn.shared) == (1, 1)
    client.force_login(world.owner)
    page = client.get(reverse("data:map"), {"way": "shared"}).content.decode()
    assert "1 open store: Shared outside" in page
    listed = page[page.index('<ol class="pl-open">') :]
    assert ">b</a>" in listed
    assert ">a</a>" not in listed


def test_each_mark_leads_to_the_list_that_it_counts(world: World, client: Client) -> None:
    """Following a link of the picture, the list holds as many stores as the mark said."""
    stores = [snapshot(f"s-{n}", CONFIDENTIAL if n % 3 else {}, public=True) for n in range(9)]
    record(world, *stores, shared("t-1"), shared("t-2"))
    client.force_login(world.owner)
    page = squeeze(client.get(reverse("data:map")).content.decode())
    drawing = page[page.index("pl-openings") : page.index("As a table")]
    marks = re.findall(r'href="([^"]*/data/\?[^"]*)#open"[^>]*><title>[^<]*?([\d,]+) open</title>', drawing)
    assert len(marks) >= 4
    for url, number in marks:
        there = client.get(url.replace("&amp;", "&")).content.decode()
        assert f"{number} open store" in there, url


def test_each_level_of_the_overviews_data_leads_to_its_open_stores(world: World, client: Client) -> None:
    record(world, snapshot("s-1", CONFIDENTIAL, public=True), snapshot("s-2", {}, public=True), snapshot("s-3", {}))
    client.force_login(world.owner)
    part = client.get(reverse("data:summary")).content.decode()
    marks = re.findall(r'href="([^"]*/data/\?[^"]*)#open"[^>]*><title>[^<:]*: (\d+) open of', part)
    assert len({url for url, _ in marks}) == 2
    for url, number in marks:
        assert f"{number} open store" in client.get(url.replace("&amp;", "&")).content.decode(), url


def test_a_classification_that_could_not_be_read_is_hatched_and_not_called_unclassified(
    world: World, client: Client
) -> None:
    refused = Unknown("tag:GetResources", "AccessDenied", GapReason.DENIED)
    record(world, snapshot("a", {}), replace(snapshot("b", {}), raw_tags=refused))
    drawn = data_map(world)
    assert (drawn.stores, drawn.unclassified, drawn.unread) == (2, 1, 1)
    client.force_login(world.owner)
    page = squeeze(client.get(reverse("data:map")).content.decode())
    grid = page[page.index('class="pl-drawing pl-holdings"') :]
    assert "EBS snapshots, unclassified: 2, 1 could not be read" in grid
    assert 'fill="url(#pl-hatch)"' in grid[: grid.index("</svg>")]
    summary = client.get(reverse("data:summary")).content.decode()
    assert ", 1 could not be read" in summary


def test_many_accounts_are_drawn_by_unit(world: World, client: Client) -> None:
    record(world, snapshot("a", CONFIDENTIAL, public=True))
    client.force_login(world.executive)
    assert "payments: 1 sensitive" in client.get(reverse("data:map")).content.decode()
    world.add_accounts(400)
    page = squeeze(client.get(reverse("data:map")).content.decode())
    assert "Production: 1 sensitive" in page
    assert f"ou={world.production.ou_id}" in page
    assert "payments: 1 sensitive" not in page
