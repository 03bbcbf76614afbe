"""Search by words through indexes, with honest bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import AwsAccount
from posture.core.resource import Resource
from posture.history import query
from posture.history.migration_operations import CreateTrigramExtension
from posture.history.models import ClosedVersion, StoredResource, StoredVersion
from posture.history.scope import Scope
from posture.pages.inventory import search
from posture.pages.inventory.search_terms import matching
from tests.history.world import day
from tests.inventory.resources import made, record
from tests.tuning import Tune
from tests.web.markup import squeeze
from tests.web.world import World

pytestmark = pytest.mark.django_db
NAMES = (
    "100%-safe", "a_b_cdef", "axb-cdef", "back\\slash", "o'neil \"q\"", "Straße-GROSS", "STRASSE", "İstanbul", "ΟΔΟΣ-1",
    "zz", "owner=x",
)  # fmt: skip
WORDS = (
    "100%", "%", "_", "a_b", "a_b_cdef", "cdef", "CDEF vpc", "\\", "back\\sl", "o'neil", '"q"', "straße", "STRASSE",
    "istanbul", "İstan", "ΔΟΣ", "οδος", "zz", "z", "vpc zz", "nothing-such", "=", "owner=", "owner=Olga", "owner=Otto",
    "owner=x", "team=a%", "cdef owner=", "a=", "a=b", "arn:aws:ec2", "333333333333", "",
)  # fmt: skip


def test_words_find_what_the_plain_condition_finds(world: World) -> None:
    tags: tuple[dict[str, str], ...] = ({"owner": "Olga", "a": "b"}, {"team": "a%"}, {})
    for account in (world.ours, world.theirs):
        there = [made(account, "vpc", name, tags[n % 3], VpcId=name) for n, name in enumerate(NAMES)]
        record(account, [*there, made(account, "vpc", "gone-cdef", VpcId="g")])
        for number in (1, 2):
            record(account, there, at=number)
    for person in (world.executive, world.owner):
        scope = Scope.of(person, world.organization)
        for text in WORDS:
            plain = query.resources(scope).filter(matching(text))
            expected = list(plain.order_by("name", "arn", "resource_id").values_list("resource_id", "type"))
            assert query.search_resources(scope, text) == query.ResourceMatches(expected, is_partial=False), text
            quick = query.resource_identities(scope).filter(query.match_words(text))  # as tables of a type ask
            assert set(quick.values_list("pk", "type")) == set(expected), text
            left = query.gone_resources(scope).filter(*(matching(word) for word in text.split() if "=" not in word))
            gone, is_partial = query.search_gone_resources(query.gone_resources(scope), text)
            assert "=" in text or (set(gone) == set(left) and not is_partial), text
    scope = Scope.of(world.owner, world.organization)
    assert len(query.search_resources(scope, "vpc").found) == len(NAMES)  # the owner's own
    assert getattr(search.exact(scope, "100%-safe"), "account_id", None) == world.ours.pk
    assert search.exact(Scope.of(world.executive, world.organization), "100%-safe") is None  # there are two
    assert search.exact(scope, "cdef") is None


def test_words_of_the_past_find_what_stood_then_however_it_is_called_since(world: World) -> None:
    tags: tuple[dict[str, str], ...] = ({"owner": "Olga", "a": "b"}, {"team": "a%"}, {})

    def there(account: AwsAccount, turn: int, kept: int = 1) -> list[Resource]:
        """Return resources with other names in each round, some of them missing."""
        names = [*NAMES[turn:], *NAMES[:turn]]
        called = [
            replace(made(account, "vpc", f"v-{n}", tags[(n + turn) % 3], VpcId="v"), name=name)
            for n, name in enumerate(names)
        ]
        return called[::kept]

    days = [(0, 0, 1), (1, 1, 1), (2, 1, 2), (3, 1, 2), (4, 5, 1), (5, 5, 1), (6, 6, 3), (7, 6, 3)]
    for account in (world.ours, world.theirs):
        for at, turn, kept in days:
            record(account, there(account, turn, kept), at=at)
    for person in (world.executive, world.owner):
        for then in (None, *(day(each + 0.5) for each, _, _ in days), day(-1)):
            scope = Scope.of(person, world.organization, as_of=then)
            for text in (*WORDS, "v-3", "v-3 owner=", "vpc/v-1"):
                plain = query.resources(scope).filter(matching(text))
                expected = list(plain.order_by("name", "arn", "resource_id").values_list("resource_id", "type"))
                assert query.search_resources(scope, text) == query.ResourceMatches(expected, is_partial=False), (
                    then,
                    text,
                )
                if query.is_fully_indexed(text):
                    of_type = query.search_resources_of_type(scope, "AWS::EC2::VPC", text)
                    assert sorted(of_type) == sorted(pk for pk, _ in expected), (then, text)
    scope = Scope.of(world.owner, world.organization, as_of=day(0.5))
    for text, number in (("back\\slash", 3), ("zz", 9)):
        only = search.exact(scope, text)
        assert getattr(only, "arn", "").endswith(f"vpc/v-{number}"), text


def test_a_search_goes_by_its_indexes_and_says_where_it_stops(
    world: World, client: Client, tune: Tune, django_assert_max_num_queries: Any
) -> None:
    record(world.ours, [made(world.ours, "vpc", f"web-{n}", {"owner": "Olga"}, VpcId="v") for n in range(9)])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    for text in ("web-1", "web-1 vpc owner=Olga"):
        assert "resource_by_words" in StoredResource.objects.filter(query.match_words(text)).explain(), text
    assert "versions_by_tags" in StoredVersion.objects.filter(tags__contains={"owner": "Olga"}).explain()
    tune(search_resources_max=4, search_past_resources_max=4)
    client.force_login(world.owner)
    for text, words in (
        ("web", "More than 4 resources"),
        ("we", "More than 4 resources"),
        ("owner=Olga", "More than 4 resources"),
        ("web owner=Otto", "Nothing found for “web owner=Otto” so far"),
        ("web-1 vpc", "1 resource"),
    ):
        for when in ({}, {"as_of": day(0.5).isoformat()}):
            with django_assert_max_num_queries(26):
                page = squeeze(client.get(reverse("inventory:search"), {"q": text, **when}).content.decode())
            assert words in page, (text, when)
            assert ("it stopped after 4 resources" in page) is (text != "web-1 vpc"), (text, when)
    tune(search_gone_resources_max=4)
    for number in (1, 2):
        record(world.ours, [made(world.ours, "vpc", "web-8", VpcId="v")], at=number)
    for text, is_partial in (("web", True), ("web-1", False)):
        page = client.get(reverse("inventory:search"), {"q": text}).content.decode()
        assert ("some of many: more words find the latest" in page) is is_partial, text
        assert ("at most 12, latest first" in page) is not is_partial, text
    record(world.ours, [made(world.ours, "vpc", f"web-{n}", {"owner": "Olga"}, VpcId="v") for n in range(9)], at=3)
    assert "_tags_idx" in ClosedVersion.objects.filter(tags__contains={"owner": "Olga"}).explain()
    for text, there in (("web", range(9)), ("eb-1", [1])):
        asked = {"type": "AWS::EC2::VPC", "q": text}
        table = client.get(reverse("inventory:table"), asked).content.decode()
        assert [n for n in range(9) if f"vpc/web-{n}" in table] == list(there)


def test_a_database_user_who_may_not_make_the_extension_is_told_what_to_do() -> None:
    trigrams = CreateTrigramExtension()
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE; CREATE ROLE visitor; SET LOCAL ROLE visitor")
    with (
        connection.schema_editor(atomic=False) as editor,
        pytest.raises(CommandError, match="let an administrator run"),
    ):
        trigrams.database_forwards("history", editor, None, None)
