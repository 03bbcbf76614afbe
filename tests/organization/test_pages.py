"""Pages of accounts: tree, map, table and one account."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AccountEvent, AwsAccount, Ownership
from posture.checks import problem_of
from posture.collectors import all_collectors
from posture.core.collector import Family
from posture.core.gap import ANY, Gap, GapReason
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.history import query as history
from posture.history.ingest import record_account
from posture.history.models import AccountSweep, Snapshot
from posture.history.scope import Scope
from posture.history.upkeep.finish import finish_snapshot
from posture.web.families import family_of
from tests.history.world import sweep
from tests.web import story
from tests.web.world import World

ASKED = 44
"""At most so many queries of one account's page."""
pytestmark = pytest.mark.django_db


def page(client: Client, name: str, *args: str, **query: str) -> str:
    response = client.get(reverse(f"organization:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_tree_hangs_accounts_under_their_units(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.executive)
    text = page(client, "tree")
    order = [text.index(name) for name in (">Root<", ">Production<", ">payments<", ">Sandbox<", ">playground<")]
    assert order == sorted(order)


def test_an_owner_sees_only_the_own_branch(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    text = page(client, "tree")
    assert ">payments<" in text
    assert ">Production<" in text
    assert "playground" not in text
    assert "Sandbox" not in text


@pytest.mark.parametrize("name", ["tree", "table"])
def test_an_account_that_is_not_swept_is_said_to_be(name: str, world: World, client: Client) -> None:
    story.record_story(world)
    AwsAccount.objects.filter(pk=world.theirs.pk).update(state=AwsAccount.State.SUSPENDED)
    client.force_login(world.executive)
    text = page(client, name)
    assert "Suspended" in text
    assert "ot swept" in text
    assert "resources may remain" in text
    assert name == "table" or re.search(r"pl-status-unknown.{0,600}100 %", text, re.DOTALL)


def test_the_state_is_that_of_the_date_looked_back_to(world: World, client: Client) -> None:
    story.record_story(world)
    now = timezone.now()
    AwsAccount.objects.filter(pk=world.theirs.pk).update(state=AwsAccount.State.SUSPENDED)
    AccountEvent.objects.create(
        account=world.theirs,
        at=now - timedelta(days=2),
        kind=AccountEvent.Kind.SUSPENDED,
        before="ACTIVE",
        after="SUSPENDED",
    )
    client.force_login(world.executive)
    mark = "Not swept; resources may remain."
    assert mark not in page(client, "table", as_of=f"{now - timedelta(days=5):%Y-%m-%d}", q="playground")
    assert mark in page(client, "table", q="playground")


def test_an_account_never_swept_has_no_score_and_is_all_unseen(world: World, client: Client) -> None:
    client.force_login(world.executive)
    text = page(client, "account", world.ours.account_id)
    assert "Never swept so far" in text
    assert "there is no score" in text
    assert "<dt>Resources</dt>" not in text
    assert not re.search(r"(?<!10)0 %", text)


def test_an_account_is_shown_from_all_sides(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    text = page(client, "account", world.ours.account_id)
    for what in (
        "olga",
        "vol-3",
        "ec2:DescribeSnapshots",
        "Allow it.",
        "EBS volumes",
        "GuardDuty",
        "pl-trend-low",
        "pl-families",
        "pl-sweeps",
        "is not among yours",
    ):
        assert what in text, what


def test_an_account_that_nobody_owns_shows_the_owner_of_its_tag(world: World, client: Client) -> None:
    story.record_story(world)
    AwsAccount.objects.filter(pk=world.theirs.pk).update(tags={"owner": "Nils <Brandt>"})
    Ownership.objects.exclude(user=world.owner).delete()
    client.force_login(world.executive)
    assert "owner: Nils &lt;Brandt&gt; (from tag)" in page(client, "account", world.theirs.account_id)
    listed = client.get(reverse("organization:table")).content.decode()
    assert "Nils &lt;Brandt&gt; (from tag)" in listed


def test_an_account_asks_for_no_more_however_much_is_in_it(
    world: World, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    story.record_story(world)
    client.force_login(world.executive)
    page(client, "account", world.ours.account_id)  # what is known of the site once is asked for here
    cache.clear()  # as the first reader after a sweep, both times
    with django_assert_max_num_queries(ASKED):
        page(client, "account", world.ours.account_id)
    more = {world.ours.pk: [story.volume(f"vol-{n}", encrypted=False) for n in range(1, 40)]}
    story.sweep(world, timezone.now(), more, (story.DENIED,))
    with django_assert_max_num_queries(ASKED):
        page(client, "account", world.ours.account_id)


def test_coverage_that_was_refused_is_not_off(world: World, client: Client) -> None:
    detector = "AWS::GuardDuty::Detector"
    refused = Gap("", "eu-central-1", detector, "guardduty:ListDetectors", GapReason.DENIED, "AccessDenied")
    sweep(world.ours, timezone.now(), (), (refused,), regions=("eu-central-1",), swept_types=(detector,))
    world.organization.regions = ["eu-central-1"]
    world.organization.save()
    client.force_login(world.owner)
    text = page(client, "account", world.ours.account_id)
    assert "Could not look: guardduty:ListDetectors failed with AccessDenied." in text


def test_guardrails_of_all_units_above_hold(world: World, client: Client) -> None:
    targets = [{"TargetId": world.production.ou_id, "Name": "Production", "Type": "ORGANIZATIONAL_UNIT"}]
    kind = "AWS::Organizations::Policy"
    policy = Resource(
        kind,
        "arn:aws:organizations::111111111111:policy/o-1/service_control_policy/p-1",
        "",
        "global",
        "DenyRegions",
        {"Type": "SERVICE_CONTROL_POLICY", "Targets": targets},
    )
    sweep(world.theirs, timezone.now(), (policy,), swept_types=(kind,), regions=("global",), global_types=(kind,))
    client.force_login(world.executive)
    assert "DenyRegions" in page(client, "tree")
    assert "DenyRegions" in page(client, "account", world.ours.account_id)
    assert "No policy of the Organization limits it" in page(client, "account", world.theirs.account_id)


def test_a_weight_out_of_bounds_changes_nothing_and_is_kept_in_the_form(world: World, client: Client) -> None:
    client.force_login(world.admin)
    url = reverse("organization:weigh", args=[world.ours.account_id])
    response = client.post(url, {"weight": "1000"})
    assert response.status_code == 422
    assert 'value="1000"' in response.content.decode()
    world.ours.refresh_from_db()
    assert world.ours.weight == 1
    assert client.post(url, {"weight": "2.5"}).status_code == 302
    world.ours.refresh_from_db()
    assert world.ours.weight == 2.5


def test_what_aws_says_is_escaped(world: World, client: Client) -> None:
    AwsAccount.objects.filter(pk=world.ours.pk).update(name="<script>x</script>", tags={"<b>": "<i>"})
    client.force_login(world.owner)
    for text in (page(client, "tree"), page(client, "table"), page(client, "account", world.ours.account_id)):
        assert "<script>x" not in text
        assert "<b>" not in text


def test_the_table_exports_what_is_filtered(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.executive)
    response = client.get(reverse("organization:table"), {"export": "csv", "q": "payments"})
    lines = b"".join(response.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 2
    assert lines[0].startswith("Account,Account id,Unit,State,Owner,Score")
    assert "payments,222222222222,Production,Active,olga" in lines[1]


def test_a_large_tree_leads_to_tables(world: World, client: Client) -> None:
    world.add_accounts(400)
    client.force_login(world.executive)
    text = page(client, "tree")
    assert "401 accounts in Sandbox, as a table" in text
    assert "a-007" not in text
    assert "a-007" in page(client, "table", unit=world.sandbox.ou_id, q="a-007")


@pytest.mark.parametrize("name", ["tree", "map", "table"])
def test_more_accounts_take_no_more_queries(
    name: str, world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    story.record_story(world)
    world.add_accounts(40)
    client.force_login(world.executive)
    with django_assert_max_num_queries(26):
        client.get(reverse(f"organization:{name}"), {"per_page": "100"})


def test_an_account_takes_few_queries(world: World, client: Client, django_assert_max_num_queries: Any) -> None:
    story.record_story(world)
    client.force_login(world.executive)
    with django_assert_max_num_queries(70):
        client.get(reverse("organization:account", args=[world.ours.account_id]))


def test_an_account_that_is_not_swept_leads_no_list(world: World, client: Client) -> None:
    """It has the lowest score, and a section of its own with what can be done."""
    story.record_story(world)
    client.force_login(world.executive)
    assert page(client, "table").index("playground") < page(client, "table").index("payments"), "the lowest score leads"
    AwsAccount.objects.filter(pk=world.theirs.pk).update(state=AwsAccount.State.SUSPENDED)
    for name in ("organization:table", "dashboard:overview"):
        ranked, _, apart = client.get(reverse(name)).content.decode().partition('id="not-swept"')
        pictured = re.sub(r'<details class="pl-as-table">.*?</details>', "", ranked, flags=re.DOTALL)
        lists = re.findall(r"<table.*?</table>", pictured, re.DOTALL)
        assert not any("playground" in one for one in lists), name
        assert "playground" in apart
        assert "ask AWS Support from the management account" in apart
    filtered = client.get(reverse("organization:table"), {"state": "SUSPENDED"}).content.decode()
    assert "playground" in filtered.partition('id="not-swept"')[0], "whoever asks for them gets them"
    theirs = client.get(reverse("organization:account", args=[world.theirs.account_id])).content.decode()
    assert "ask AWS Support" in theirs


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("PENDING_ACTIVATION", "Its sign-up is unfinished"),
        ("SUSPENDED", "AWS restricts it"),
        ("PENDING_CLOSURE", "It is being closed"),
        ("CLOSED", "90 days after its closing"),
    ],
)
def test_what_can_be_done_depends_on_the_state(state: str, words: str, world: World, client: Client) -> None:
    AwsAccount.objects.filter(pk=world.theirs.pk).update(state=state)
    client.force_login(world.executive)
    assert words in client.get(reverse("sweeps:gaps")).content.decode()
    assert words in client.get(reverse("organization:table")).content.decode()


def test_an_export_has_the_state_of_each_account(world: World, client: Client) -> None:
    story.record_story(world)
    AwsAccount.objects.filter(pk=world.theirs.pk).update(state=AwsAccount.State.SUSPENDED)
    client.force_login(world.executive)
    for name in ("findings:list", "organization:table"):
        response = client.get(reverse(name), {"export": "csv", "group": "none"})
        rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))  # type: ignore[attr-defined]  # Django's own
        column = next(each for each in ("Account state", "State") if each in rows[0])
        states = {row["Account"].split(" ")[0]: row[column] for row in rows}
        assert states == {"payments": "Active", "playground": "Suspended"}, name


def test_why_the_score_moved_names_visibility_apart_and_adds_up(world: World, client: Client) -> None:
    """A lost listing is no regression: one volume fixed, one new, snapshots unread."""
    story.record_story(world)
    client.force_login(world.owner)
    since = (timezone.now() - timedelta(days=40)).isoformat()
    text = page(client, "account", world.ours.account_id, compare=since)
    found = re.search(r'<dl class="pl-moved">(.*?)</dl>', text, re.DOTALL)
    assert found
    parts = dict(
        zip(
            [one.strip() for one in re.findall(r"<dt>\s*(?:<a[^>]*>)?([^<]+)", found[1])[1:]],
            _points(found[1]),
            strict=True,
        )
    )
    scope = Scope.of(world.owner, world.organization, None, world.ours, None, timezone.now() - timedelta(days=40))
    bridge = history.attribute_score(scope, scope.compare_to, scope.now)
    assert bridge.before is not None
    assert bridge.after is not None
    assert parts["Fixed"] > 0 > parts["Visibility"]
    assert sum(parts.values()) == pytest.approx(round(bridge.after.low, 1) - round(bridge.before.low, 1), abs=1e-6)
    assert "no longer visible" in text


def _points(words: str) -> list[float]:
    return [
        float(one.replace("\N{MINUS SIGN}", "-")) for one in re.findall(r"<dd>([+\N{MINUS SIGN}][\d.]+)</dd>", words)
    ]


def test_what_changed_in_an_account_says_which_way_it_went(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    since = (timezone.now() - timedelta(days=40)).isoformat()
    text = page(client, "account", world.ours.account_id, compare=since)
    rows = re.findall(r"<li>\s*<time.*?</li>", text[text.index('class="pl-news"') :], re.DOTALL)
    said = {
        (way, name)
        for row in rows
        for way, name in re.findall(r">\s*(Better|Worse|Visibility):.*?<p>(.*?)</p>", row, re.DOTALL)
    }
    assert ("Better", "vol-1") in said
    assert ("Worse", "vol-3") in said
    assert any(way == "Visibility" and "EC2::Snapshot" in name for way, name in said)
    assert "playground" not in text


def test_what_to_fix_first_is_named_with_its_points(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    text = page(client, "account", world.ours.account_id)
    scope = Scope.of(world.owner, world.organization, None, world.ours)
    fixes = history.rank_fixes(scope, 4)
    assert fixes
    assert f"{sum(one.gain for one in fixes):.1f} of the" in text
    assert all(problem_of(one.check_id) in text for one in fixes)


def test_every_type_has_a_family() -> None:
    unknown = {kind.split("::")[1] for kind in all_collectors() if family_of(kind) is Family.OTHER}
    assert unknown <= {"Account", "ResourceGroupsTaggingAPI"}


def refuse(world: World, account: AwsAccount) -> None:
    """Record a sweep that could not enter an account."""
    now = timezone.now()
    snapshot = Snapshot.objects.create(
        organization=world.organization, as_of=now, started_at=now, state=Snapshot.State.RUNNING, trigger="schedule"
    )
    part = AccountSweep.objects.create(snapshot=snapshot, account=account, state=AccountSweep.State.REFUSED)
    gap = Gap("", ANY, ANY, "sts:AssumeRole", GapReason.ROLE_NOT_ASSUMED, "AccessDenied", "no", "Deploy the role.")
    result = AccountResult(
        account_id=account.account_id, now=now, regions=[], swept_types=[], resources=[], gaps=[gap], judgements=[]
    )
    record_account(part, result)
    AccountSweep.objects.filter(pk=part.pk).update(state=AccountSweep.State.REFUSED, reason="The role is not there.")
    finish_snapshot(snapshot)


def test_a_refused_account_is_said_to_be_and_shown_as_last_seen(world: World, client: Client) -> None:
    story.record_story(world)
    refuse(world, world.theirs)
    client.force_login(world.executive)
    for name in ("tree", "table"):
        text = page(client, name)
        assert text.count("Refused at the last sweep") == 1, name
        assert "1 refused at the last sweep" in text
    text = page(client, "account", world.theirs.account_id)
    assert "playground could not be read at the last sweep" in text
    assert 'class="pl-last-seen"' in text
    assert "Everything below is as last seen." in text
    assert "pl-last-seen" not in page(client, "account", world.ours.account_id)
    drawing = page(client, "map")
    assert "playground: " in drawing
    assert "refused at the last sweep</title>" in drawing


def test_an_account_never_swept_looks_unlike_a_suspended_one(world: World, client: Client) -> None:
    story.record_story(world)
    world.add_accounts(1)
    AwsAccount.objects.filter(pk=world.theirs.pk).update(state=AwsAccount.State.SUSPENDED)
    client.force_login(world.executive)
    text = page(client, "tree")
    assert re.search(r"pl-look-never.*?a-000.*?Never swept", text, re.DOTALL)
    assert re.search(r"pl-look-suspended.*?playground.*?Suspended", text, re.DOTALL)
    assert "1 never swept" in text
    assert "1 suspended" in text


def test_an_account_left_behind_by_its_organization_is_shown_as_last_seen(world: World, client: Client) -> None:
    story.record_story(world)
    AwsAccount.objects.filter(pk=world.theirs.pk).update(left_at=timezone.now())
    client.force_login(world.executive)
    text = page(client, "account", world.theirs.account_id)
    assert "Left the organization: not swept." in text
    assert "As last seen on" in text
    assert "Every listing was read" not in text


def test_a_branch_loads_the_accounts_of_its_unit_alone(world: World, client: Client) -> None:
    story.record_story(world)
    world.add_accounts(250)
    client.force_login(world.executive)
    text = page(client, "tree")
    url = reverse("organization:branch", args=[world.sandbox.ou_id])
    assert f'hx-get="{url}?level=1"' in text
    assert "playground" not in text
    branch = client.get(url).content.decode()
    assert branch.count("pl-node-account") == 200
    assert "51 more accounts in Sandbox, as a table" in branch
    assert "payments" not in branch


def test_a_branch_of_another_owner_does_not_exist(world: World, client: Client) -> None:
    client.force_login(world.owner)
    assert client.get(reverse("organization:branch", args=[world.sandbox.ou_id])).status_code == 404
    assert "playground" not in page(client, "branch", world.root.ou_id)


def test_the_map_zooms_into_a_unit_and_colours_by_criticals(world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.executive)
    text = page(client, "map")
    assert "Sandbox has the lowest mean score, " in text
    assert f"ou={world.sandbox.ou_id}" in text
    assert "pl-fill-b1" in text
    zoomed = page(client, "map", ou=world.sandbox.ou_id, colour="criticals", size="weight")
    assert "playground" in zoomed
    assert "payments" not in zoomed
    assert "No critical finding is open" in zoomed
    assert "pl-fill-c0" in zoomed
    assert "All accounts</a>" in zoomed


def test_the_map_shows_a_unit_of_many_accounts_one_by_one(world: World, client: Client) -> None:
    world.add_accounts(300)
    client.force_login(world.executive)
    whole = page(client, "map")
    assert 'class="pl-treemap-tile' not in whole, "the units are the links"
    assert page(client, "map", ou=world.sandbox.ou_id).count('class="pl-treemap-tile') >= 300


def test_a_unit_names_its_owners(world: World, client: Client) -> None:
    Ownership.objects.create(user=world.stranger, unit=world.production)
    client.force_login(world.executive)
    text = page(client, "tree")
    start = text.index(">Production<")
    assert "otto" in text[start : text.index("</summary>", start)]
