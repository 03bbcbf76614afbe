"""The overview and the score before there is anything to say."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from posture.history.models import AccountSweep, Snapshot
from tests.dashboard.test_overview import SCORE, page
from tests.web.world import World

pytestmark = pytest.mark.django_db


def test_nothing_swept_yet(world: World, client: Client) -> None:
    assert "Nothing has been swept yet" in page(client, world.admin)
    snapshot = Snapshot.objects.create(organization=world.organization, as_of=timezone.now(), trigger="onboarding")
    AccountSweep.objects.create(snapshot=snapshot, account=world.ours)
    html = page(client, world.executive)
    assert "The first sweep is running" in html
    assert "0 of 1 account done" in html


def test_the_score_of_nothing_is_none(world: World, client: Client) -> None:
    html = page(client, world.owner, SCORE)
    assert "that does not mean that nothing is wrong" in html
    assert reverse("dashboard:overview") in html


def test_a_date_before_the_first_sweep_is_not_a_first_run(
    world: World, story: Sequence[Snapshot], client: Client
) -> None:
    html = page(client, world.executive, as_of="2001-01-01")
    assert "No sweep had been completed by 1 Jan 2001" in html
    assert "Nothing has been swept yet" not in html
    assert "Show now" in html
    assert "No sweep had been completed by 1 Jan 2001" in page(client, world.executive, "/period/", as_of="2001-01-01")
