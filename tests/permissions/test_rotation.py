"""External ids are changed by form; both are accepted in between."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ConnectionTest, Organization
from accounts.onboarding import rotation
from accounts.onboarding.rotation import STEP
from posture.orchestration.engine import target_of
from posture.sweep.connection import NEW_EXTERNAL_ID
from posture.sweep.credentials import AWS_OWN, SESSION_NAME
from tests.web.world import World

pytestmark = pytest.mark.django_db

PRINCIPAL = "arn:aws:iam::999988887777:role/plumbline"


@pytest.fixture
def organization(world: World, client: Client) -> Organization:
    world.organization.trusted_principal = PRINCIPAL
    world.organization.save()
    client.force_login(world.admin)
    return world.organization


def visit(client: Client, page: str, organization: Organization) -> str:
    return client.get(reverse(f"onboarding:{page}", args=[organization.pk])).content.decode()


def post(client: Client, page: str, organization: Organization, **data: str) -> str:
    url = reverse(f"onboarding:{page}", args=[organization.pk])
    text = client.post(url, data, follow=True).content.decode()
    organization.refresh_from_db()
    return text


def note_a_test(organization: Organization, *, ok: bool) -> None:
    step = {"name": STEP, "ok": ok, "detail": "2 of 9 active accounts do not accept it yet."}
    ConnectionTest.objects.create(organization=organization, steps=[step], succeeded=True, ended_at=timezone.now())


def template(client: Client, organization: Organization) -> dict[str, Any]:
    url = reverse("onboarding:template", args=[organization.pk, "member"])
    parsed: dict[str, Any] = json.loads(client.get(url).content)
    return parsed


def test_the_page_and_the_engine_call_the_step_alike() -> None:
    assert STEP == NEW_EXTERNAL_ID


def test_an_id_that_somebody_else_made_meanwhile_stays(
    client: Client, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly() -> str:
        Organization.objects.filter(pk=organization.pk).update(next_external_id="made-by-another")
        return "made-by-us"

    monkeypatch.setattr(rotation, "new_external_id", slowly)
    post(client, "rotation_begin", organization)
    assert organization.next_external_id == "made-by-another"


def test_between_beginning_and_completing_both_ids_are_accepted(client: Client, organization: Organization) -> None:
    old = organization.external_id
    assert not template(client, organization)["Parameters"]["NextExternalId"]["Default"]

    post(client, "rotation_begin", organization)
    new = organization.next_external_id
    assert new
    assert new != old
    parameters = template(client, organization)["Parameters"]
    assert (parameters["ExternalId"]["Default"], parameters["NextExternalId"]["Default"]) == (old, new)
    role = target_of(organization, "222222222222").role
    assert role is not None
    assert (role.external_id, role.former_external_id) == (new, old)

    note_a_test(organization, ok=True)
    post(client, "rotation_end", organization, end="complete")
    assert (organization.external_id, organization.next_external_id) == (new, "")
    role = target_of(organization, "222222222222").role
    assert role is not None
    assert (role.external_id, role.former_external_id) == (new, "")


def test_beginning_twice_makes_one_new_id(client: Client, organization: Organization) -> None:
    post(client, "rotation_begin", organization)
    new = organization.next_external_id
    post(client, "rotation_begin", organization)
    assert organization.next_external_id == new


def test_it_is_not_completed_while_accounts_refuse_the_new_id(client: Client, organization: Organization) -> None:
    old = organization.external_id
    note_a_test(organization, ok=True)
    post(client, "rotation_begin", organization)

    assert "Not every account is known" in post(client, "rotation_end", organization, end="complete")
    assert organization.external_id == old, "a test of before says nothing of the new id"

    note_a_test(organization, ok=False)
    assert "2 of 9 active accounts" in visit(client, "rotation", organization)
    post(client, "rotation_end", organization, end="complete")
    assert organization.external_id == old

    post(client, "rotation_end", organization, end="complete", confirm=organization.name)
    assert organization.external_id != old


def test_calling_it_off_keeps_the_old_id(client: Client, organization: Organization) -> None:
    old = organization.external_id
    post(client, "rotation_begin", organization)
    post(client, "rotation_end", organization, end="cancel")
    assert (organization.external_id, organization.next_external_id) == (old, "")


def test_ones_own_role_gets_a_trust_policy_instead_of_a_template(client: Client, organization: Organization) -> None:
    organization.role_origin = Organization.RoleOrigin.OWN
    organization.save()
    post(client, "rotation_begin", organization)

    for page in ("deploy", "rotation"):
        said = visit(client, page, organization)
        assert organization.external_id in said
        assert organization.next_external_id in said
        assert "create-stack" not in said
        assert "update-stack" not in said
    role = target_of(organization, "222222222222").role
    assert role is not None
    assert role.is_narrowed_by_aws
    assert all(f"::{AWS_OWN}:" in arn for arn in role.policy_arns)


def test_the_soc_is_shown_what_the_engine_really_sends(client: Client, organization: Organization) -> None:
    from posture.sweep.clients import USER_AGENT

    said = visit(client, "deploy", organization)

    assert f"assumed-role/{organization.role_name}/{SESSION_NAME}" in said
    assert PRINCIPAL in said
    assert "<code>Plumbline/</code>" in said
    assert USER_AGENT.startswith("Plumbline/")
    assert "Leave Plumbline: what to remove in AWS" in visit(client, "settings", organization)
