"""The scope of a page, as its URL says it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import Http404, HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import Organization, User
from posture.history.models import Snapshot
from posture.web.parameters import moment
from posture.web.scoping import here_with, requested_scope, scope_of, scope_query, url_in_scope
from tests.web.world import World


def request_of(user: User, **query: Any) -> HttpRequest:
    """Return a GET of the overview by a user."""
    request = RequestFactory().get("/findings/", query)
    request.user = user
    return request


def test_without_parameters_it_is_the_organization_now(world: World) -> None:
    what = requested_scope(request_of(world.executive))
    assert (what.organization, what.unit, what.account, what.as_of) == (world.organization, None, None, None)
    assert what.name == "All accounts"


def test_an_account_brings_its_organization(world: World) -> None:
    scope = scope_of(request_of(world.owner, account=world.ours.account_id))
    assert (scope.organization, scope.account) == (world.organization, world.ours)


def test_a_unit_holds_what_the_person_sees_of_it(world: World) -> None:
    scope = scope_of(request_of(world.owner, ou="r-1"))
    assert list(scope.account_pks) == [world.ours.pk]


@pytest.mark.parametrize("query", [{"account": "333333333333"}, {"ou": "ou-2"}, {"org": "77"}, {"org": "x" * 50}])
def test_what_is_not_visible_does_not_exist(world: World, query: dict[str, str]) -> None:
    with pytest.raises(Http404):
        requested_scope(request_of(world.owner, **query))


def test_a_date_means_its_end() -> None:
    assert moment("2026-03-01") == datetime(2026, 3, 1, 23, 59, 59, 999999, UTC)
    assert moment("2026-03-01T10:00:00") == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_today_and_later_mean_now() -> None:
    assert moment(timezone.now().date().isoformat()) is None
    assert moment("2999-01-01") is None


@pytest.mark.parametrize("query", [{"as_of": "yesterday"}, {"compare": "last week"}, {"as_of": "2026-13-01"}])
def test_a_date_that_is_none_is_said_and_left_out(world: World, query: dict[str, str]) -> None:
    what = requested_scope(request_of(world.executive, **query))
    assert len(what.warnings) == 1
    assert "write it as 2026-10-27" in what.warnings[0]
    assert (what.as_of, what.compare) == (None, "30")


def test_days_count_back_from_what_is_looked_at(world: World) -> None:
    scope = scope_of(request_of(world.executive, as_of="2026-03-31", compare="7"))
    assert scope.as_of is not None
    assert scope.as_of - scope.compare_to == timedelta(days=7)


def test_the_previous_sweep_is_the_one_before_the_last(world: World) -> None:
    times = [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 8, 15)]
    for at in times:
        Snapshot.objects.create(
            organization=world.organization, as_of=at, state=Snapshot.State.COMPLETE, trigger="schedule"
        )
    assert scope_of(request_of(world.executive, compare="sweep")).compare_to == times[1]
    assert scope_of(request_of(world.executive, compare="sweep", as_of="2026-03-10")).compare_to == times[0]


def test_links_carry_the_scope_and_nothing_else(world: World) -> None:
    request = request_of(world.owner, account="222222222222", as_of="2026-03-01", severity="4", page="3")
    assert scope_query(request) == {"account": "222222222222", "as_of": "2026-03-01"}
    assert url_in_scope(request, "dashboard:overview", q="a b") == "/?account=222222222222&as_of=2026-03-01&q=a+b"
    assert url_in_scope(request, "dashboard:overview", account="") == "/?as_of=2026-03-01"


def test_this_page_changed_keeps_its_filters_and_goes_to_the_first_page(world: World) -> None:
    request = request_of(world.owner, severity=["4", "3"], page="3")
    assert here_with(request, sort="-age") == "/findings/?severity=4&severity=3&sort=-age"
    assert here_with(request, severity=["4"]) == "/findings/?severity=4"


def other(name: str, number: int, state: str = "connected") -> Organization:
    """Return another organization next to the world's."""
    return Organization.objects.create(name=name, root_account_id=f"{number:012}", state=state)


def test_a_draft_is_nobodys_default(world: World) -> None:
    draft = other("A draft", 1, "draft")
    for user in (world.admin, world.executive, world.owner):
        assert requested_scope(request_of(user)).organization == world.organization
    assert requested_scope(request_of(world.admin, org=draft.pk)).organization == draft
    world.admin.refresh_from_db()
    assert requested_scope(request_of(world.admin)).organization == world.organization, "nor is it remembered"
    with pytest.raises(Http404):
        requested_scope(request_of(world.executive, org=draft.pk))


def test_a_draft_is_what_an_admin_sees_where_there_is_no_other(world: World) -> None:
    Organization.objects.update(state="draft")
    assert requested_scope(request_of(world.admin)).organization == world.organization
    assert requested_scope(request_of(world.executive)).organization is None


def test_the_default_was_swept_last(world: World) -> None:
    busy, old = other("Zebra", 1), other("Aardvark", 2)
    for organization, days in ((busy, 1), (world.organization, 5)):
        at = timezone.now() - timedelta(days=days)
        Snapshot.objects.create(organization=organization, as_of=at, state="complete", trigger="schedule")
    Snapshot.objects.create(organization=old, as_of=timezone.now(), trigger="schedule")
    assert requested_scope(request_of(world.executive)).organization == busy
    Organization.objects.filter(pk=busy.pk).update(state="paused")
    assert requested_scope(request_of(world.executive)).organization == world.organization


def test_what_a_person_chose_last_is_the_persons_default(world: World) -> None:
    chosen = other("Zebra", 1)
    requested_scope(request_of(world.executive, org=chosen.pk))
    again = User.objects.get(pk=world.executive.pk)
    assert requested_scope(request_of(again)).organization == chosen
    assert requested_scope(request_of(world.admin)).organization == world.organization, "each has one of their own"
    Organization.objects.filter(pk=chosen.pk).update(state="draft")
    assert requested_scope(request_of(User.objects.get(pk=again.pk))).organization == world.organization
