"""The overview: score, trend, what to fix first, and what is unseen."""

from __future__ import annotations

import copy
import csv
import html
import io
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountEvent, AwsAccount, User, Visit
from posture.core.outcome import TIME_LIMITS, Severity
from posture.history import query as history
from posture.history.models import AccountSweep, Snapshot, StoredFinding
from posture.history.query import TimeToFix
from posture.history.scope import Scope
from posture.pages.dashboard import formula as formula_of
from posture.pages.dashboard.queries import fixing_figure
from posture.web.templatetags.words import MINUS, NONE, day
from tests import shared
from tests.web import story as stories
from tests.web.world import World, build

pytestmark = pytest.mark.django_db

OVERVIEW, PERIOD, SCORE = "/", "/period/", "/score/"
MOST_QUERIES = 50


@pytest.fixture(scope="module")
def recorded_story(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[World, list[Snapshot]]]:
    with shared.rows(django_db_blocker):
        world = build()
        yield world, stories.record_story(world)


@pytest.fixture
def world(recorded_story: tuple[World, list[Snapshot]]) -> World:
    """The world, with its story, in every test of this module."""
    return copy.deepcopy(recorded_story[0])


@pytest.fixture
def story(recorded_story: tuple[World, list[Snapshot]]) -> list[Snapshot]:
    return copy.deepcopy(recorded_story[1])


def page(client: Client, user: User, url: str = OVERVIEW, **query: Any) -> str:
    """Return a page as a user sees it."""
    client.force_login(user)
    response = client.get(url, query)
    assert response.status_code == 200
    return response.content.decode()


def overview(client: Client, user: User, **query: Any) -> Any:
    """Return what the overview shows a user."""
    client.force_login(user)
    return client.get(OVERVIEW, query).context["overview"]


def period(client: Client, user: User, **query: Any) -> Any:
    """Return what happened in the period, as a user is shown it."""
    client.force_login(user)
    return client.get(PERIOD, query).context["period"]


def test_the_score_is_the_scopes(world: World, story: Sequence[Snapshot], client: Client) -> None:
    shown = overview(client, world.executive)
    assert shown.hero.band == history.load_score(Scope.of(world.executive, world.organization))
    assert shown.trend is not None
    assert len(shown.trend.rows) == 3


def test_an_owners_score_is_that_of_what_they_own(world: World, story: Sequence[Snapshot], client: Client) -> None:
    shown = overview(client, world.owner)
    assert shown.hero.band == history.load_score(Scope.of(world.owner, world.organization))
    assert [row[0] for row in shown.accounts.rows] == [world.ours.name]
    assert "playground" not in page(client, world.owner)


def test_why_it_moved(world: World, story: Sequence[Snapshot], client: Client) -> None:
    sentence = overview(client, world.owner, compare="sweep").hero.sentence
    # The permission that was lost weighs more than the volume that came and fails.
    assert sentence.startswith("Down ")
    assert f" since {day(story[1].as_of)}: less seen {MINUS}" in sentence
    assert f", new resources {MINUS}" in sentence


def test_without_a_score_before_there_is_no_comparison(world: World, story: Sequence[Snapshot], client: Client) -> None:
    assert "no score yet" in overview(client, world.owner, compare="90").hero.sentence


def test_a_date_looks_back(world: World, story: Sequence[Snapshot], client: Client) -> None:
    then = overview(client, world.owner, as_of=story[1].as_of.date().isoformat())
    assert then.hero.band is not None
    assert then.hero.band.low > overview(client, world.owner).hero.band.low


def test_the_four_figures(world: World, story: Sequence[Snapshot], client: Client) -> None:
    figures = {one.name: one for one in period(client, world.owner, compare="90").figures}
    assert list(figures) == [
        "Critical and high, open",
        "Opened and resolved",
        "Median time to fix, critical",
        "Could not be seen",
    ]
    values = list(figures.values())
    assert (values[0].value, values[0].note) == ("1", "the oldest for 20 hours")
    assert values[1].note.endswith(day(timezone.now() - timedelta(days=90)))
    since = day(timezone.now() - timedelta(days=90))
    assert (values[2].value, values[2].small) == (NONE, "n=0")
    assert values[2].note == (
        f"none fixed since {since}, target 7 days; high 29 days (n=1, a single case), target 30 days: within"
    )


def test_the_time_to_fix_keeps_its_class_and_says_how_many_cases_it_rests_on(world: World, rf: RequestFactory) -> None:
    scope = Scope.of(world.executive)
    request = rf.get("/")
    request.user = world.executive
    times = {
        one: TimeToFix(severity, timedelta(days=one), count)
        for one, severity, count in ((9, Severity.CRITICAL, 12), (20, Severity.HIGH, 1), (3, Severity.LOW, 40))
    }
    whole = fixing_figure(request, scope, [*times.values()])
    assert (whole.name, whole.value, whole.small) == ("Median time to fix, critical", "9 days", "n=12")
    assert whole.note == "target 7 days: over; high 20 days (n=1, a single case), target 30 days: within"
    part = fixing_figure(request, scope, [times[3]])
    assert (part.name, part.value, part.small) == ("Median time to fix, critical", NONE, "n=0")
    assert "3 days" not in part.note


def test_a_score_band_is_no_range_with_a_dash(world: World, story: Sequence[Snapshot], client: Client) -> None:
    texts = {
        url: page(client, world.executive, url) for url in (OVERVIEW, "/accounts/", "/accounts/table/", "/practices/")
    }
    for url, text in texts.items():
        assert re.search(r'<span class="pl-band-high"> to \d+</span>', text), url
        assert not re.search(r"\d\s*(?:<[^>]+>)*\s*[\u2013-]\d+</span></span>", text), url
    client.force_login(world.executive)
    head, *rows = csv.reader(io.StringIO(client.get("/accounts/table/", {"export": "csv"}).getvalue().decode()))
    ends = [(row[head.index("Score")], row[head.index("Score if all unseen were right")]) for row in rows]
    assert all(re.fullmatch(r"\d+\.\d", one) for pair in ends for one in pair if one), ends
    assert any(float(low) < float(high) for low, high in ends if low)


def test_what_could_not_be_seen_is_said_and_hatched(world: World, story: Sequence[Snapshot], client: Client) -> None:
    unseen = period(client, world.executive).figures[3]
    assert unseen.is_unseen
    assert "payments" in unseen.note
    assert "pl-figure pl-unseen" in page(client, world.executive, PERIOD)
    assert not period(client, world.stranger).figures[3].is_unseen


def test_an_account_that_is_not_swept_is_not_said_to_be_seen(
    world: World, story: Sequence[Snapshot], client: Client
) -> None:
    at, old = story[-1].as_of, {"as_of": story[1].as_of.date().isoformat()}
    AwsAccount.objects.filter(pk=world.theirs.pk).update(state=AwsAccount.State.SUSPENDED)
    AccountEvent.objects.create(
        account=world.theirs, at=at, kind=AccountEvent.Kind.SUSPENDED, before="ACTIVE", after="SUSPENDED"
    )
    sentence, note = (
        f"Suspended since {day(at)}; as last seen",
        "of the score rests on 1 account that is not swept any more",
    )
    html = page(client, world.executive)
    assert sentence in html
    shown = overview(client, world.executive)
    scored = [row for row in shown.accounts.rows if row[2] != "no score"]
    assert [one.account for one in shown.not_swept] == [world.theirs]
    assert (
        shown.not_swept[0].last_swept
        == AccountSweep.objects.filter(account=world.theirs).latest("snapshot__as_of").snapshot.as_of
    )
    assert "swept account" in shown.accounts.title or not shown.accounts.title.startswith(("Every", "Only"))
    assert "Not swept" in shown.accounts.drawing
    assert next(row[1] for row in scored if row[0] == world.theirs.name) == "Not swept"
    assert shown.hero.unswept.startswith(f"{100 // len(scored)}")
    assert note in html
    assert "as last seen in accounts not swept" in period(client, world.executive).figures[0].note
    assert note in page(client, world.executive, SCORE)
    assert page(client, world.executive, SCORE).count(sentence) == 1
    for url in (OVERVIEW, SCORE):
        assert note not in page(client, world.executive, url, **old)
        assert sentence not in page(client, world.executive, url, **old)


def test_a_practice_with_nothing_to_judge_is_not_in_use(
    world: World, story: Sequence[Snapshot], client: Client
) -> None:
    tiles = {one.title: one for one in overview(client, world.owner).tiles}
    assert not tiles["Kubernetes"].in_use
    assert tiles["Encryption"].in_use
    assert "not in use" in page(client, world.owner)


def test_what_got_worse_and_what_to_fix(world: World, story: Sequence[Snapshot], client: Client) -> None:
    shown = overview(client, world.owner, compare="sweep")
    changed = period(client, world.owner, compare="sweep")
    worse = {one.title: one.detail for one in changed.worse}
    assert worse["EBS volume is not encrypted"] == "vol-3, payments: The volume is not encrypted."
    # What we are blind to may hide anything: it is above all but the critical.
    assert "can no longer be read" in changed.worse[0].title
    assert changed.worse[0].severity is None
    assert shown.fixes[0].title == "EBS volume is not encrypted"
    assert shown.fixes[0].detail == "1 resource in 1 account"
    assert shown.fixes[0].points.startswith("+")
    assert shown.fixes[0].due.startswith("due ")
    assert not shown.fixes[0].is_late


def test_a_fix_is_late_once_its_oldest_finding_is_past_the_time_limit(
    world: World, story: Sequence[Snapshot], client: Client
) -> None:
    first = overview(client, world.owner, compare="sweep").fixes[0]
    StoredFinding.objects.update(opened_at=timezone.now() - TIME_LIMITS[first.severity] - timedelta(days=3))
    cache.clear()  # where accounts were recorded last has not moved
    late = overview(client, world.owner, compare="sweep").fixes[0]
    assert (late.due, late.is_late) == ("3 days late", True)


def test_the_period_is_a_fold_of_the_overview_and_a_page(
    world: World, story: Sequence[Snapshot], client: Client
) -> None:
    assert f'hx-get="{PERIOD}"' in page(client, world.owner)
    whole = page(client, world.owner, PERIOD)
    part = client.get(PERIOD, headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert "What got worse" in part


def test_hostile_names_stay_text(world: World, story: Sequence[Snapshot], client: Client) -> None:
    AwsAccount.objects.filter(pk=world.ours.pk).update(name="</script><img src=x onerror=alert(1)>")
    AccountEvent.objects.create(account=world.ours, at=story[1].as_of, kind=AccountEvent.Kind.RENAMED)
    html = page(client, world.owner)
    assert "<img src=x" not in html
    assert "</script><img" not in html


def test_a_single_sweep_is_no_line(world: World, story: Sequence[Snapshot], client: Client) -> None:
    shown = overview(client, world.owner, as_of=story[0].as_of.date().isoformat())
    assert shown.trend is None
    assert "The trend begins with the second sweep." in page(
        client, world.owner, as_of=story[0].as_of.date().isoformat()
    )


@pytest.mark.parametrize("url", [OVERVIEW, SCORE])
def test_more_accounts_cost_no_more_queries(world: World, story: Sequence[Snapshot], client: Client, url: str) -> None:
    before = queries(client, world.executive, url)
    world.add_accounts(30)
    resources = {account.pk: [stories.volume("vol-x", encrypted=False)] for account in AwsAccount.objects.all()}
    stories.sweep(world, timezone.now(), resources)
    assert queries(client, world.executive, url) <= before
    assert before <= MOST_QUERIES


def queries(client: Client, user: User, url: str) -> int:
    """Return how many queries a page takes."""
    client.force_login(user)
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    return len(captured)


def test_the_formula_of_an_account_adds_up(world: World, story: Sequence[Snapshot], client: Client) -> None:
    client.force_login(world.owner)
    formula = client.get(SCORE).context["account"]
    band = history.load_score(Scope.of(world.owner, world.organization))
    assert formula.band == band
    assert 100 - formula.cost == pytest.approx(band.low if band else None)
    assert 100 * (1 - formula.lost / formula.total) == pytest.approx(band.low if band else None)


def test_of_many_accounts_the_lowest_have_rows_of_their_own(
    world: World, story: Sequence[Snapshot], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(world.executive)
    whole = client.get(SCORE).context["several"]
    assert len(whole.accounts) == whole.number > 1
    assert whole.others is None
    monkeypatch.setattr(formula_of, "ROWS", 1)
    response = client.get(SCORE)
    few = response.context["several"]
    assert (few.accounts, few.number, few.others.number) == (whole.accounts[:1], whole.number, whole.number - 1)
    assert few.accounts[0].weighted + few.others.weighted == pytest.approx(whole.weighted)
    assert few.accounts[0].weight + few.others.weight == pytest.approx(whole.total)
    assert f"{whole.number - 1} more account" in response.content.decode()


def test_the_formula_of_several_is_their_mean(world: World, story: Sequence[Snapshot], client: Client) -> None:
    client.force_login(world.executive)
    formula = client.get(SCORE).context["several"]
    assert formula.weighted / formula.total == pytest.approx(formula.band.low)
    assert next(one.account for one in formula.accounts) == world.theirs


def test_an_account_without_weight_counts_as_the_score_counts_it(
    world: World, story: Sequence[Snapshot], client: Client
) -> None:
    AwsAccount.objects.update(weight=0)
    client.force_login(world.executive)
    formula = client.get(SCORE).context["several"]
    assert formula.weighted / formula.total == pytest.approx(formula.band.low)


def test_pieces_that_load_by_themselves(world: World, story: Sequence[Snapshot], client: Client) -> None:
    html = page(client, world.owner, OVERVIEW, as_of=story[2].as_of.date().isoformat())
    for name in ("coverage:summary", "data:summary"):
        assert f'hx-get="{reverse(name)}?as_of=' in html
    risks = page(client, world.owner, reverse("data:summary"))
    assert "Unclassified" in risks
    assert "of 3 data stores" in risks
    assert "Nothing is known yet" in page(client, world.owner, reverse("coverage:summary"))


def test_the_headline_names_the_worst_problems(world: World, story: Sequence[Snapshot], client: Client) -> None:
    words = "".join(phrase.words for phrase in overview(client, world.executive).headline)
    assert "EBS volume is not encrypted" in words or "could not be seen" in words
    assert words.endswith(".")
    html = page(client, world.executive)
    assert html.count("<h1>") == 1


def test_the_map_has_a_tile_for_each_account_that_has_been_swept(
    world: World, story: Sequence[Snapshot], client: Client
) -> None:
    shown = overview(client, world.executive).accounts
    names = {row[0] for row in shown.rows}
    assert {world.ours.name, world.theirs.name} <= names
    assert str(shown.drawing).count("pl-treemap-tile") == len(shown.rows)
    # By weight an account that weighs more takes more room.
    AwsAccount.objects.filter(pk=world.ours.pk).update(weight=50)
    assert overview(client, world.executive, size="weight").accounts.drawing != shown.drawing


def test_open_findings_by_age_are_those_of_the_list_behind_each_cell(
    world: World, story: Sequence[Snapshot], client: Client
) -> None:
    html = page(client, world.executive)
    links = re.findall(r'href="(/findings/\?[^"]*age=[^"]*)"><title>(?:\w+): (\d+)', html)
    assert links
    for url, number in links:
        response = client.get(url.replace("&amp;", "&"), {"group": "none"} if "group" not in url else {})
        listed = client.get(f"{url.replace('&amp;', '&')}&group=none").context["table"].paginator.count
        assert response.status_code == 200
        assert listed == int(number), url


def test_what_is_new_is_counted_from_the_visit_before(
    world: World, story: Sequence[Snapshot], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = reverse("dashboard:visit")
    assert "This is your first visit" in page(client, world.executive, url)
    assert "This is your first visit" in page(client, world.executive, url)
    Visit.objects.update(seen_at=story[1].as_of)
    html = page(client, world.executive, url)
    assert "This is your first visit" not in html
    assert "opened" in html
    visit = Visit.objects.get(user=world.executive)
    assert visit.previous_at == story[1].as_of
    # The same visit goes on: what is new stays new.
    assert page(client, world.executive, url) == html


def test_what_the_first_sweep_found_is_not_new_to_who_came_before_it(
    world: World, story: Sequence[Snapshot], client: Client
) -> None:
    url = reverse("dashboard:visit")
    page(client, world.owner, url)
    Visit.objects.update(previous_at=story[0].as_of - timedelta(days=5))
    client.force_login(world.owner)
    added = [one.count for one in client.get(url).context["news"] if one.what == "added"]
    assert added == [1]  # vol-3; the first two volumes were there when the history began


@pytest.mark.parametrize("person", ["owner", "admin"])
def test_each_link_of_the_pictures_leads_to_a_page(
    person: str, world: World, story: Sequence[Snapshot], client: Client
) -> None:
    client.force_login(getattr(world, person))
    drawings = re.findall(r'<svg class="pl-drawing.*?</svg>', client.get(OVERVIEW).content.decode(), re.DOTALL)
    links = {html.unescape(url) for drawing in drawings for url in re.findall(r'href="([^"]*)"', drawing)}
    assert any("ou=" in link for link in links)
    assert {link: client.get(link).status_code for link in sorted(links)} == dict.fromkeys(links, 200)
