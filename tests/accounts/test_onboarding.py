"""Onboarding by form: what is typed is kept, what is wrong is said, and only admins get in."""

from __future__ import annotations

import json

import pytest
from django.core.cache import cache
from django.forms import CheckboxSelectMultiple
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertHTMLEqual

from accounts.models import (
    AwsAccount,
    ConnectionTest,
    Organization,
    OrganizationalUnit,
    Ownership,
    Role,
    User,
)
from accounts.onboarding.forms import PersonForm
from accounts.onboarding.views import CALLER_KEY
from posture.history.models import Snapshot

pytestmark = pytest.mark.django_db

TYPED = {
    "name": "Acme",
    "kind": "organization",
    "partition": "aws",
    "root_account_id": "1111-2222-3333",
    "role_name": "PlumblineReadOnly",
    "role_origin": "template",
    "trusted_principal": "arn:aws:iam::999988887777:role/plumbline",
    "regions": "eu-central-1, us-east-1",
    "sweep_every_hours": "24",
}


@pytest.fixture
def admin(client: Client) -> Client:
    """A client logged in as an admin, with a known caller identity."""
    cache.set(CALLER_KEY, {"principal": TYPED["trusted_principal"]})
    client.force_login(User.objects.create(username="ada", role=Role.ADMIN))
    return client


def test_the_first_step_makes_a_draft_with_an_unguessable_external_id(admin: Client) -> None:
    """Ids are taken as people paste them."""
    response = admin.post(reverse("onboarding:new"), TYPED)
    organization = Organization.objects.get()
    assert response["Location"] == reverse("onboarding:deploy", args=[organization.pk])
    assert organization.root_account_id == "111122223333"
    assert organization.regions == ["eu-central-1", "us-east-1"]
    assert organization.state == Organization.State.DRAFT
    assert len(organization.external_id) > 40


def test_a_wrong_region_is_named_and_nothing_typed_is_lost(admin: Client) -> None:
    """The form comes back as it was."""
    response = admin.post(reverse("onboarding:new"), {**TYPED, "regions": "eu-central-1, Frankfurt"})
    page = response.content.decode()
    assert "Frankfurt: not a region&#x27;s name" in page
    assert 'value="Acme"' in page
    assert "1111-2222-3333" in page
    assert not Organization.objects.exists()


def test_the_workers_identity_is_offered(admin: Client) -> None:
    """Nobody should have to look up which principal to trust."""
    assert TYPED["trusted_principal"] in admin.get(reverse("onboarding:new")).content.decode()


def test_the_template_has_trust_and_external_id_filled_in(admin: Client) -> None:
    """What is downloaded can be deployed as it is."""
    admin.post(reverse("onboarding:new"), TYPED)
    organization = Organization.objects.get()
    assert "Hours between sweeps" in admin.get(reverse("onboarding:settings", args=[organization.pk])).content.decode()
    for which in ("member", "management"):
        template = json.loads(admin.get(reverse("onboarding:template", args=[organization.pk, which])).content)
        assert template["Parameters"]["ExternalId"]["Default"] == organization.external_id
        assert template["Parameters"]["TrustedPrincipalArn"]["Default"] == TYPED["trusted_principal"]


def test_a_failed_connection_test_names_the_cure_and_does_not_connect(admin: Client) -> None:
    """Only a test that succeeded opens the last door."""
    admin.post(reverse("onboarding:new"), TYPED)
    organization = Organization.objects.get()
    steps = [{"name": "Assume the role", "ok": False, "detail": "AccessDenied", "remedy": "Check the external id."}]
    ConnectionTest.objects.create(
        organization=organization, steps=steps, succeeded=False, ended_at="2026-01-01T00:00:00Z"
    )
    page = admin.get(reverse("onboarding:connect", args=[organization.pk])).content.decode()
    assert "Check the external id." in page
    assert organization.external_id in page, "what the cure names is on the page"
    assert admin.post(reverse("onboarding:start", args=[organization.pk])).status_code == 400
    organization.refresh_from_db()
    assert organization.state == Organization.State.DRAFT


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.OWNER])
def test_only_admins_get_in(client: Client, role: Role) -> None:
    """Everybody else is refused, whatever the page."""
    client.force_login(User.objects.create(username="eve", role=role))
    organization = Organization.objects.create(name="Acme", root_account_id="111122223333")
    for name, args in (("organizations", []), ("new", []), ("people", []), ("settings", [organization.pk])):
        assert client.get(reverse(f"onboarding:{name}", args=args)).status_code == 403


def test_an_admin_makes_an_owner(admin: Client) -> None:
    """A person gets a password and an account."""
    organization = Organization.objects.create(name="Acme", root_account_id="111122223333")
    account = AwsAccount.objects.create(organization=organization, account_id="111122223333", name="Shop")
    form = {
        "username": "owen",
        "email": "owen@example.org",
        "role": "owner",
        "is_active": "on",
        "password": "correct-horse-9",
        "accounts": [account.pk],
    }
    assert admin.post(reverse("onboarding:person_new"), form).status_code == 302
    owen = User.objects.get(username="owen")
    assert owen.check_password("correct-horse-9")
    assert Ownership.objects.filter(user=owen, account=account).exists()


def test_the_last_admin_cannot_lock_everybody_out(admin: Client) -> None:
    """Taking the last admin's role away is refused, in words."""
    ada = User.objects.get(username="ada")
    response = admin.post(reverse("onboarding:person", args=[ada.pk]), {"username": "ada", "role": "owner"})
    assert "make somebody else an admin first" in response.content.decode()
    ada.refresh_from_db()
    assert ada.role == Role.ADMIN


def test_accounts_are_offered_as_django_would_offer_them_and_more_take_no_more_queries(
    admin: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    acme = Organization.objects.create(name="Acme", root_account_id="111122223333")
    unit = OrganizationalUnit.objects.create(organization=acme, ou_id="ou-1", name="Shop & <i>", path="/r/ou-1/")
    owen = User.objects.create(username="owen", role=Role.OWNER)

    def shown(*numbers: int) -> tuple[str, PersonForm]:
        AwsAccount.objects.bulk_create(
            AwsAccount(organization=acme, unit=unit, account_id=f"{number:012}", name=f'"{number}" <script>&amp;')
            for number in numbers
        )
        Ownership.objects.get_or_create(user=owen, account=acme.accounts.get(account_id=f"{1:012}"))
        with django_assert_num_queries(11):
            page = admin.get(reverse("onboarding:person", args=[owen.pk]))
        return page.content.decode(), page.context["form"]

    shown(1, 2)
    text, form = shown(*range(3, 30))
    assert text.count(" checked") == 2, "what is owned, and that the person may log in"
    assert "<script>&amp;" not in text
    for name in ("accounts", "units"):
        drawn, field = str(form[name]), form.fields[name]
        assert drawn in text
        field.widget = CheckboxSelectMultiple(field.widget.attrs, field.widget.choices)
        assertHTMLEqual(drawn.replace(f' data-choose="{name}"', ""), str(form[name]))


def test_a_draft_can_be_deleted_and_nothing_else(admin: Client, caplog: pytest.LogCaptureFixture) -> None:
    draft = Organization.objects.create(name="Acme", root_account_id="111122223333")
    AwsAccount.objects.create(organization=draft, account_id="111122223333", name="root")
    url = reverse("onboarding:delete", args=[draft.pk])
    text = admin.get(url).content.decode()
    assert "nothing of it was swept" in text
    assert "1 account that is known" in text

    for state in ("connected", "paused"):
        Organization.objects.update(state=state)
        assert admin.get(url).status_code == admin.post(url).status_code == 404
    Organization.objects.update(state="draft")
    swept = Snapshot.objects.create(organization=draft, as_of=timezone.now(), state="cancelled", trigger="person")
    assert admin.post(url).status_code == 404, "it has a history"
    swept.delete()

    with caplog.at_level("INFO"):
        assert admin.post(url).status_code == 302
    assert not Organization.objects.exists()
    assert not AwsAccount.objects.exists()
    assert "ada deleted the draft of an organization" in caplog.text
