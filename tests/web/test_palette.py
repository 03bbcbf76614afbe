"""The palette: what each person finds, in which order.

What is remembered of it.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from posture.core.resource import Resource
from posture.history.models import FindingRecord, ResourceRecord
from posture.web import palette
from posture.web.destinations import ACTIONS, PAGES
from posture.web.palette import ENTRIES_PER_SOURCE_MAX, EXACT, PREFIX, WITHIN, WORD, rank_match
from tests.findings.samples import record
from tests.web import story
from tests.web.world import World

GROUP = re.compile(r'role="group".*?id="pl-group-\d+">(.*?)</div>(.*?)</div>', re.DOTALL)
TITLE = re.compile(r'pl-option-title">(.*?)</span>')
REGION = "eu-central-1"


def found(client: Client, user: User, text: str, **query: Any) -> dict[str, list[str]]:
    """Return the titles that a person is offered, by heading, in their order."""
    client.force_login(user)
    response = client.get(reverse("web:palette"), {"q": text, **query})
    assert response.status_code == 200
    groups = GROUP.findall(response.content.decode())
    return {title: [unescape(one) for one in TITLE.findall(body)] for title, body in groups}


def keys(client: Client, user: User, text: str) -> list[str]:
    """Return the keys of what a person is offered."""
    client.force_login(user)
    return re.findall(r'data-key="(.+?)"', client.get(reverse("web:palette"), {"q": text}).content.decode())


def test_accounts_are_found_by_name_and_by_id_with_or_without_dashes(world: World, client: Client) -> None:
    for text in ("paym", "222222222222", "2222-2222-2222", "22222"):
        assert found(client, world.executive, text)["Accounts and units"] == ["payments"]
    assert found(client, world.executive, "sandb")["Accounts and units"] == ["Sandbox"]


def test_an_owner_finds_nothing_of_others(world: World, client: Client) -> None:
    story.record_story(world)
    theirs = ResourceRecord.objects.get(account=world.theirs, name="vol-9")
    finding = FindingRecord.objects.get(account=world.theirs, check_id="ec2_volume_encrypted")
    for text in ("playground", "333333333333", "Sandbox", "vol-9", theirs.arn, "settings", "sweep now", "people"):
        seen = found(client, world.owner, text)
        for heading in ("Accounts and units", "Resources", "Findings"):
            assert seen.get(heading, []) == [], text
        assert not {"Settings", "People and owners", "Sweep now", "Add a person"} & {
            title for group in seen.values() for title in group
        }
    assert f"finding:{finding.finding_id}" not in keys(client, world.owner, "volume is not encrypted")
    assert f"finding:{finding.finding_id}" in keys(client, world.stranger, "volume is not encrypted")
    assert found(client, world.admin, "vol-9")["Resources"] == ["vol-9"]


def test_an_account_that_is_not_visible_is_not_searched(world: World, client: Client) -> None:
    client.force_login(world.owner)
    assert client.get(reverse("web:palette"), {"q": "vol", "account": world.theirs.account_id}).status_code == 404


def test_resources_are_found_by_name_arn_tag_and_address(world: World, client: Client) -> None:
    arn = f"arn:aws:ec2:{REGION}:222222222222:elastic-ip/eipalloc-1"
    config = {"PublicIp": "203.0.113.7", "AllocationId": "eipalloc-1"}
    address = Resource("AWS::EC2::EIP", arn, "", REGION, "front-door", config, raw_tags={"team": "web"})
    record(world.ours, [address])
    for text in ("front-d", arn, "team=web", "203.0.113.7"):
        assert found(client, world.owner, text)["Resources"] == ["front-door"], text
        assert "Resources" not in found(client, world.stranger, text)
    assert "Resources" not in found(client, world.owner, "203.0.113.8")


def test_checks_are_found_by_id_title_and_the_names_of_other_tools(world: World, client: Client) -> None:
    for text in ("ec2_volume_encrypted", "EBS volume is encr", "prowler:ec2_ebs_volume_encryption"):
        assert found(client, world.owner, text)["Checks"][0] == "EBS volume is encrypted", text
    assert next(iter(found(client, world.owner, "ec2_volume_encrypted"))) == "Checks", "the exact group is the first"


def test_findings_are_found_by_problem_and_by_resource(world: World, client: Client) -> None:
    story.record_story(world)
    for text in ("volume is not encrypted", "vol-3"):
        assert "EBS volume is not encrypted" in found(client, world.owner, text)["Findings"], text


def test_each_page_and_act_is_offered_to_those_who_may_open_it(world: World, client: Client) -> None:
    for user in (world.owner, world.executive, world.admin):
        client.force_login(user)
        for one in (*PAGES, *ACTIONS):
            is_open = user.is_admin or not one.admins_only
            titles = {title for group in found(client, user, one.title).values() for title in group}
            assert (one.title in titles) == is_open, one.title
            if is_open and one.page and one.act != "post":
                assert client.get(reverse(one.page, kwargs=dict(one.kwargs))).status_code == 200, one.title


def test_links_carry_the_scope(world: World, client: Client) -> None:
    client.force_login(world.executive)
    query = {"q": "drift", "as_of": "2026-03-01", "compare": "7", "ou": world.production.ou_id}
    html = client.get(reverse("web:palette"), query).content.decode()
    links = [link for link in re.findall(r'href="(.+?)"', html) if link.startswith("/drift/")]
    assert links
    assert all("as_of=2026-03-01" in link and "compare=7" in link and "ou=ou-1" in link for link in links)
    assert "Search all accounts for" in html


def test_what_a_person_opened_comes_first(world: World, client: Client) -> None:
    story.record_story(world)
    volume = ResourceRecord.objects.get(account=world.ours, name="vol-3", valid_to=None)
    client.force_login(world.owner)
    for key in ("page:drift", f"resource:{volume.resource_id}", "page:drift", "check:ec2_volume_encrypted"):
        assert client.post(reverse("web:opened"), {"key": key}).status_code == 204
    assert found(client, world.owner, "")["Recent"] == ["EBS volume is encrypted", "Drift", "vol-3"]
    assert found(client, world.owner, "vol-3")["Recent"] == ["vol-3"]
    assert "vol-3" not in found(client, world.owner, "vol-3").get("Resources", []), "nothing is offered twice"
    assert "Recent" not in found(client, world.executive, ""), "each person has their own"


def test_what_a_person_may_no_longer_see_is_no_longer_offered(world: World, client: Client) -> None:
    story.record_story(world)
    volume = ResourceRecord.objects.get(account=world.ours, name="vol-3", valid_to=None)
    hidden = (f"resource:{volume.resource_id}", f"account:{world.ours.account_id}", "page:settings", "act:sweep-now")
    for key in (*hidden, "page:drift"):
        palette.record_opened(User.objects.get(pk=world.stranger.pk), key)
    assert found(client, world.stranger, "")["Recent"] == ["Drift"]


@pytest.mark.parametrize("key", ["", "drift", "nothing:1", "page:", f"page:{'x' * 200}", "resource:1'--", "resource:٣"])
def test_a_key_that_leads_nowhere_breaks_nothing(key: str, world: World, client: Client) -> None:
    client.force_login(world.owner)
    assert client.post(reverse("web:opened"), {"key": key}).status_code == 204
    assert "Recent" not in found(client, world.owner, "")


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "%", "_", "' OR 1=1 --", "\\", "(((", "x" * 3000, "💥"])
def test_what_is_typed_is_only_text(text: str, world: World, client: Client) -> None:
    story.record_story(world)
    client.force_login(world.owner)
    response = client.get(reverse("web:palette"), {"q": text})
    assert response.status_code == 200
    assert "<script" not in response.content.decode()
    assert found(client, world.owner, text).keys() <= {"Everything", "Pages", "Actions", "Checks"}


def test_it_stays_short_and_asks_no_more_of_many_accounts(
    world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    story.record_story(world)
    world.add_accounts(300)
    found(client, world.executive, "a-0")
    with django_assert_max_num_queries(22):
        groups = found(client, world.executive, "a-0")
    assert len(groups["Accounts and units"]) == ENTRIES_PER_SOURCE_MAX
    assert all(len(titles) <= ENTRIES_PER_SOURCE_MAX for titles in groups.values())


def test_without_an_organization_there_are_pages_and_actions(client: Client, db: None) -> None:
    admin = User.objects.create(username="ada", role="admin")
    assert found(client, admin, "organization") == {"Actions": ["Add an organization"]}


def test_how_well_a_name_fits() -> None:
    assert rank_match("Drift", "drift") == EXACT
    assert rank_match("dri", "Drift") == PREFIX
    assert rank_match("door fr", "front-door") == WORD
    assert rank_match("oor", "front-door") == WITHIN
    assert rank_match("front back", "front-door") is None
