"""Encoded cells count, filter and sort as the database does, at every date."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import islice, product
from typing import Any

import pytest
from django.test import RequestFactory

from posture.history import query as history
from posture.history.models import ResourceRecord, Snapshot
from posture.pages.inventory import queries
from posture.pages.inventory.filters import ResourceFilters, keys
from posture.pages.inventory.tables import ResourceTable
from posture.web.column_filters import CellData
from posture.web.scoping import scope_of
from posture.web.tables import configure
from tests.depth import every
from tests.tuning import Tune
from tests.web.story import DENIED, SNAPSHOT, VOLUME, sweep, volume
from tests.web.world import World

CHOICES: dict[str, tuple[str, ...]] = {
    "within": ("", "222222222222"),
    "region": ("", "eu-central-1"),
    "data": ("", "none", "internal"),
    "sight": ("", "seen", "unseen"),
    "q": ("", "vol"),
}
SORTS = ("", "name", "-account", "-first_seen", "-open_findings", "region", "classification")


@pytest.fixture(autouse=True)
def every_account_is_a_piece(tune: Tune) -> None:
    """Keep what is read of scopes of any size, each account by itself."""
    tune(cached_scope_min_accounts=0)
    tune(snapshot_uncached_max_accounts=0)
    tune(snapshot_shard_accounts=1)


def values(one: ResourceRecord) -> dict[str, str]:
    return {
        "within": one.account.account_id,
        "region": one.region,
        "data": one.classification or "none",
        "sight": "unseen" if one.unseen_since else "seen",
    }


def assert_same(world: World, query: dict[str, str]) -> int:
    """Compare facets and the table with the database; return the number of rows."""
    request = RequestFactory().get("/inventory/table/", query)
    request.user = world.admin
    scope = scope_of(request)
    asked = ResourceFilters(request.GET, queryset=queries.of_type(scope, query["type"]), request=request)
    for facet in asked.facets():
        expected = Counter(values(one)[facet.name] for one in asked._without(facet.name))
        assert {one.value: one.count for one in facet.choices if one.count} == expected, (query, facet.name)
    rows = asked.qs
    table = configure(ResourceTable(CellData(asked, rows, keys(scope, query["type"])), query["type"]), request)
    plain = configure(ResourceTable(rows, query["type"]), request)
    assert len(table.rows) == rows.count()
    ordered = plain.data.data.query.order_by
    shown, expected_rows = ([row.record for row in each.paginated_rows] for each in (table, plain))
    assert [_key(one, ordered) for one in shown] == [_key(one, ordered) for one in expected_rows], query
    return len(shown)


def _key(one: ResourceRecord, ordered: tuple[str, ...]) -> tuple[Any, ...]:
    names = (each.removeprefix("-") for each in ordered)
    return tuple(one.account.name if name == "account__name" else getattr(one, name) for name in names)


def test_cells_agree_with_the_database(world: World, story: list[Snapshot]) -> None:
    tagged = [
        replace(volume(f"vol-{n}", encrypted=n > 1), raw_tags={"data-classification": "internal"}) for n in range(4)
    ]
    there = {world.ours.pk: tagged[:3], world.theirs.pk: [*tagged[2:], volume("vol-9", encrypted=True)]}
    sweep(world, story[-1].as_of + timedelta(hours=1), there, [replace(DENIED, resource_type=VOLUME)])
    dates = ["", *(f"{one.as_of + timedelta(minutes=1):%Y-%m-%dT%H:%M:%S}" for one in story)]
    all_of_them = enumerate(product((VOLUME, SNAPSHOT), dates, product(*CHOICES.values())))
    found = [
        assert_same(world, {
            "type": kind, "as_of": date, "sort": SORTS[number % len(SORTS)], "per_page": "2",
            **{name: value for name, value in zip(CHOICES, chosen, strict=True) if value},
        })
        for number, (kind, date, chosen) in islice(all_of_them, None, None, every(15))
    ]  # fmt: skip
    assert sum(found) > 20


def test_findings_are_counted_by_type(world: World, story: list[Snapshot]) -> None:
    request = RequestFactory().get("/inventory/")
    request.user = world.executive
    scope = scope_of(request)
    expected = Counter(queries.open_findings(scope).values_list("resource_type", flat=True))
    assert {one.type: one.findings for one in queries.type_lines(scope) if one.findings} == expected
    assert len(history.load_resources(scope)) == history.resources(scope).count()
