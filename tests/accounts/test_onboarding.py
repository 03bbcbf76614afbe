"""Onboarding by form: what is typed is kept, what is wrong is said.

Only admins get in.
"""

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
from tests.web.markup import compact

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


def test_the_fields_to_correct_are_listed_apart(admin: Client) -> None:
    page = compact(admin.post(reverse("onboarding:new"), {**TYPED, "name": "", "regions": "mars-1"}).content.decode())
    assert '<li><a href="#id_name">Name</a></li><li><a href="#id_regions">Regions</a></li>' in page


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
    admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
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
        with django_assert_max_num_queries(11):
            page = admin.get(reverse("onboarding:person", args=[owen.pk]))
        return page.content.decode(), page.context["form"]

    shown(1, 2)
    text, form = shown(*range(3, 30))
    assert text.count(" checked") == 1, "what is owned"
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

    named = {"confirm": "Acme"}
    for state in ("connected", "paused"):
        Organization.objects.update(state=state)
        assert admin.get(url).status_code == admin.post(url, named).status_code == 404
    Organization.objects.update(state="draft")
    swept = Snapshot.objects.create(organization=draft, as_of=timezone.now(), state="cancelled", trigger="person")
    assert admin.post(url, named).status_code == 404, "it has a history"
    swept.delete()

    for typed in ({}, {"confirm": "Acne"}):
        refused = admin.post(url, typed)
        assert refused.status_code == 200
        assert "That is not its name. Write it as Acme." in refused.content.decode()
    assert Organization.objects.exists()

    with caplog.at_level("INFO"):
        assert admin.post(url, named).status_code == 302
    assert not Organization.objects.exists()
    assert not AwsAccount.objects.exists()
    assert "ada deleted the draft of an organization" in caplog.text


@pytest.mark.parametrize(
    ("field", "typed", "example"),
    [
        ("name", "", "such as Northwind"),
        ("root_account_id", "12", "as 123456789012"),
        ("root_account_id", "", "such as 123456789012"),
        ("role_name", "a b", "A role name has up to 64 letters"),
        ("trusted_principal", "me", "as arn:aws:iam::123456789012:role/plumbline"),
        ("regions", "Frankfurt", "Write, for example, eu-central-1"),
        ("sweep_every_hours", "often", "such as 24"),
        ("sweep_every_hours", "", "such as 24"),
    ],
)
def test_an_error_is_next_to_its_field_and_says_what_to_write(
    field: str, typed: str, example: str, admin: Client
) -> None:
    text = admin.post(reverse("onboarding:new"), {**TYPED, field: typed}).content.decode()
    errors = text.split(f'id="id_{field}_error"')[1].split("</ul>")[0]
    assert example in errors
    assert f'<a href="#id_{field}">' in text, "the note on top leads to it"
    kept = {name: value for name, value in TYPED.items() if name not in {field, "kind", "partition", "role_origin"}}
    for value in (*kept.values(), *([typed] if typed else [])):
        assert f'value="{value}"' in text
    assert 'data-unsaved="dirty"' in text


def test_required_fields_are_marked_and_others_are_not(admin: Client) -> None:
    text = compact(admin.get(reverse("onboarding:new")).content.decode())
    for label, is_marked in (("Name", True), ("Account id", True), ("Regions", False)):
        assert (f'{label}</label><span class="pl-required"' in text) is is_marked


def test_access_is_taken_away_at_once_and_given_back(admin: Client, client: Client) -> None:
    organization = Organization.objects.create(name="Acme", root_account_id="111122223333")
    account = AwsAccount.objects.create(organization=organization, account_id="111122223333", name="Shop")
    owen = User.objects.create(username="owen", role=Role.OWNER)
    Ownership.objects.create(user=owen, account=account)
    theirs = Client()
    theirs.force_login(owen)
    url = reverse("onboarding:access", args=[owen.pk])
    assert theirs.get(reverse("accounts:profile")).status_code == 200

    answer = admin.post(url, {"access": "take"}, follow=True)
    assert "owen is logged out and cannot log in" in answer.content.decode()
    assert "Give the access back" in answer.content.decode()
    assert theirs.get(reverse("accounts:profile")).status_code == 302
    assert Ownership.objects.filter(user=owen).exists(), "it stays for when the access is given back"

    admin.post(reverse("onboarding:person", args=[owen.pk]), {"username": "owen", "role": "owner"})
    assert not User.objects.get(pk=owen.pk).is_active, "saving the form changes no access"
    admin.post(url, {"access": "give"})
    assert User.objects.get(pk=owen.pk).is_active


def test_the_last_admin_keeps_the_access(admin: Client) -> None:
    ada = User.objects.get(username="ada")
    answer = admin.post(reverse("onboarding:access", args=[ada.pk]), {"access": "take"}, follow=True)
    assert "make somebody else an admin first" in answer.content.decode()
    assert User.objects.get(pk=ada.pk).is_active


def test_pausing_says_what_happens_and_how_to_undo_it(admin: Client) -> None:
    organization = Organization.objects.create(name="Acme", root_account_id="111122223333", state="connected")
    url = reverse("onboarding:settings", args=[organization.pk])
    assert "Sweeps on demand work, everything" in admin.get(url).content.decode()
    text = admin.post(reverse("onboarding:pause", args=[organization.pk]), follow=True).content.decode()
    assert "no sweep starts by itself until you resume it" in text
    assert "Resume the schedule</button>" in compact(text)


def test_the_first_page_of_an_empty_site_leads_to_the_first_step(admin: Client) -> None:
    for url in (reverse("dashboard:overview"), reverse("onboarding:organizations")):
        text = admin.get(url).content.decode()
        assert "Connect your AWS Organization" in text
        assert f'href="{reverse("onboarding:new")}"' in text
        assert text.count("<h1") == 1


def test_hostile_names_of_people_are_isolated_text(admin: Client) -> None:
    User.objects.create(username="x", first_name="\u202e<script>", last_name="y" * 140, role=Role.OWNER)
    text = admin.get(reverse("onboarding:people")).content.decode()
    assert "<bdi>\u202e&lt;script&gt;" in compact(text)
