"""What checks could not judge because AWS left a field out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from posture.core.resource import Resource
from posture.core.values import Unknown
from posture.history import query
from posture.history.models import Snapshot
from posture.history.scope import Scope
from posture.history.triage import call_false_positive
from posture.pages.dashboard import unjudged
from tests.dashboard.test_overview import OVERVIEW, SCORE, page
from tests.web import story as stories
from tests.web.world import World

pytestmark = pytest.mark.django_db
LEFT_OUT = "could not judge 1 resource</a>: AWS left the field out of its answer."


def without(volume: Resource, field: str) -> Resource:
    """Return a volume whose answer leaves a field out."""
    return replace(volume, raw_config={name: value for name, value in volume.raw_config.items() if name != field})


@pytest.fixture
def left_out(world: World, story: Sequence[Snapshot]) -> World:
    """The world after a sweep without one field of a volume; no listing failed."""
    odd = without(stories.volume("vol-1", encrypted=True), "Encrypted")
    others = [stories.volume(name, encrypted=True) for name in ("vol-2", "vol-3")]
    stories.sweep(world, timezone.now(), {world.ours.pk: [odd, *others]})
    return world


def test_a_field_that_aws_leaves_out_is_named_where_every_listing_was_read(left_out: World, client: Client) -> None:
    scope = Scope.of(left_out.owner, left_out.organization)
    band = query.load_score(scope)
    assert band is not None
    assert band.low < band.high
    assert query.load_blind_share(scope).share == 0
    for url in (OVERVIEW, SCORE):
        html = page(client, left_out.owner, url)
        assert LEFT_OUT in html
        (link,) = set(re.findall(r'<a href="([^"]*)">1 check could not judge', html))
        listed = client.get(f"{link}&group=none".replace("&amp;", "&")).context["table"].paginator.count
        assert listed == 1
    assert "Every account and region answered" in page(client, left_out.owner, SCORE)


def test_what_people_set_aside_is_not_counted(left_out: World, client: Client) -> None:
    finding = query.findings(Scope.of(left_out.owner, left_out.organization)).get(status="unknown")
    call_false_positive(left_out.owner, finding, "It holds nothing.")
    assert "could not judge" not in page(client, left_out.owner)


def test_nothing_is_said_where_everything_was_judged(world: World, story: Sequence[Snapshot], client: Client) -> None:
    assert "could not judge" not in page(client, world.executive, OVERVIEW)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((2, 3, 3, 0), ("2 checks could not judge 3 resources", "AWS left the field out of its answer")),
        ((2, 3, 4, 4), ("2 checks could not judge 3 resources (4 findings)", "the read was refused or failed")),
        ((2, 9, 9, 2), ("2 checks could not judge 9 resources",
                        "AWS left the field out for 7, and the read was refused or failed for 2")),
    ],
)  # fmt: skip
def test_the_words_say_why(
    world: World, rf: RequestFactory, monkeypatch: pytest.MonkeyPatch, found: tuple[int, ...], words: tuple[str, str]
) -> None:
    monkeypatch.setattr(unjudged, "_counted", lambda _: unjudged.Counted(*found))
    request: Any = rf.get("/")
    request.user = world.executive
    said = unjudged.of_scope(request, Scope.of(world.executive, world.organization))
    assert said is not None
    assert (said.words, said.why) == words


def test_a_refused_read_is_distinguished_from_a_field_that_is_left_out(
    world: World, story: Sequence[Snapshot], client: Client
) -> None:
    refused = stories.volume("vol-1", encrypted=True)
    unknown = Unknown("ec2:DescribeVolumes", "AccessDenied", "role_policy")
    odd = replace(refused, raw_config={**refused.raw_config, "Encrypted": unknown})
    stories.sweep(world, timezone.now(), {world.ours.pk: [odd]})
    assert "could not judge 1 resource</a>: the read was refused or failed." in page(client, world.owner)
