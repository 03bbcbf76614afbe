"""What one organization sets or attests, others neither see nor change."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from accounts import attestations
from accounts.models import Attestation, AwsAccount, Organization, OrganizationalUnit, ParameterSetting
from accounts.parameters import change_setting, load_values
from tests.attestations.matrix import REFERENCE
from tests.parameters.matrix import NAME
from tests.web.world import World

CHANGE, PAGE = f"/parameters/{NAME}/change/", f"/parameters/{NAME}/"


@pytest.fixture
def other(world: World) -> OrganizationalUnit:
    """A unit of another organization, with the id of a unit of the first."""
    organization = Organization.objects.create(
        name="Rival", root_account_id="444455556666", state=Organization.State.CONNECTED
    )
    root = OrganizationalUnit.objects.create(organization=organization, ou_id="r-zzzz", name="Root", path="/r-zzzz/")
    return OrganizationalUnit.objects.create(
        organization=organization, parent=root, ou_id="ou-zzzz-rival", name="Rivals", path="/r-zzzz/ou-zzzz-rival/"
    )


def test_a_unit_of_another_organization_is_refused(world: World, other: OrganizationalUnit, client: Client) -> None:
    client.force_login(world.admin)
    answer = client.post(f"{CHANGE}?org={world.organization.pk}", {"unit": other.ou_id, "value": "9"})
    assert (answer.status_code, ParameterSetting.objects.count()) == (200, 0)


def test_values_of_another_organization_hold_and_are_shown_nowhere_else(
    world: World, other: OrganizationalUnit, client: Client
) -> None:
    change_setting(other.organization, None, NAME, 11, world.admin)
    change_setting(other.organization, other, NAME, 12, world.admin)
    assert load_values(AwsAccount.objects.get(pk=world.ours.pk)) == {}
    for user in (world.owner, world.executive, world.admin):
        client.force_login(user)
        for url in (f"/parameters/?org={world.organization.pk}", f"{PAGE}?org={world.organization.pk}"):
            text = client.get(url).content.decode().split("<main")[1]
            assert "11 days" not in text
            assert "12 days" not in text
    client.force_login(world.owner)
    for query in (f"org={other.organization.pk}", f"ou={other.ou_id}", f"org={other.organization.pk}&ou={other.ou_id}"):
        answer = client.get(f"{PAGE}?{query}")
        assert answer.status_code == 404 or "11 days" not in answer.content.decode()


def test_an_attestation_of_another_organization_is_neither_made_nor_shown(
    world: World, other: OrganizationalUnit, client: Client
) -> None:
    rival = AwsAccount.objects.create(
        organization=other.organization, unit=other, account_id=world.theirs.account_id, name="rival"
    )
    attestations.attest(
        other.organization, rival, REFERENCE, world.admin, statement="Theirs.", reference="X-1", valid_until=date.max
    )
    body = {"statement": "Mine.", "reference": "SEC-1", "valid_until": timezone.now().date().isoformat(), "why": "No."}
    page, org = f"/attestations/{REFERENCE}/", f"?org={other.organization.pk}"
    for user in (world.owner, world.executive):
        client.force_login(user)
        if user == world.owner:
            assert "Theirs." not in client.get(f"{page}{org}").content.decode()
        for account in ("", rival.account_id):
            client.post(f"{page}attest/{org}", {**body, "account": account})
            assert client.post(f"{page}withdraw/{org}", {**body, "account": account}).status_code in {403, 404}
    assert list(Attestation.objects.values_list("statement", flat=True)) == ["Theirs."]
