"""Lists of manifests hold what every list holds; figures lead to what they count."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.test.utils import CaptureQueriesContext

from posture.history.models import FindingRecord
from posture.history.triage import call_false_positive
from posture.manifests.models import ManifestSource, ManifestUpload
from tests.manifests.uploading import WEB, an_object, keep, record
from tests.web.cases import AccountDetailPageCases, ListPageCases, get
from tests.web.world import World

MaxQueries = Callable[[int], CaptureQueriesContext]
AT_ONCE = 4


def many(size: int) -> str:
    """Return a file with so many workloads, config maps and secrets."""
    names = (("name: web,", "name: web-{},"), ("name: settings", "name: s-{}"), ("name: db", "name: db-{}"))
    found = []
    for at in range(size):
        text = WEB
        for before, after in names:
            text = text.replace(before, after.format(at))
        found.append(text)
    return "---\n".join(found)


class TestSources(ListPageCases):
    """The list of sources."""

    url = "/manifests/"
    max_queries = 16

    def fill(self, world: World, size: int) -> None:
        known = ManifestSource.objects.count()
        for account in (world.ours, world.theirs):
            for at in range(min(size, AT_ONCE)):
                record(account, name=f"source-{known + at}")

    def account_of(self, record: Any) -> Any:
        return record.source.account_id

    def test_without_rows_the_page_says_so(self, world: World, admin: Client) -> None:
        """Without a source there is no table, and the page shows how to begin."""
        assert "No manifests yet" in get(admin, self.url).content.decode()


class TestObject(AccountDetailPageCases):
    """The page of an object."""

    missing_url = "/manifests/objects/1/"
    max_queries = 14

    def fill(self, world: World, size: int) -> None:
        for account in (world.ours, world.theirs):
            record(account, many(size))

    def page_url(self, world: World) -> str:
        found = an_object(ManifestUpload.objects.filter(source__account=world.ours).latest("pk"))
        return f"/manifests/objects/{found.pk}/"

    def test_more_rows_take_no_more_queries(
        self, world: World, admin: Client, django_assert_max_num_queries: MaxQueries
    ) -> None:
        """Each upload gives an object another address."""
        for size in (2, 12):
            self.fill(world, size)
            url = self.page_url(world)
            cache.clear()
            with django_assert_max_num_queries(self.max_queries):
                get(admin, url)


@pytest.mark.django_db
def test_more_objects_take_no_more_queries(
    world: World, client: Client, django_assert_max_num_queries: MaxQueries
) -> None:
    client.force_login(world.admin)
    for size in (2, 12):
        upload = record(world.ours, many(size))
        preview = keep(world.ours, many(size))
        cache.clear()
        get(client, f"/manifests/{upload.source_id}/")
        cache.clear()
        with django_assert_max_num_queries(26):
            get(client, f"/manifests/{upload.source_id}/")
        with django_assert_max_num_queries(22):
            get(client, f"/manifests/uploads/{preview.pk}/")


def links(text: str, label: str) -> list[str]:
    """Return the links in the figure of a label."""
    figure = text.partition(f"<dt>{label}</dt>")[2].partition("</div>")[0]
    return [unescape(one) for one in re.findall(r'href="([^"]+)"', figure)]


@pytest.mark.django_db
def test_open_findings_are_those_of_the_list_behind_them(world: World, client: Client) -> None:
    client.force_login(world.admin)
    source = record(world.ours).source
    record(world.ours, name=f"{source.name}-2")
    decided = FindingRecord.objects.filter(resource_arn__startswith=f"{source.home}/", status="fail").first()
    assert decided is not None
    call_false_positive(world.admin, decided, "Not so.")
    page = get(client, f"/manifests/{source.pk}/")
    numbers = [page.context["open"], *(number for _, number in page.context["severities"])]
    for url, number in zip(links(page.content.decode(), "Open findings"), numbers, strict=True):
        assert get(client, url).context["table"].paginator.count == number, url
    objects = links(page.content.decode(), "Pod Security Standard")
    assert [get(client, url).context["table"].paginator.count for url in objects] == [1]
