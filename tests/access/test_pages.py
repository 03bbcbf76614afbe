"""The page shows who may do an action, within what a person sees."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.history.test_who_can import OBJECT, record, record_organization
from tests.web.world import World

pytestmark = pytest.mark.django_db


def shown(client: Client, user: User, action: str = "s3:GetObject", resource: str = OBJECT) -> str:
    """Return the page as a person gets it."""
    client.force_login(user)
    return client.get(reverse("access:ask"), {"action": action, "resource": resource}).content.decode()


def test_the_page_asks_for_an_action_and_a_resource(world: World, client: Client) -> None:
    client.force_login(world.owner)
    page = client.get(reverse("access:ask")).content.decode()
    assert 'name="action"' in page
    assert 'name="resource"' in page
    assert "26 September 2026" in page
    areas = client.get(reverse("access:ask")).context["frame"].areas
    assert [one.title for one in areas if one.is_current] == ["Identity"]


def test_it_shows_who_may_and_through_what(world: World, client: Client) -> None:
    record(world.ours)
    record_organization(world.theirs, world.ours, denies=False)
    page = shown(client, world.admin)
    assert "Allowed: 2" in page, "the role and the root user"
    assert "inline policy own.Statement[0]" in page
    assert "idle" not in page


def test_an_owner_gets_no_guardrails_of_other_accounts(world: World, client: Client) -> None:
    record(world.ours)
    record_organization(world.theirs, world.ours, denies=True)
    assert "Allowed: 0" in shown(client, world.admin)
    page = shown(client, world.owner)
    assert "Allowed: 0" in page
    assert "organizations:ListPolicies failed" in page


def test_what_a_person_does_not_see_is_as_if_it_were_not_there(world: World, client: Client) -> None:
    record(world.ours)
    for resource in (OBJECT, "arn:aws:s3:::nothing"):
        page = shown(client, world.stranger, resource=resource)
        assert "No resource with this ARN was found" in page
        assert "payments" not in page


@pytest.mark.parametrize(
    ("action", "resource", "words"),
    [
        ("GetObject", OBJECT, "Write one IAM action"),
        ("s3:*", OBJECT, "Write one IAM action"),
        ("s3:GetObject", "records", "Write an ARN"),
        ("s3:GetObject", "arn:", "No resource with this ARN"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(
    action: str, resource: str, words: str, world: World, client: Client
) -> None:
    assert words in shown(client, world.owner, action, resource)
