"""A path has its state since a link caused it, not since any link changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AwsAccount
from posture.core.gap import Gap, GapReason
from posture.history.models import ResourceRecord
from posture.history.scope import Scope
from posture.pages.network import queries, reachability_history
from posture.pages.network.reachability_history import StateSince
from tests.network.resources import AT, record
from tests.network.test_vpc_analysis import OFFICE, SSH, TO_INTERNET, TO_NAT, parts
from tests.web.world import World

DAY = timedelta(days=1)


def known(world: World, **dates: object) -> dict[str, StateSince]:
    """Return since when the VPC's paths have their state, by the interface's id."""
    scope = Scope.of(world.admin, world.organization, **dates)  # type: ignore[arg-type]  # as_of alone
    vpc = queries.vpcs(scope).get()
    picture = queries.analyses(scope, [vpc])[vpc.resource_id]
    found = reachability_history.since(vpc.as_resource(), picture.paths, queries.history(scope, vpc, picture))
    return {arn.rsplit("/", 1)[-1]: one for arn, one in found.items()}


def story(account: AwsAccount) -> None:
    """Close the path, open it on day 2, edit the group on day 4, rewrite the route."""
    record(account, parts(rules=(OFFICE,)), at=AT)
    record(account, parts(rules=(OFFICE, SSH)), at=AT + 2 * DAY)
    record(account, parts(rules=(SSH, OFFICE, {**OFFICE, "FromPort": 443, "ToPort": 443})), at=AT + 4 * DAY)
    record(
        account,
        parts(rules=(SSH,), routes=(TO_INTERNET, {**TO_NAT, "DestinationCidrBlock": "10.9.0.0/16"})),
        at=AT + 5 * DAY,
    )


@pytest.mark.django_db
def test_a_path_is_open_since_the_link_that_opened_it(world: World) -> None:
    story(world.ours)
    assert known(world) == {"eni-1": StateSince(AT + 2 * DAY)}


@pytest.mark.django_db
def test_a_path_was_refused_before_as_of_a_date(world: World) -> None:
    """Looked at as of a date, later versions say nothing."""
    story(world.ours)
    assert known(world, as_of=AT + DAY) == {"eni-1": StateSince(AT, is_known=False)}
    record(world.ours, parts(rules=(OFFICE,)), at=AT + 8 * DAY)
    assert known(world) == {"eni-1": StateSince(AT + 8 * DAY)}


@pytest.mark.django_db
def test_what_was_always_so_is_only_known_to_be_older(world: World) -> None:
    record(world.ours, parts(), at=AT)
    record(world.ours, parts(rules=(SSH, OFFICE)), at=AT + DAY)
    assert known(world) == {"eni-1": StateSince(AT, is_known=False)}


@pytest.mark.django_db
def test_a_path_that_a_gap_made_unknown_has_no_date(world: World) -> None:
    """Versions do not say what was read when."""
    record(world.ours, parts(), at=AT)
    kind = "AWS::EC2::SecurityGroup"
    gap = Gap(world.ours.account_id, "eu-central-1", kind, "ec2:Describe", GapReason.DENIED, "AccessDenied")
    record(world.ours, [one for one in parts() if one.type != kind], (gap,), at=AT + DAY)
    assert known(world) == {}


@pytest.mark.django_db
def test_no_more_versions_are_read_than_there_is_time_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the versions are not complete, nothing older is claimed."""
    story(world.ours)
    monkeypatch.setattr(queries, "VERSIONS_MAX", 8)
    (found,) = known(world).values()
    assert not found.is_known
    assert found.at >= AT + 2 * DAY
    monkeypatch.undo()
    monkeypatch.setattr(reachability_history, "SECONDS", -1.0)
    assert known(world) == {}


@pytest.mark.django_db
def test_the_page_and_its_csv_say_since_when(world: World, client: Client) -> None:
    story(world.ours)
    client.force_login(world.owner)
    resource_id = ResourceRecord.objects.filter(account=world.ours, type="AWS::EC2::VPC").first().resource_id  # type: ignore[union-attr]  # recorded above
    url = reverse("network:vpc", args=[resource_id])
    assert f'<time datetime="{AT + 2 * DAY:%Y-%m-%dT%H:%M}' in client.get(url).content.decode()
    table = client.get(url, {"picture": "inbound", "export": "csv"}).content.decode()
    assert f"{(AT + 2 * DAY).day} May 2026" in table
