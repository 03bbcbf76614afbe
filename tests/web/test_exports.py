"""Every export of the site holds plain values.

No markup that a page would draw, whatever its columns forget to say.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import django_tables2 as tables
import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLResolver, get_resolver, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from posture.core.gap import Gap, GapReason
from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.history.models import AccountSweep, GapRecord
from posture.pages.drift import groups
from posture.pages.drift.models import DigestMail
from posture.web.columns import NumberColumn
from posture.web.exports import csv_chunks
from posture.web.lists import TablePage
from posture.web.tables import Table
from tests.containers.resources import repository, service
from tests.history.world import sweep
from tests.identity.test_centers import assigned
from tests.identity.test_pages import identities
from tests.manifests.uploading import record as upload
from tests.web import story
from tests.web.access import matrix
from tests.web.world import World

MARKUP = re.compile(r"</?[a-z]|&(?:[a-z]+|#x?\w+);")
MATRIX = matrix()
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "findings:list": [{}, {"group": "check"}],
    "drift:list": [{"kind": kind} for kind in groups.KINDS],
    "drift:fixing": [{}, {"group": "severity"}],
    "practices:framework": [{"framework_id": "cis_aws_7"}],
    "inventory:table": [{"type": story.VOLUME}, {"type": "AWS::S3::Bucket"}],
}
"""Arguments and parameters with which a page shows another table, or other columns."""
REGION = story.REGION


def pages(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """Yield the name of each URL whose page is a table with an export."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from pages(entry, ":".join(part for part in (namespace, entry.namespace) if part))
        elif issubclass(getattr(entry.callback, "view_class", object), TablePage):
            yield f"{namespace}:{entry.name}"


@pytest.fixture
def recorded(world: World) -> World:
    """The story, and of all other tables something that its page would mark.

    Unknown, unseen, late, refused.
    """
    story.record_story(world)
    now = timezone.now()
    rack = f"arn:aws:outposts:{REGION}:{world.ours.account_id}:outpost/op-1"
    vpc = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "IsDefault": False}
    hidden = Unknown("s3:GetBucketVersioning", "AccessDenied", "denied")
    bucket = {"Name": "b-1", "VersioningConfiguration": hidden}
    region = f"arn:aws:account::{world.theirs.account_id}:region/{REGION}"
    found = (
        Resource("AWS::Account::Region", region, "", REGION, REGION, {}),
        Resource("AWS::Outposts::Outpost", rack, "", REGION, "rack", {"OutpostId": "op-1", "OwnerId": "999999999999"}),
        Resource("AWS::EC2::VPC", f"arn:aws:ec2:{REGION}::vpc/vpc-1", "", REGION, "vpc-1", vpc),
        Resource("AWS::S3::Bucket", "arn:aws:s3:::b-1", "", REGION, "b-1", bucket),
        *(one for one in identities() if one.name in {"vendor", "ci"}),
        *(
            replace(one, account_id="")
            for one in (service(), repository(), assigned("admins", "222222222222", "platform"))
        ),
    )
    gap = Gap("", REGION, "AWS::EC2::Subnet", "ec2:DescribeSubnets", GapReason.DENIED, "AccessDenied")
    sweep(world.theirs, now, found, (gap,), regions=(REGION,), swept_types=[one.type for one in found])
    upload(world.ours)
    GapRecord.objects.update(request_id="r-1")
    AccountSweep.objects.update(gap_count=1)
    DigestMail.objects.create(
        user=world.owner, organization=world.organization, every="week", since=now - timedelta(days=7), until=now
    )
    return world


@pytest.mark.django_db
def test_every_export_holds_plain_values(recorded: World, client: Client) -> None:
    client.force_login(recorded.admin)
    names = sorted(pages(get_resolver()))
    assert len(names) > 9
    for name in names:
        for given in variants(name, recorded):
            rows = exported(client, name, given)
            assert len(rows) > 1 or name == "drift:list", f"{name} {given} shows nothing to look at"
            marked = [cell for row in rows for cell in row if MARKUP.search(cell)]
            assert marked == [], f"{name} {given}"


@pytest.mark.django_db
def test_json_holds_what_csv_does(recorded: World, client: Client) -> None:
    client.force_login(recorded.admin)
    for name in sorted(pages(get_resolver())):
        for given in variants(name, recorded):
            url, query = address(name, given)
            answer = client.get(url, {**query, "export": "json"})
            assert answer["Content-Type"] == "application/json"
            assert answer["Content-Disposition"].endswith('.json"')
            rows = json.loads(answer.getvalue())
            assert isinstance(rows, list)
            assert len(rows) == len(exported(client, name, given)) - 1, f"{name} {given}"
            assert not MARKUP.search(json.dumps(rows)), f"{name} {given}"


@pytest.mark.django_db
def test_what_is_no_export_is_refused_in_a_sentence(recorded: World, client: Client) -> None:
    client.force_login(recorded.admin)
    for url, format_ in (("/findings/", "xml"), ("/", "json"), ("/", "csv"), ("/drift/", "json")):
        answer = client.get(url, {"export": format_})
        assert answer.status_code == 400, url
        assert answer["Content-Type"].startswith("text/plain")
        assert "export" in answer.content.decode()
    client.logout()
    assert client.get("/", {"export": "json"}).status_code == 302, "whoever is not logged in is recorded nothing"


@pytest.mark.django_db
def test_findings_are_exported_as_they_are_shown(recorded: World, client: Client) -> None:
    client.force_login(recorded.admin)
    for query, name, column in (({}, "findings-by-check-", "Accounts"), ({"group": "none"}, "findings-", "Resource")):
        page = client.get("/findings/", query)
        answer = client.get("/findings/", {**query, "export": "csv"})
        assert f'filename="{name}2' in answer["Content-Disposition"]
        head, *rows = csv.reader(io.StringIO(answer.getvalue().decode()))
        assert column in head
        assert len(rows) == page.context["table"].paginator.count
    grouped = client.get("/findings/").content.decode()
    assert "CSV by check" in grouped
    assert "CSV of each finding" in grouped
    assert "CSV by check" not in client.get("/findings/", {"group": "none"}).content.decode()


def variants(name: str, world: World) -> list[dict[str, Any]]:
    """Return the arguments and parameters that a page is asked for with."""
    return VARIANTS.get(name) or [dict(MATRIX[name].kwargs(world))]


def address(name: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the URL of a page and the parameters that are not part of it."""
    try:
        return reverse(name), given
    except NoReverseMatch:
        return reverse(name, kwargs=given), {}


def exported(client: Client, name: str, given: dict[str, Any]) -> list[list[str]]:
    """Return the rows of a page's export."""
    url, query = address(name, given)
    response = client.get(url, {**query, "export": "csv"})
    assert response.status_code == 200, f"{name} {given}"
    return list(csv.reader(io.StringIO(response.getvalue().decode())))


class Marked(Table):
    """Columns that forget to say what they export."""

    shown = tables.Column()
    number = NumberColumn()
    missing = tables.Column()

    def render_shown(self, value: str) -> SafeString:
        return format_html('<b title="why">{}</b>', value)

    def render_number(self, value: int) -> SafeString:
        return format_html("<i>about {}</i>", value)


def test_a_cell_that_only_a_page_words_comes_without_its_markup() -> None:
    table = Marked([{"shown": "a & <b>", "number": 1200}])
    assert list(csv.reader(io.StringIO("".join(csv_chunks(table)))))[1] == ["a & <b>", "1200", ""]
