"""The overview and the score before there is anything to say."""

from __future__ import annotations

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
    assert "Nothing to judge is not the same as nothing wrong" in html
    assert reverse("dashboard:overview") in html
