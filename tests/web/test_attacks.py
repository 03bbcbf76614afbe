"""Hostile names and queries in the palette, saved views, undo and chart files."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from posture.core.resource import Resource
from posture.history.models import FindingRecord, Triage
from posture.pages.findings import saved_views
from posture.pages.findings.models import SavedView
from tests.findings.samples import record, volume
from tests.web import story
from tests.web.world import World

LIST, VIEWS, UNDO = "/findings/", "/findings/views/", "/findings/undo/"
NAME = "url(http://203.0.113.9/x) </svg><script>alert(1)</script><image href='file:///etc/passwd'/>&lol; \u202eevil"


def signed_in(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "name", ["within", "account", "check", "type", "owner", "tag", "practice", "group", "sort", "q"]
)
@pytest.mark.parametrize("value", ["a%00b", "%FF", "9" * 40, "x" * 1900])
def test_a_hostile_query_of_a_view_breaks_no_list(world: World, name: str, value: str) -> None:
    admin = signed_in(world.admin)
    answer = admin.post(VIEWS, {"name": "Odd", "query": f"{name}={value}", "is_shared": "1"})
    assert answer.status_code in {302, 422}
    for client in (admin, signed_in(world.owner)):
        assert client.get(f"{LIST}?view=all").status_code == 200
        assert client.get(VIEWS).status_code == 200
        for view in SavedView.objects.all():
            assert client.get(reverse("findings:view", args=[view.pk]), follow=True).status_code == 200


@pytest.mark.parametrize("name", ["\u200b", "\u2060\ufeff", "\u3164", "\u2800", "\u00ad", "\u061c", "\U000e0041"])
def test_a_view_has_a_name_that_can_be_seen(world: World, name: str) -> None:
    assert signed_in(world.owner).post(VIEWS, {"name": name, "query": ""}).status_code == 422


def test_names_that_look_the_same_are_the_same(world: World) -> None:
    owner = signed_in(world.owner)
    assert owner.post(VIEWS, {"name": "Mine", "query": ""}).status_code == 302
    for name in ("Mi\u200bne", "Mine\u061c", "\ufeffMine", "M\u00adine"):
        assert owner.post(VIEWS, {"name": name, "query": ""}).status_code == 422, ascii(name)
    joined = "\u0646\u200c\u0647 \U0001f469\u200d\U0001f680"
    assert owner.post(VIEWS, {"name": joined, "query": ""}).status_code == 302
    assert SavedView.objects.filter(name=joined).exists(), "joiners are part of words"


def test_undo_keeps_the_limit_of_views(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "VIEWS_MAX", 1)
    owner = signed_in(world.owner)
    owner.post(VIEWS, {"name": "One", "query": ""})
    owner.post(reverse("findings:view", args=[SavedView.objects.get().pk]), {"act": "delete"})
    owner.post(VIEWS, {"name": "Two", "query": ""})
    page = owner.post(UNDO, follow=True)
    assert "There are 1 views already" in page.content.decode()
    assert SavedView.objects.filter(deleted_at=None).count() == 1


def test_a_view_is_shared_back_by_nobody_who_is_no_admin_any_more(world: World) -> None:
    admin = signed_in(world.admin)
    admin.post(VIEWS, {"name": "All", "query": "", "is_shared": "1"})
    admin.post(reverse("findings:view", args=[SavedView.objects.get().pk]), {"act": "delete"})
    User.objects.filter(pk=world.admin.pk).update(role="executive")
    assert admin.post(UNDO).status_code == 403
    assert SavedView.objects.get().deleted_at


def decided(world: World, client: Client, assignee: User | None = None) -> FindingRecord:
    record(world.ours, [volume("vol-1")])
    found = FindingRecord.objects.get(check_id="ec2_volume_encrypted")
    url = reverse("findings:triage", args=[found.finding_id])
    if assignee:
        client.post(url, {"decision": "assign", "assign-assignee": assignee.pk})
    client.post(url, {"decision": "false_positive", "false_positive-reason": "No."})
    assert Triage.objects.get().state == Triage.State.FALSE_POSITIVE
    return found


def test_undo_is_refused_to_who_lost_the_role_or_the_account(world: World) -> None:
    owner = signed_in(world.owner)
    decided(world, owner)
    User.objects.filter(pk=world.owner.pk).update(role="executive")
    assert owner.post(UNDO).status_code in {302, 403}
    assert Triage.objects.get().state == Triage.State.FALSE_POSITIVE


def test_undo_of_another_and_a_second_one_change_nothing(world: World) -> None:
    admin, owner = signed_in(world.admin), signed_in(world.owner)
    decided(world, admin)
    owner.post(UNDO)
    assert Triage.objects.get().state == Triage.State.FALSE_POSITIVE
    admin.post(UNDO)
    assert not Triage.objects.exists()
    decided(world, owner)
    admin.post(UNDO)
    assert Triage.objects.exists(), "spent"


def test_undo_gives_a_finding_back_to_nobody_who_is_gone(world: World) -> None:
    admin = signed_in(world.admin)
    gone = User.objects.create(username="gone", role="admin")
    record(world.ours, [volume("vol-1")])
    url = reverse("findings:triage", args=[FindingRecord.objects.get(check_id="ec2_volume_encrypted").finding_id])
    for person in (gone, world.admin):
        admin.post(url, {"decision": "assign", "assign-assignee": person.pk})
        assert Triage.objects.get().assignee == person
    gone.delete()
    assert admin.post(UNDO).status_code == 302
    connection.check_constraints()
    assert Triage.objects.get().assignee is None


@pytest.mark.parametrize(
    "name", ["web:opened", "web:dismiss_tour", "web:switch_shortcuts", "findings:undo", "findings:views"]
)
def test_what_changes_something_needs_a_token_and_a_post(world: World, name: str) -> None:
    client = signed_in(world.owner, enforce_csrf_checks=True)
    assert client.post(reverse(name), {"key": "page:drift", "name": "x"}).status_code == 403
    before = User.objects.filter(pk=world.owner.pk).values().get()
    client.get(reverse(name), {"key": "page:drift", "name": "x", "on": "1"})
    after = User.objects.filter(pk=world.owner.pk).values().get()
    assert {**before, "last_login": None} == {**after, "last_login": None}
    assert not SavedView.objects.exists()


QUERIES = ["a " * 5000, " ".join(map(str, range(3000))), "%" * 200, "_" * 200, "\\" * 199, ".*" * 100, "(a+)+$" * 30]
QUERIES += [
    "\u202e" * 50,
    "\ufdfa" * 200,
    "\u0130" * 200,
    "\uffff",
    "=1+1",
    "a:b:c=d=e",
    "10.0.0.0/0",
    "::ffff:1.2.3.4/9",
]


@pytest.mark.parametrize("text", QUERIES)
def test_a_hostile_search_ends_in_time(world: World, text: str) -> None:
    record(world.ours, [volume("vol-1")])
    client = signed_in(world.owner)
    begun = time.monotonic()
    assert client.get(reverse("web:palette"), {"q": text}).status_code in {200, 400}
    assert time.monotonic() - begun < 5


def test_hostile_names_in_the_palette_are_text_and_short(world: World) -> None:
    arn = "arn:aws:ec2:eu-central-1:222222222222:volume/vol-7"
    long = f"needle {NAME}{'x' * 10_000}"
    record(world.ours, [Resource("AWS::EC2::Volume", arn, "", "eu-central-1", long, {"Encrypted": False})])
    html = signed_in(world.owner).get(reverse("web:palette"), {"q": "needle"}).content.decode()
    assert "needle" in html
    assert "<script" not in html
    assert "<image" not in html
    assert 'dir="auto"' in html, "what turns the direction ends with the name"
    assert len(html) < 60_000


def test_findings_of_several_kinds_are_listed(world: World) -> None:
    """More findings than kinds of them, and more than one kind.

    The heading counts each.
    """
    story.record_story(world)
    for query in ("", "&sight=fail", "&within=222222222222", "&group=none"):
        assert signed_in(world.admin).get(f"{LIST}?view=all{query}").status_code == 200, query


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_with_hostile_names_is_a_file(world: World, theme: str) -> None:
    world.ours.name = NAME
    world.ours.save()
    record(world.ours, [volume("vol-1")])
    client = signed_in(world.admin)
    page = client.get("/").content.decode()
    pictures = sorted(set(re.findall(r"\?picture=([\w-]+)&amp;export=png", page)))
    assert pictures
    for one in pictures:
        for export in ("png", "csv"):
            answer = client.get("/", {"picture": one, "export": export, "theme": theme})
            assert answer.status_code == 200, (one, export, answer.content[:300])
            assert "no-store" in answer["Cache-Control"]
