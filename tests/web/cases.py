"""Cases that every list page and every detail page must pass.

Inherit one, say what the page is, and fill it.

class TestFindings(ListPageCases):
    url = "/findings/?group=none"
    max_queries = 20
    filters = (("severity", "3"),)

    def fill(self, world: World, size: int) -> None:
        record(world.ours, [volume(f"vol-{number}") for number in range(size)])
        record(world.theirs, [volume(f"their-{number}") for number in range(size)])

A case that a page cannot have is overridden with the reason in its docstring.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.web.world import World

FEW, MANY = 2, 12
"""Rows of each account, for which a page may run the same number of queries."""

MaxQueries = Callable[[int], CaptureQueriesContext]


def with_query(url: str, **query: Any) -> str:
    """Return a URL with more parameters."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url


def get(client: Client, url: str) -> Any:
    """Return a page that must be there."""
    response = client.get(url)
    assert response.status_code == 200, url
    return response


@pytest.mark.django_db
class PageCases:
    """What holds for lists and details alike.

    `fill` is given the rows that each account has.
    """

    max_queries: ClassVar[int]
    """At most so many queries, right after a sweep."""

    def fill(self, world: World, size: int) -> Any:
        """Record `size` more rows in each of `world.ours` and `world.theirs`."""
        raise NotImplementedError

    def page_url(self, world: World) -> str:
        """Return the URL of the page, once it is filled."""
        raise NotImplementedError

    @pytest.fixture
    def admin(self, world: World, client: Client) -> Client:
        """A client that is logged in as an admin."""
        client.force_login(world.admin)
        return client

    def test_people_who_are_not_logged_in_are_sent_to_the_login(self, world: World, client: Client) -> None:
        self.fill(world, FEW)
        response = client.get(self.page_url(world))
        assert response.status_code == 302
        assert "login" in response["Location"]

    def test_an_account_of_somebody_else_in_the_url_is_not_found(self, world: World, client: Client) -> None:
        self.fill(world, FEW)
        url = self.page_url(world)
        client.force_login(world.owner)
        assert client.get(with_query(url, account=world.ours.account_id)).status_code == 200
        assert client.get(with_query(url, account=world.theirs.account_id)).status_code == 404

    def test_more_rows_take_no_more_queries(
        self, world: World, admin: Client, django_assert_max_num_queries: MaxQueries
    ) -> None:
        self.fill(world, FEW)
        url = self.page_url(world)
        get(admin, url)  # what is cached once per process does not count
        self.fill(world, MANY)
        cache.clear()
        with django_assert_max_num_queries(self.max_queries):
            get(admin, url)

    def test_the_page_has_one_heading_and_keeps_the_scope_in_its_breadcrumbs(self, world: World, admin: Client) -> None:
        self.fill(world, FEW)
        text = get(admin, with_query(self.page_url(world), account=world.ours.account_id)).content.decode()
        assert text.count("<h1") == 1
        crumbs = text.partition('aria-label="Breadcrumbs"')[2].partition("</nav>")[0]
        links = [part.partition('"')[0] for part in crumbs.split('href="')[1:]]
        assert all(f"account={world.ours.account_id}" in link for link in links)


class ListPageCases(PageCases):
    """Cases of a page that is a `TablePage`."""

    url: ClassVar[str]
    filters: ClassVar[Sequence[tuple[str, str]]] = ()
    """Filters with a value that some of the rows have."""

    def page_url(self, world: World) -> str:
        return self.url

    def rows(self, client: Client, url: str) -> list[Any]:
        """Return the records that the first page of the list shows."""
        return [row.record for row in get(client, url).context["table"].paginated_rows]

    def account_of(self, record: Any) -> Any:
        """Return the primary key of the account that a record belongs to."""
        return record.account_id

    def test_owners_see_the_rows_of_their_accounts_alone(self, world: World, client: Client) -> None:
        self.fill(world, FEW)
        seen = {}
        for person in (world.owner, world.stranger, world.admin):
            client.force_login(person)
            seen[person.username] = {self.account_of(row) for row in self.rows(client, self.url)}
        assert seen == {"olga": {world.ours.pk}, "otto": {world.theirs.pk}, "ada": {world.ours.pk, world.theirs.pk}}

    def test_the_scope_narrows_the_rows(self, world: World, admin: Client) -> None:
        self.fill(world, FEW)
        found = self.rows(admin, with_query(self.url, account=world.theirs.account_id))
        assert {self.account_of(row) for row in found} == {world.theirs.pk}

    @pytest.mark.parametrize("export", ["csv", "json"])
    def test_the_export_has_as_many_rows_as_the_list(self, export: str, world: World, admin: Client) -> None:
        self.fill(world, FEW)
        for query in ({}, *({name: value} for name, value in self.filters)):
            url = with_query(self.url, **query)
            number = get(admin, url).context["table"].paginator.count
            text = get(admin, with_query(url, export=export)).getvalue().decode()
            exported = json.loads(text) if export == "json" else list(csv.reader(io.StringIO(text)))[1:]
            assert len(exported) == number > 0

    def test_an_export_that_does_not_exist_is_refused(self, world: World, admin: Client) -> None:
        assert admin.get(with_query(self.url, export="pdf")).status_code == 400

    def test_filters_stay_in_the_url_of_every_export_and_order(self, world: World, admin: Client) -> None:
        self.fill(world, FEW)
        for name, value in self.filters:
            response = get(admin, with_query(self.url, **{name: value}))
            assert [value] == response.context["filters"].data.getlist(name)
            assert response.context["filters"].chips(), name
            text = response.content.decode().replace("&amp;", "&")
            links = [part.partition('"')[0] for part in text.split('href="')[1:]]
            kept = [link for link in links if {"export", "sort"} & {key for key, _ in parse_qsl(urlsplit(link).query)}]
            assert kept
            assert all((name, value) in parse_qsl(urlsplit(link).query) for link in kept)

    def test_a_value_that_nothing_has_leaves_no_row(self, world: World, admin: Client) -> None:
        self.fill(world, FEW)
        for name, _ in self.filters:
            assert self.rows(admin, with_query(self.url, **{name: "nonsense"})) == []

    def test_without_rows_the_page_says_so(self, world: World, admin: Client) -> None:
        response = get(admin, self.url)
        assert list(response.context["table"].paginated_rows) == []
        assert 'class="pl-empty' in response.content.decode()


class DetailPageCases(PageCases):
    """Cases of a page that is a `DetailPage`."""

    missing_url: ClassVar[str]
    """The same page of something that is not there."""

    def test_those_who_may_see_the_thing_see_the_page(self, world: World, client: Client) -> None:
        self.fill(world, FEW)
        for person in (world.owner, world.executive, world.admin):
            client.force_login(person)
            get(client, self.page_url(world))

    def test_what_does_not_exist_is_not_found(self, world: World, admin: Client) -> None:
        self.fill(world, FEW)
        assert admin.get(self.missing_url).status_code == 404

    def test_a_detail_page_refuses_exports_of_lists(self, world: World, admin: Client) -> None:
        self.fill(world, FEW)
        assert admin.get(with_query(self.page_url(world), export="csv")).status_code == 400

    def test_a_detail_page_is_only_read(self, world: World, admin: Client) -> None:
        self.fill(world, FEW)
        assert admin.post(self.page_url(world)).status_code == 405


class AccountDetailPageCases(DetailPageCases):
    """Cases of a page about one thing in `world.ours`."""

    def test_the_owner_of_another_account_gets_not_found(self, world: World, client: Client) -> None:
        self.fill(world, FEW)
        url = self.page_url(world)
        client.force_login(world.stranger)
        assert client.get(url).status_code == 404

    def test_outside_the_chosen_account_it_is_not_found(self, world: World, admin: Client) -> None:
        self.fill(world, FEW)
        assert admin.get(with_query(self.page_url(world), account=world.theirs.account_id)).status_code == 404
