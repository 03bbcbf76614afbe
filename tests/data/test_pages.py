"""The data page counts every store, puts what stands open on top, and takes no tag for no harm."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from posture.core.gap import Gap, GapReason
from posture.core.resource import Resource
from posture.data import queries
from posture.history.scope import Scope
from tests.history.world import sweep
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


def record(world: World, *resources: Resource, gaps: tuple[Gap, ...] = (), day: int = 0) -> None:
    """Record what the owner's account answered."""
    at = AT.replace(day=AT.day + day)
    sweep(world.ours, at, resources, gaps, regions=("eu-central-1",), swept_types=(SNAPSHOT,), global_types=())


def data_map(world: World) -> queries.DataMap:
    """Return the map as the owner sees it."""
    return queries.data_map(Scope.of(world.owner, world.organization))


def test_what_is_sensitive_and_open_comes_first(world: World, client: Client) -> None:
    """Two stand open, the sensitive one is named first; no tag is counted as no tag."""
    record(world, snapshot("a", {}, public=True), snapshot("b", CONFIDENTIAL, public=True), snapshot("c", {}))
    drawn = data_map(world)
    assert (drawn.stores, drawn.unclassified, drawn.sensitive) == (3, 2, 1)
    assert (drawn.exposed_stores, drawn.exposed_sensitive) == (2, 1)
    assert [level for _, level in drawn.exposed] == ["confidential", ""]
    client.force_login(world.owner)
    page = client.get(reverse("data:map")).content.decode()
    assert "Sensitive data is exposed in 1 place" in page
    assert "2 stand open" in page


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
    """Not a table of zeros."""
    client.force_login(world.owner)
    assert "No data store in this scope" in client.get(reverse("data:map")).content.decode()
