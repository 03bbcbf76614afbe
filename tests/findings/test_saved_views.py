"""Saved views: access, content, and filters that are gone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from posture.pages.findings import saved_views
from posture.pages.findings.models import NAME_MAX, QUERY_MAX, DefaultView, SavedView
from tests.findings.samples import record, volume
from tests.tuning import Tune
from tests.web.world import World

LIST, VIEWS = "/findings/", "/findings/views/"
HOSTILE = "</a><script>alert(1)</script>"
TURNING = "a\u202eb\nc"


def require_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def save(client: Client, name: str, query: str = "severity=3", **more: str) -> Any:
    return client.post(VIEWS, {"name": name, "query": query, **more})


def act(client: Client, view: SavedView, what: str, **fields: str) -> Any:
    return client.post(reverse("findings:view", args=[view.pk]), {"act": what, **fields})


def text(client: Client, url: str) -> str:
    response = client.get(url, follow=True)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_view_keeps_filters_grouping_order_and_columns(world: World) -> None:
    owner = require_user(world.owner)
    query = "severity=4&severity=3&group=none&sort=-opened_at&column=reason&org=7&account=9&page=3&nonsense=1"
    answer = save(owner, "  Mine\tand   late ", query)
    view = SavedView.objects.get()
    assert (view.name, view.owner) == ("Mine and late", world.owner)
    assert view.query == "severity=4&severity=3&group=none&sort=-opened_at&column=reason"
    assert answer["Location"] == f"{LIST}?view={view.pk}&{view.query}"
    assert owner.get(reverse("findings:view", args=[view.pk]))["Location"] == answer["Location"]
    response = owner.get(answer["Location"])
    assert response.context["current_view"] == view
    assert not response.context["view_is_changed"]
    assert not response.context["view"].is_grouped
    assert "reason" in [column.name for column in response.context["table"].columns if column.visible]
    assert owner.get(f"{answer['Location']}&severity=2").context["view_is_changed"]


def test_the_columns_of_a_list_are_chosen(world: World) -> None:
    record(world.ours, [volume("vol-1")])

    def columns(query: str) -> list[str]:
        table = require_user(world.admin).get(f"{LIST}?group=none{query}").context["table"]
        return [column.name for column in table.columns]

    assert columns("") == [
        *("severity", "check_id", "resource_name", "account", "region", "opened_at", "state", "owner", "select")
    ]
    assert columns("&column=reason&column=owner&column=password") == [
        *("severity", "check_id", "resource_name", "reason", "owner", "select")
    ]


def test_a_private_view_is_its_owners_alone(world: World) -> None:
    save(require_user(world.owner), "Mine")
    view = SavedView.objects.get()
    for other in (world.stranger, world.executive, world.admin):
        client = require_user(other)
        assert "Mine" not in text(client, f"{LIST}?view=all") + text(client, VIEWS)
        assert client.get(reverse("findings:view", args=[view.pk])).status_code == 404
        for what in ("rename", "update", "share", "default", "delete"):
            assert act(client, view, what, name="Theirs", query="").status_code == 404
    view.refresh_from_db()
    assert (view.name, view.query, view.owner, view.deleted_at) == ("Mine", "severity=3", world.owner, None)
    assert not DefaultView.objects.exists()


def test_a_shared_view_is_everybodys_to_open_and_the_admins_to_change(world: World) -> None:
    admin = require_user(world.admin)
    assert save(require_user(world.executive), "Ours", is_shared="1").status_code == 403
    save(admin, "Ours", is_shared="1")
    view = SavedView.objects.get()
    assert view.is_shared
    for other in (world.owner, world.executive):
        client = require_user(other)
        assert "Ours" in text(client, f"{LIST}?view=all")
        for what in ("rename", "update", "share", "unshare", "delete"):
            assert act(client, view, what, name="Theirs", query="").status_code == 403
        assert act(client, view, "default").status_code == 302
    assert DefaultView.objects.count() == 2
    assert act(admin, view, "unshare").status_code == 302
    assert not DefaultView.objects.exists(), "nobody's list opens with what they may not see"
    assert "Ours" not in text(require_user(world.owner), f"{LIST}?view=all")
    assert act(admin, view, "share").status_code == 302
    assert SavedView.objects.get().is_shared


def test_an_owner_sees_of_a_shared_view_their_own_accounts_alone(world: World) -> None:
    record(world.ours, [volume("vol-ours")])
    record(world.theirs, [volume("vol-theirs")])
    saved_views.save(
        world.admin, world.organization, "All", f"group=none&within={world.theirs.account_id}", is_shared=True
    )
    view = SavedView.objects.get()
    page = text(require_user(world.owner), reverse("findings:view", args=[view.pk]))
    assert "vol-theirs" not in page
    assert "This view names the account 333333333333" in page
    assert "vol-theirs" in text(require_user(world.stranger), reverse("findings:view", args=[view.pk]))


def test_the_default_opens_where_nothing_is_asked_for_and_all_findings_are_a_click_away(world: World) -> None:
    record(world.ours, [volume("vol-1")])
    owner = require_user(world.owner)
    save(owner, "High", "severity=3", is_default="1")
    view = SavedView.objects.get()
    scope = f"account={world.ours.account_id}"
    assert owner.get(LIST)["Location"] == f"{LIST}?view={view.pk}&severity=3"
    assert owner.get(f"{LIST}?{scope}")["Location"] == f"{LIST}?{scope}&view={view.pk}&severity=3"
    page = text(owner, LIST)
    assert f'href="{LIST}?view=all">' in page
    assert "All findings" in page
    assert owner.get(f"{LIST}?view=all").status_code == 200
    assert owner.get(f"{LIST}?severity=2").status_code == 200
    assert require_user(world.admin).get(LIST).status_code == 200, "it is one person's default"
    # A filter that is taken off leaves the whole list, and not the default.
    chips = owner.get(f"{LIST}?severity=2").context["filters"].chips()
    assert owner.get(chips[0].url).status_code == 200
    assert act(owner, view, "no_default").status_code == 302
    assert owner.get(LIST).status_code == 200


def test_a_name_is_renamed_updated_and_taken_once(world: World) -> None:
    owner = require_user(world.owner)
    save(owner, "One")
    save(owner, "Two")
    one, two = SavedView.objects.order_by("pk")
    again = save(owner, "oNE", "severity=1")
    assert again.status_code == 422
    assert "There is a view named “oNE” already." in again.content.decode()
    assert 'value="severity=1"' in again.content.decode(), "what was to be saved is kept"
    refused = act(owner, two, "rename", name="one")
    assert refused.status_code == 422
    assert f'aria-describedby="view-error-{two.pk}"' in refused.content.decode()
    assert act(owner, two, "rename", name="Three").status_code == 302
    assert act(owner, one, "update", query="severity=4&org=1").status_code == 302
    assert [*SavedView.objects.order_by("pk").values_list("name", "query")] == [
        ("One", "severity=4"),
        ("Three", "severity=3"),
    ]
    assert save(require_user(world.stranger), "One").status_code == 302, "another person's names are their own"


@pytest.mark.parametrize("name", ["", "   ", "\u202e", "x" * (NAME_MAX + 1)])
def test_a_name_that_is_none_is_refused(world: World, name: str) -> None:
    assert save(require_user(world.owner), name).status_code == 422
    assert not SavedView.objects.exists()


def test_hostile_names_are_text(world: World) -> None:
    owner = require_user(world.owner)
    save(owner, HOSTILE)
    save(owner, TURNING, f"within={HOSTILE}&check={HOSTILE}")
    assert set(SavedView.objects.values_list("name", flat=True)) == {HOSTILE, "ab c"}
    for view in SavedView.objects.all():
        for page in (text(owner, VIEWS), text(owner, reverse("findings:view", args=[view.pk]))):
            assert "<script>alert" not in page
            assert "\u202e" not in page


def test_there_are_no_more_than_so_many_and_none_is_too_long(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "VIEWS_MAX", 2)
    owner = require_user(world.owner)
    assert save(owner, "Long", f"q={'x' * QUERY_MAX}").status_code == 422
    for name in ("One", "Two"):
        assert save(owner, name).status_code == 302
    refused = save(owner, "Three")
    assert refused.status_code == 422
    assert "There are 2 views already" in refused.content.decode()
    assert save(require_user(world.stranger), "One").status_code == 302
    admin = require_user(world.admin)
    for name in ("A", "B"):
        assert save(admin, name, is_shared="1").status_code == 302
    save(admin, "C")
    assert act(admin, SavedView.objects.get(name="C"), "share").status_code == 422


def test_a_view_whose_filters_are_gone_opens_and_says_so(world: World) -> None:
    owner = require_user(world.owner)
    query = "check=no_such_check&practice=no_such_practice&type=AWS::No::Such&within=999999999999"
    save(owner, "Old", query)
    view = SavedView.objects.get()
    # A filter that the code no longer has.
    SavedView.objects.update(query=f"{query}&colour=red")
    page = text(owner, reverse("findings:view", args=[view.pk]))
    for gone in ("no_such_check", "no_such_practice", "AWS::No::Such", "999999999999", "colour"):
        assert gone in page
    assert "which are gone or not in what you see here" in page
    assert "gone, or not in what you see here" in text(owner, VIEWS)


def test_a_deleted_view_comes_back_with_its_default(world: World) -> None:
    owner = require_user(world.owner)
    save(owner, "Mine", is_default="1")
    view = SavedView.objects.get()
    assert act(owner, view, "delete").status_code == 302
    page = text(owner, VIEWS)
    assert "The view “Mine” was deleted." in page
    assert "You have saved no view yet" in page
    assert "was deleted" not in text(owner, VIEWS), "the way back is offered once"
    assert owner.get(LIST).status_code == 200, "a deleted default is none"
    assert require_user(world.admin).post("/findings/undo/").status_code == 302
    assert SavedView.objects.get().deleted_at, "nobody else brings it back"
    assert "The view “Mine” is back." in owner.post("/findings/undo/", follow=True).content.decode()
    assert owner.get(LIST)["Location"] == f"{LIST}?view={view.pk}&severity=3"


def test_what_was_deleted_a_day_ago_is_gone_for_good(world: World) -> None:
    owner = require_user(world.owner)
    for name in ("One", "Two"):
        save(owner, name)
    one, two = SavedView.objects.order_by("pk")
    act(owner, one, "delete")
    SavedView.objects.filter(pk=one.pk).update(deleted_at=timezone.now() - timedelta(days=2))
    act(owner, two, "delete")
    assert [*SavedView.objects.values_list("pk", flat=True)] == [two.pk]


@pytest.mark.parametrize("large", [0, 50])
def test_tabs_count_what_the_views_show(world: World, tune: Tune, large: int) -> None:
    tune(cached_scope_min_accounts=large)
    record(world.ours, [volume(f"vol-{number}") for number in range(3)])
    record(world.theirs, [volume("vol-9")])
    for name, query in (("All", ""), ("Ours", f"within={world.ours.account_id}"), ("Found", "q=vol-9")):
        saved_views.save(world.admin, world.organization, name, query, is_shared=True)
    for user in (world.admin, world.owner):
        client = require_user(user)
        for _ in range(2):  # read, and kept
            tabs = client.get(f"{LIST}?view=all").context["tabs"]
            counts = {tab.name: tab.count for tab in tabs}
            assert counts.pop("Found") is None, "a search is not counted ahead"
            for tab in tabs:
                if tab.name in counts:
                    listed = client.get(f"{tab.url}&group=none").context["table"].paginator.count
                    assert tab.count == listed, (user, tab)
        cache.clear()


def test_saving_and_opening_a_view_by_hand(
    transactional_db: None, log_in: Callable[[Any], Page], live: str, axe: Callable[[Page], None]
) -> None:
    from tests.web.world import build

    world = build()
    record(world.ours, [volume("vol-1"), volume("vol-2")])
    page = log_in(world.admin)
    page.goto(f"{live}{LIST}?severity=3")
    page.locator("#views-save > summary").click()
    axe(page)
    page.get_by_role("textbox", name="Name", exact=True).fill("High ones")
    page.get_by_label("Open Findings with this view").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".pl-views-tabs [aria-current]")).to_contain_text("High ones")
    page.get_by_role("navigation", name="Areas").get_by_role("link", name="Findings").click()
    expect(page).to_have_url(re.compile("severity=3"))
    page.get_by_role("link", name="Remove Severity: High").click()
    expect(page.get_by_role("button", name="Update “High ones”")).to_be_visible()
    page.get_by_role("link", name="Manage views").click()
    page.get_by_text("Rename, share or delete").click()
    axe(page)
    page.get_by_role("button", name="Delete this view").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="is back")).to_be_visible()
