"""What a page says where it cannot show what was asked for.

Where one can go from there.
"""

from __future__ import annotations

from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.urls import reverse

from accounts.models import User
from posture.web.help import HELP
from posture.web.tours import TOURS
from tests.web.access import matrix
from tests.web.markup import squeeze
from tests.web.world import World


def test_what_is_not_there_says_why_it_may_not_be_and_offers_ways(world: World, client: Client) -> None:
    client.force_login(world.executive)
    response = client.get("/findings/999999/?as_of=2026-10-01&account=222222222222&compare=7")
    html = response.content.decode()
    assert response.status_code == 404
    assert 'href="/findings/999999/?account=222222222222&amp;compare=7">Look at it as of now' in html
    assert 'href="/findings/999999/?as_of=2026-10-01&amp;compare=7">Look in all accounts' in html
    assert "To Findings</a>" in html
    assert "/inventory/search/?account=222222222222&amp;as_of=2026-10-01&amp;compare=7" in html


def test_a_page_in_no_scope_does_not_speak_of_one(world: World, client: Client) -> None:
    client.force_login(world.owner)
    html = client.get("/findings/999999/").content.decode()
    assert "Look at it as of now" not in html
    assert "Look in all accounts" not in html
    assert "account that you do not own" in html
    assert "ask ada" in html


def test_who_may_not_learns_who_can_help(world: World, client: Client) -> None:
    client.force_login(world.owner)
    response = client.get("/settings/")
    assert response.status_code == 403
    assert "You are logged in as olga (account owner)" in squeeze(response.content.decode())
    assert "ask ada" in response.content.decode()


def test_a_database_that_does_not_answer_is_no_riddle(world: World) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(world.owner)
    with patch.object(BaseDatabaseWrapper, "cursor", side_effect=OperationalError("connection refused")):
        response = client.get("/profile/")
    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert "The database does not answer" in response.content.decode()
    assert "connection refused" not in response.content.decode()


def test_a_page_that_breaks_offers_to_try_again(world: World) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(world.owner)
    with patch("accounts.views.PasswordForm", side_effect=ValueError("a secret")):
        response = client.get("/profile/")
    assert response.status_code == 500
    assert "Try again" in response.content.decode()
    assert "a secret" not in response.content.decode()


def test_help_and_tours_lead_to_pages_that_their_readers_may_open(world: World, client: Client) -> None:
    rows = matrix()
    for role, steps in TOURS.items():
        user = User.objects.filter(role=role).first()
        assert user is not None
        client.force_login(user)
        assert 3 <= len(steps) <= 4
        for page in {one.page for one in steps} | {one.page for one in HELP.values() if one.page}:
            assert page in rows
            assert client.get(reverse(page)).status_code == 200, page


@pytest.mark.parametrize("key", sorted(HELP))
def test_help_is_a_sentence_or_two(key: str) -> None:
    one = HELP[key]
    assert one.text.endswith(".")
    assert len(one.text) < 240
    assert bool(one.page) == bool(one.link)


def test_the_tour_is_put_away_for_good_and_leads_back(world: World, client: Client) -> None:
    User.objects.filter(pk=world.owner.pk).update(tour_dismissed_at=None)
    client.force_login(world.owner)
    assert "Where to begin" in client.get("/findings/").content.decode()
    assert "Where to begin" not in client.get("/inventory/").content.decode()
    response = client.post(reverse("web:dismiss_tour"), {"page": "findings:list"})
    assert response["Location"] == "/findings/"
    assert "Where to begin" not in client.get("/findings/").content.decode()
    assert client.post(reverse("web:dismiss_tour"), {"page": "onboarding:people"})["Location"] == "/"
    assert "Got it" not in client.get(reverse("web:tour")).content.decode()
