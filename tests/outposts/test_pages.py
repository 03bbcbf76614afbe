"""Outposts pages: what is on a rack, whose duty it is, and what is unknown."""

from __future__ import annotations

import dataclasses
import pickle
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from posture.checks import all_checks
from posture.core.gap import Gap, GapReason
from posture.history import query as history
from posture.history.models import ResourceRecord
from posture.history.scope import Scope
from posture.pages.outposts import duties, queries
from tests.outposts import outpost_world
from tests.tuning import Tune
from tests.web.world import World

pytestmark = pytest.mark.django_db


def page(client: Client, world: World, *args: Any, persona: str = "executive", **query: str) -> str:
    """Return a page as a persona sees it."""
    user = world.person(persona)
    assert user
    client.force_login(user)
    name = "outposts:detail" if args else "outposts:list"
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def states(world: World, resource_id: int) -> dict[str, str]:
    """Return the state of each duty by its title."""
    scope = Scope.of(world.executive, world.organization)
    one = queries.rack(scope, resource_id)
    found = duties.statuses_of(scope, one, queries.gaps_of(scope, one))
    return {each.duty.title: each.state for each in found}


def test_every_duty_names_checks_that_exist() -> None:
    named = {check for duty in duties.DUTIES for check in duty.checks}
    assert named <= all_checks().keys()
    assert all(duty.checks or duty.attested for duty in duties.DUTIES)


def test_without_outposts_it_says_what_one_would_change(world: World, client: Client) -> None:
    html = page(client, world)
    assert "No Outposts" in html
    assert "Duties that an Outpost would move to you" in html


def test_none_found_where_nobody_could_look_is_not_none(world: World, client: Client) -> None:
    denied = Gap(
        "", outpost_world.REGION, outpost_world.OUTPOST, "outposts:ListOutposts", GapReason.DENIED, "AccessDenied"
    )
    outpost_world.record(world.ours, [outpost_world.volume("v", encrypted=True, on=None)], (denied,))
    html = page(client, world)
    assert "Whether there are Outposts is unknown" in html
    assert "outposts:ListOutposts (AccessDenied)" in html


def test_the_list_counts_what_is_placed(world: World, client: Client) -> None:
    outpost_world.an_outpost(world)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page(client, world), re.DOTALL)
    plain = [re.sub(r"<[^>]*>", "", cell).strip() for cell in cells]
    assert plain[2:9] == ["Klinik, Hamburg", "active", "Connected", "2 of 3", "0", "2", "1"]


def test_duties_have_the_checks_outcomes(world: World) -> None:
    found = states(world, outpost_world.an_outpost(world))
    assert found["Physical access"] == "fail"
    assert found["Link to the region"] == "fail"
    assert found["Encryption on the rack"] == "fail"
    assert found["Routing at the local gateway"] == "fail"
    assert found["Spare capacity"] == "pass"
    assert found["Term and subscription"] == "pass"
    assert found["Power, cooling and fire"] == duties.ATTEST


def test_volumes_that_nobody_could_list_are_no_pass(world: World) -> None:
    denied = Gap(
        "", outpost_world.REGION, outpost_world.VOLUME, "ec2:DescribeVolumes", GapReason.DENIED, "AccessDenied"
    )
    outpost_world.record(world.ours, [outpost_world.rack(), outpost_world.site(), *outpost_world.others()], (denied,))
    resource_id = ResourceRecord.objects.get(type=outpost_world.OUTPOST).resource_id
    assert states(world, resource_id)["Encryption on the rack"] == "unknown"


def test_the_page_shows_only_what_is_on_it(world: World, client: Client) -> None:
    html = page(client, world, outpost_world.an_outpost(world), persona="owner")
    for words in ("vol-a", "ward", "lgw-1", "0.0.0.0/0", "lgw-vif-1", "Klinikweg 4", "10 kVA", "No API reports it"):
        assert words in html
    assert "vol-c" not in html


def test_a_consumer_sees_the_rack_and_no_more_of_it(world: World, client: Client) -> None:
    """The owner's account is out of scope: no capacity, no link, no volumes."""
    outpost_world.an_outpost(world)
    bare = {key: outpost_world.rack().raw_config[key] for key in ("OutpostId", "OwnerId", "LifeCycleStatus", "SiteArn")}
    outpost_world.record(world.theirs, [dataclasses.replace(outpost_world.rack(), raw_config=bare, raw_observed={})])
    theirs = ResourceRecord.objects.get(account=world.theirs, type=outpost_world.OUTPOST)
    html = page(client, world, theirs.resource_id, persona="stranger")
    assert "owns this Outpost and shares it" in html
    assert "Owner only" in html
    assert "vol-a" not in html


def test_one_rack_that_two_accounts_see_is_one(world: World) -> None:
    outpost_world.an_outpost(world)
    outpost_world.record(world.theirs, [outpost_world.rack()])
    found = queries.racks(Scope.of(world.executive, world.organization))
    assert [(one.name, one.record.account_id) for one in found] == [("clinic", world.ours.pk)]


def test_the_past_is_asked_for_what_was_kept(world: World, client: Client) -> None:
    """Observed values of an earlier version are not stored, and not judged."""
    resource_id = outpost_world.an_outpost(world)
    later = outpost_world.AT + timedelta(days=9)
    outpost_world.record(world.ours, [outpost_world.rack(LifeCycleStatus="RETIRING"), outpost_world.site()], at=later)
    then = (outpost_world.AT + timedelta(days=1)).isoformat()
    html = page(client, world, resource_id, as_of=then)
    assert "Not stored" in html
    assert ">retiring<" not in html
    assert ">retiring<" in page(client, world, resource_id)


def test_more_on_a_rack_takes_no_more_queries(world: World, client: Client, django_assert_max_num_queries: Any) -> None:
    more = [outpost_world.volume(f"vol-{number}", encrypted=False) for number in range(40)]
    outpost_world.record(world.ours, [outpost_world.rack(), outpost_world.site(), *more, *outpost_world.others()])
    resource_id = ResourceRecord.objects.get(type=outpost_world.OUTPOST).resource_id
    client.force_login(world.executive)
    with django_assert_max_num_queries(32):
        client.get(reverse("outposts:detail", args=[resource_id]))
    with django_assert_max_num_queries(32):
        client.get(reverse("outposts:list"))


def test_findings_count_what_is_open(world: World) -> None:
    outpost_world.an_outpost(world)
    scope = Scope.of(world.executive, world.organization)
    one = queries.racks(scope)[0]
    expected = history.findings(scope).exclude(resource_name="vol-c").count()
    assert one.findings == expected > 0


def test_what_is_kept_of_many_accounts_is_what_is_read_and_moves_with_it(
    world: World, tune: Tune, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    outpost_world.an_outpost(world)

    def facts_for(user: Any) -> list[Any]:
        found = queries.racks(Scope.of(user, world.organization))
        return [(one, {kind: one.number_of(kind) for kind in one.placed}, one.findings, one.site) for one in found]

    expected = facts_for(world.executive)
    tune(cached_scope_min_accounts=0)
    scope = Scope.of(world.executive, world.organization)
    with django_assert_max_num_queries(6):
        assert queries.racks(scope)
    with django_assert_num_queries(0):
        assert world.organization.external_id.encode() not in pickle.dumps(queries.racks(scope))
    assert [facts_for(world.executive), facts_for(world.owner), facts_for(world.stranger)] == [expected, expected, []]
    outpost_world.record(
        world.ours, [outpost_world.rack(LifeCycleStatus="RETIRING")], at=outpost_world.AT + timedelta(days=9)
    )
    assert [one.config["LifeCycleStatus"] for one, *_ in facts_for(world.executive)] == ["RETIRING"]
