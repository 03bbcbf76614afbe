"""The pages of drift: a period, its groups, lists and differences."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountEvent
from posture.history import query as history
from posture.history.columnar import event_log
from posture.history.models import FindingRecord, ResourceRecord, Snapshot
from posture.history.query.changes import ChangeCounts
from posture.history.scope import Scope
from posture.history.triage import accept_risk
from posture.pages.drift import groups, queries
from posture.pages.drift.change_lists import ListedChanges, LoggedChanges, listed_of
from posture.pages.drift.filters import ChangeFilters
from posture.pages.drift.views import KINDS
from posture.web.filters import Facet, FilterSet
from posture.web.templatetags import words
from tests.history.test_populations import member, record
from tests.history.world import day as history_day
from tests.history.world import sweep, volume
from tests.tuning import Tune
from tests.web import story
from tests.web.world import World

pytestmark = pytest.mark.django_db

HEAD = re.compile(r"<header class=\"pl-head\">(.*?)</header>", re.DOTALL)
"""The heading and the sentence below it."""


def text_of(client: Client, name: str = "drift", query: dict[str, str] | None = None, **kwargs: Any) -> str:
    response = client.get(reverse(f"drift:{name}", kwargs=kwargs), query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def day(days: float) -> str:
    return (timezone.now() - timedelta(days=days)).isoformat()


def opened_since(world: World, days: float) -> int:
    """Count what began to fail in the owner's account; all of it is of volume 3."""
    found = FindingRecord.objects.filter(account=world.ours, status="fail", opened_at__gt=day(days))
    assert {one.resource_name for one in found} == {"vol-3"}
    return found.count()


def drawing_of(text: str, name: str = "pl-drift") -> ET.Element:
    """Return the wide picture of a page."""
    (found,) = re.findall(rf'<svg class="pl-drawing {name}"[^>]*width="1118".*?</svg>', text, re.DOTALL)
    return ET.fromstring(found)  # noqa: S314 - our own markup


def titles_of(drawing: ET.Element, name: str) -> dict[str, str]:
    """Return the title and the address of each link of a picture with a class."""
    found = {}
    for one in drawing.iter("a"):
        title = one.find("title")
        if title is not None and (one.get("class") == name or any(part.get("class") == name for part in one)):
            found[title.text or ""] = one.get("href", "")
    return found


def test_the_heading_says_what_changed(world: World, client: Client) -> None:
    """Volume 3 was made in the last 30 days; volume 1 was fixed 31 days ago."""
    story.record_story(world)
    opened = opened_since(world, 40)
    client.force_login(world.owner)
    heading = re.search(HEAD, text_of(client, query={"since": day(40)}))
    assert heading
    assert f"{opened} findings opened, 1 resolved, 1 listing no longer readable" in heading[1]
    recent = re.search(HEAD, text_of(client, query={"since": day(20)}))
    assert recent
    assert f"{opened} findings opened, 0 resolved" in recent[1]


def test_a_period_in_the_past_ends_where_it_is_said_to(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    text = text_of(client, query={"since": day(40), "until": day(10)})
    heading = re.search(HEAD, text)
    assert heading
    assert re.search(r"From \d+ \w+ to", heading[1])
    assert "0 findings opened, 1 resolved" in heading[1]
    assert "no longer readable" not in heading[1]


def test_the_picture_lets_a_period_be_chosen_and_names_what_happened(world: World, client: Client) -> None:
    snapshots = story.record_story(world)
    Snapshot.objects.filter(pk=snapshots[-1].pk).update(title="A volume is left unencrypted")
    AccountEvent.objects.create(account=world.ours, at=timezone.now() - timedelta(days=5), kind="moved")
    client.force_login(world.executive)
    text = text_of(client, query={"since": day(45)})
    assert "data-period" in text
    assert "plotly-basic" not in re.sub(r'<meta name="pl-plotly"[^>]*>', "", text)
    assert "data-chart" not in text
    marks = titles_of(drawing_of(text), "pl-drift-link")
    listed = " ".join(marks)
    assert "A volume is left unencrypted" in listed
    assert "moved to another unit" in listed
    assert all(url.startswith("/drift/?") and "since=" in url for url in marks.values())


def _number(words_: str | None) -> int:
    return int((words_ or "0").lstrip("±+").replace(words.MINUS, "-"))


def test_values_and_changes_next_to_the_picture_add_up(world: World, client: Client) -> None:
    """Opened, resolved and other changes add up to each severity's change."""
    story.record_story(world)
    finding = FindingRecord.objects.filter(account=world.ours, status="fail", closed_at=None)[0]
    accept_risk(world.owner, finding, "A scratch disk.", timezone.now() + timedelta(days=30))
    client.force_login(world.owner)
    figures = titles_of(drawing_of(text_of(client, query={"since": day(40)})), "pl-drift-figures")
    parts = [re.match(r"(\w+) (\d+) (\S+) (\d+) opened, (\d+) resolved(?:, (\S+) otherwise)?", one) for one in figures]
    counted = [[_number(each) for each in one.groups()[1:]] for one in parts if one]
    assert [one[1] for one in parts if one] == ["Critical", "High", "Medium", "Low"]
    assert all(change == opened - resolved + other for _, change, opened, resolved, other in counted)
    assert sum(opened for _, _, opened, *_ in counted) == opened_since(world, 40)
    assert any(other for *_, other in counted), "what was set aside was not resolved"


def test_a_simulations_step_is_hidden_from_who_sees_a_part(world: World, client: Client) -> None:
    snapshots = story.record_story(world)
    Snapshot.objects.filter(pk=snapshots[-1].pk).update(title="The playground is opened to the world")
    client.force_login(world.owner)
    assert "opened to the world" not in text_of(client, query={"since": day(45)})


@pytest.mark.parametrize("by", ["account", "type", "practice", "severity", "owner"])
def test_each_grouping_opens_to_the_same_changes(by: str, world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    text = text_of(client, query={"since": day(40), "group": by})
    urls = re.findall(r'hx-get="(/drift/group/[^"]+)"', text)
    assert urls
    opened = "".join(
        client.get(url.replace("&amp;", "&"), headers={"HX-Request": "true"}).content.decode() for url in urls
    )
    assert "vol-3" in opened
    assert "vol-9" not in opened
    assert "<html" not in opened
    assert ("Resources changed" in opened) == (by not in {"practice", "severity"})


@pytest.mark.parametrize(
    ("kind", "field"), [("opened", "opened_at"), ("resolved", "closed_at"), ("added", "valid_from")]
)
def test_a_group_begins_with_what_is_newest(kind: str, field: str, world: World) -> None:
    story.record_story(world)
    scope = Scope.of(world.admin, world.organization)
    changes = history.changes_between(scope, scope.now - timedelta(days=400), scope.now)
    listed = [(getattr(row, field), row.id) for row in listed_of(kind, getattr(changes, kind), changes.until).rows]
    assert listed
    assert listed == sorted(listed, reverse=True)


def test_a_row_opens_to_the_difference_path_by_path(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    resource_id = ResourceRecord.objects.filter(account=world.ours, name="vol-1")[0].resource_id
    text = text_of(client, "difference", {"since": day(40)}, resource_id=resource_id)
    assert "<code>Encrypted</code>" in text
    assert re.search(r'pl-diff-removed" >.*?false</span>', text)
    assert re.search(r'pl-diff-added" >.*?true</span>', text)
    assert "same at both ends" in text_of(client, "difference", {"since": day(20)}, resource_id=resource_id)


def test_what_was_there_at_one_end_alone_is_new_or_gone(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    new = ResourceRecord.objects.get(account=world.ours, name="vol-3").resource_id
    assert "It is new since" in text_of(client, "difference", {"since": day(20)}, resource_id=new)


def test_what_went_and_came_back_is_not_said_to_be_new(world: World, client: Client) -> None:
    for number, there in enumerate([["kept", "returns"], ["kept"], ["kept"], ["kept", "returns"]]):
        record(world.ours, number, [replace(member(name), raw_tags={}) for name in there])
    client.force_login(world.owner)
    period = {"since": history_day(2).isoformat(), "until": history_day(4).isoformat()}
    back = ResourceRecord.objects.filter(account=world.ours, name="returns")[0].resource_id

    opened = text_of(client, "group", {**period, "group": "account", "key": world.ours.account_id})
    assert f"back again, first seen {words.day(history_day(0))}" in opened
    difference = text_of(client, "difference", period, resource_id=back)
    assert f"It is back: it was gone on {words.day(history_day(2))}" in difference
    assert "It is new" not in difference


@pytest.mark.parametrize(
    ("by", "key", "name"),
    [
        ("account", "", "payments"),
        ("severity", "4", "critical findings"),
        ("type", "AWS::EC2::Volume", "“EBS volumes”"),
        ("practice", "encryption", "“Encryption”"),
        ("owner", "", "accounts that nobody owns"),
        ("owner", "olga", "the accounts of olga"),
        ("severity", "<b>", "&lt;b&gt; findings"),
        ("account", "000000000000", "000000000000"),
    ],
)
def test_a_groups_page_calls_it_by_its_name(by: str, key: str, name: str, world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    key = world.ours.account_id if name == "payments" else key
    assert f"<h1>Changes in {name}</h1>" in text_of(client, "group", {"group": by, "key": key})
    listed = text_of(client, "list", {"group": by, "key": key}, kind="opened")
    assert f"<p>In {name}. <a" in listed
    assert re.search(r'href="/static/css/drift[^"]*css"', listed), "its columns are as wide as that says"


def test_what_fails_one_check_is_together_most_severe_first() -> None:
    def one(check_id: str, severity: int, number: int) -> FindingRecord:
        return FindingRecord(id=number, check_id=check_id, severity=severity)

    newest_first = [one("low", 1, 5), one("high", 3, 4), one("low", 1, 3), one("other", 3, 2), one("high", 3, 1)]
    clusters = ListedChanges("opened", newest_first, 0).clusters
    assert [[each.id for each in rows] for rows in clusters] == [[4, 1], [2], [5, 3]]


def test_resources_of_one_type_are_together_where_the_newest_does() -> None:
    newest_first = [ResourceRecord(id=3, type="b"), ResourceRecord(id=2, type="a"), ResourceRecord(id=1, type="b")]
    clusters = ListedChanges("added", newest_first, 0).clusters
    assert [[each.id for each in rows] for rows in clusters] == [[3, 1], [2]]


def test_figures_say_nothing_of_none(world: World) -> None:
    none = ChangeCounts(*[0] * 13)

    def note(**counts: int) -> str:
        return queries.tiles(replace(none, **counts))[1].note

    assert note() == "compared at both ends"
    assert note(same=1) == "1 resource changed and came back"
    assert note(passing=2) == "2 resources came and went"
    assert note(same=2, passing=1) == "2 resources changed and came back; 1 resource came and went"


def test_a_resource_out_of_scope_is_not_found(world: World, client: Client) -> None:
    story.record_story(world)
    hidden = ResourceRecord.objects.filter(account=world.theirs)[0].resource_id
    client.force_login(world.owner)
    assert client.get(reverse("drift:difference", kwargs={"resource_id": hidden})).status_code == 404


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("opened", "vol-3"),
        ("resolved", "vol-1"),
        ("added", "vol-3"),
        ("changed", "vol-1"),
        ("gaps_opened", "ec2:DescribeSnapshots"),
    ],
)
def test_every_kind_is_listed_and_exported(kind: str, expected: str, world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    query = {"since": day(40)}
    assert expected in text_of(client, "list", query, kind=kind)
    response = client.get(reverse("drift:list", kwargs={"kind": kind}), {**query, "export": "csv"})
    lines = b"".join(response.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == (1 + opened_since(world, 40) if kind == "opened" else 2)
    assert all(expected in line for line in lines[1:])


def test_an_unknown_kind_is_not_found(world: World, client: Client) -> None:
    client.force_login(world.owner)
    assert client.get("/drift/counts/").status_code == 404


def test_dates_that_make_no_sense_are_said_and_left_out(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    assert "was not understood as a date" in text_of(client, query={"since": "yesterday"})
    assert "wrong way round" in text_of(client, query={"since": day(5), "until": day(50)})
    assert "The history begins on" in text_of(client, query={"since": day(900)})


def test_what_the_first_sweep_found_is_no_change(world: World, client: Client) -> None:
    """The volume of the first day is where the history begins."""
    story.record_story(world)
    client.force_login(world.stranger)
    assert "nothing changed that we could see" in text_of(client, query={"since": day(900)})


def test_without_a_sweep_there_is_nothing_to_compare(world: World, client: Client) -> None:
    client.force_login(world.executive)
    assert "Nothing to compare yet" in text_of(client)


def test_what_aws_says_is_escaped(world: World, client: Client) -> None:
    story.record_story(world)
    world.ours.name = "</script><script>x"
    world.ours.save()
    AccountEvent.objects.create(account=world.ours, at=timezone.now() - timedelta(days=5), kind="moved")
    client.force_login(world.owner)
    text = text_of(client, query={"since": day(40)})
    assert "<script>x" not in text
    assert "&lt;/script" in text


def test_more_changes_take_no_more_queries(world: World, client: Client, django_assert_max_num_queries: Any) -> None:
    story.record_story(world)
    world.add_accounts(40)
    client.force_login(world.executive)
    for by in ("account", "owner", "practice"):
        with django_assert_max_num_queries(70):
            client.get(reverse("drift:drift"), {"since": day(40), "group": by})


def test_a_changed_resource_says_what_changed_on_the_page_and_in_the_export(
    world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    now = timezone.now()
    names = [f"many-{number}" for number in range(12)]
    for days, encrypted in ((3, False), (1, True)):
        volumes = [story.volume(name, encrypted=encrypted) for name in names]
        story.sweep(world, now - timedelta(days=days), {world.ours.pk: volumes})
    client.force_login(world.owner)
    query = {"since": day(2)}
    with django_assert_max_num_queries(45):
        text = text_of(client, "list", query, kind="changed")
    assert text.count("<code>Encrypted</code> changed") == len(names)
    assert "arn:aws:ec2" not in text, "it has no room on a page"
    response = client.get(reverse("drift:list", kwargs={"kind": "changed"}), {**query, "export": "csv"})
    lines = b"".join(response.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len([line for line in lines if "changed Encrypted" in line and ",arn:aws:ec2" in line]) == len(names)


def test_a_difference_and_its_findings_lead_to_each_other(world: World, client: Client) -> None:
    now = timezone.now()
    for days, encrypted in ((3, True), (1, False)):
        story.sweep(world, now - timedelta(days=days), {world.ours.pk: [story.volume("vol-1", encrypted=encrypted)]})
    finding = FindingRecord.objects.get(account=world.ours, check_id="ec2_volume_encrypted")
    client.force_login(world.owner)
    page = client.get(reverse("findings:detail", args=[finding.finding_id])).content.decode()
    found = re.search(r'href="(/drift/resource/[^"]+)"\s*>\s*What changed when it opened', page)
    assert found
    difference = client.get(found[1].replace("&amp;", "&")).content.decode()
    assert "<code>Encrypted</code>" in difference
    assert "Findings opened or resolved with it" in difference
    assert f"/findings/{finding.finding_id}/" in difference


def test_every_day_of_the_line_leads_to_what_changed_on_it(world: World, client: Client) -> None:
    snapshots = story.record_story(world)
    client.force_login(world.executive)
    page = text_of(client, query={"since": day(70)})
    columns = titles_of(drawing_of(page), "pl-drift-column")
    assert len(columns) == len(snapshots)
    last = list(columns.values())[-1]
    assert f'<a href="{last.replace("&", "&amp;")}">' in page, "the table has the same links for keyboards"
    text = client.get(last).content.decode()
    assert "1 listing no longer readable" in text


def test_decisions_and_sweeps_that_broke_off_are_marked(world: World, client: Client) -> None:
    story.record_story(world)
    Snapshot.objects.create(
        organization=world.organization, as_of=timezone.now() - timedelta(days=5), state="failed", trigger="schedule"
    )
    finding = FindingRecord.objects.filter(account=world.ours, status="fail", closed_at=None)[0]
    accept_risk(world.owner, finding, "A scratch disk.", timezone.now() + timedelta(days=30))
    client.force_login(world.executive)
    text = text_of(client, query={"since": day(70)})
    assert "A sweep failed" in text
    assert "payments: risk accepted for" in text


def test_what_is_kept_with_its_group_was_not_deleted(world: World, client: Client) -> None:
    """A resource that changed and then left is listed as left, with the date."""
    alone, deleted = replace(member("alone"), raw_tags={}), replace(member("deleted"), raw_tags={})
    record(world.ours, 0, [alone, deleted])
    record(world.ours, 1, [replace(alone, raw_config={**alone.raw_config, "Size": 9}), deleted])
    record(world.ours, 2, [member("alone")])
    record(world.ours, 3, [member("alone")])
    client.force_login(world.owner)
    period = {"since": history_day(0).isoformat(), "until": history_day(4).isoformat()}

    listed = text_of(client, "list", period, kind="removed")
    cell = r'(alone|deleted)</a>.*?<time datetime="([^"]*)"[^>]*>[^<]*</time> <span[^>]*>([^<]*)<'
    went = re.findall(cell, listed, re.DOTALL)
    expected = [("alone", history_day(2), "kept with its group since"), ("deleted", history_day(3), "deleted")]
    assert sorted((name, datetime.fromisoformat(at), why) for name, at, why in went) == expected

    exported = client.get(reverse("drift:list", kwargs={"kind": "removed"}), {**period, "export": "csv"})
    lines = b"".join(exported.streaming_content).decode().splitlines()  # type: ignore[attr-defined]  # it streams
    assert sorted(line.rsplit(",", 1)[1] for line in lines[1:]) == ["deleted", "kept with its group since"]
    opened = text_of(client, "group", {**period, "group": "account", "key": world.ours.account_id})
    assert "kept with its group since" in opened


def test_choices_are_counted_together_as_they_would_be_one_by_one(world: World, client: Client, tune: Tune) -> None:
    story.record_story(world)
    client.force_login(world.executive)
    scope = Scope.of(world.executive, world.organization)

    def asked(kind: type[FilterSet], rows: Any, query: dict[str, str]) -> FilterSet:
        request = RequestFactory().get("/", query)
        request.user = world.executive
        return kind(request.GET, queryset=rows, request=request)

    for kind, (_, filters) in KINDS.items():
        rows = getattr(history.changes_between(scope, scope.now - timedelta(days=400), scope.now), kind)
        for query in ({}, {"region": "eu-west-1"}, {"q": "vol", "severity": "4", "account_id": "111111111111"}):
            made = asked(filters, rows, query)
            facets = {name: one for name, one in made.filters.items() if isinstance(one, Facet)}
            assert made.counted(facets) == FilterSet.counted(made, facets), (kind, query)
            assert asked(filters, rows.none(), query).counted(facets) == {name: [] for name in facets}

    tune(event_log_min_accounts=0)
    event_log.extend(scope.account_pks)
    changes = history.changes_between(scope, scope.now - timedelta(days=400), scope.now)
    narrowing: tuple[dict[str, str], ...] = (
        {},
        {"region": "eu-west-1"},
        {"severity": "4"},
        {"account_id": "111111111111", "type": "AWS::EC2::Volume"},
        {"reason": "changed", "severity": "4"},
    )
    for kind in ("opened", "reopened", "resolved", "added", "changed"):
        filters = KINDS[kind][1]
        for by, key in (("", ""), ("type", "AWS::EC2::Volume"), ("account", "111111111111"), ("owner", "")):
            rows = groups.narrowed(changes, kind, by, key) if by else getattr(changes, kind)
            for query in narrowing:
                made = asked(filters, rows, query)
                assert isinstance(made, ChangeFilters)
                made.logged = LoggedChanges(changes, kind, by, key)
                facets = {name: one for name, one in made.filters.items() if isinstance(one, Facet)}
                assert made.counted(facets) == FilterSet.counted(made, facets), (kind, query)
                if made.are_logged:
                    assert len(made.narrowed()) == made.qs.count(), (kind, by, query)
                assert made.are_logged, (kind, by, query)


def test_what_is_empty_says_why(world: World, client: Client) -> None:
    client.force_login(world.owner)
    sweep(world.ours, timezone.now() - timedelta(days=2), [volume("v")])
    assert "There was one sweep up to then" in text_of(client)
    assert "The history begins on" in text_of(client, query={"until": day(9)})
    sweep(world.ours, timezone.now() - timedelta(days=1), [volume("v"), volume("w")])
    page = text_of(client)
    assert "There was one sweep up to then" not in page
    assert "Nothing moved it by a tenth of a point" in page
    assert "No change of this period matches" in text_of(client, "list", {"q": "nothing-like-it"}, kind="added")
    assert "None in this period." in text_of(client, "list", {"q": "nothing-like-it"}, kind="removed")
