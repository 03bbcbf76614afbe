"""Who sees which account: deny by default.

A unit's owner sees what is below it.
"""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from accounts.access import (
    account_seen_by,
    accounts_seen_by,
    organizations_seen_by,
    owners_of,
    units_seen_by,
)
from accounts.models import AwsAccount, Organization, OrganizationalUnit, Ownership, Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization() -> Organization:
    """An organization with a unit below a unit, and an account in each."""
    organization = Organization.objects.create(name="Acme", root_account_id="111111111111", state="connected")
    root = OrganizationalUnit.objects.create(organization=organization, ou_id="r-1", name="Root", path="/r-1/")
    shops = OrganizationalUnit.objects.create(
        organization=organization, ou_id="ou-1", name="Shops", parent=root, path="/r-1/ou-1/"
    )
    inner = OrganizationalUnit.objects.create(
        organization=organization, ou_id="ou-2", name="Inner", parent=shops, path="/r-1/ou-1/ou-2/"
    )
    for number, unit in enumerate((root, shops, inner), start=1):
        AwsAccount.objects.create(organization=organization, account_id=str(number) * 12, name=unit.name, unit=unit)
    return organization


def names(user: User | AnonymousUser) -> list[str]:
    """Return the names of the accounts that a user sees."""
    return sorted(accounts_seen_by(user).values_list("name", flat=True))


def test_executives_and_admins_see_everything(organization: Organization) -> None:
    """Both read the whole organization."""
    for role in (Role.ADMIN, Role.EXECUTIVE):
        assert names(User.objects.create(username=role, role=role)) == ["Inner", "Root", "Shops"]


def test_an_owner_of_a_unit_sees_what_is_below_it(organization: Organization) -> None:
    """Nested units come along, the rest does not."""
    owner = User.objects.create(username="olga", role=Role.OWNER)
    Ownership.objects.create(user=owner, unit=OrganizationalUnit.objects.get(name="Shops"))
    assert names(owner) == ["Inner", "Shops"]
    assert list(organizations_seen_by(owner)) == [organization]


def test_an_owner_of_an_account_sees_it_alone(organization: Organization) -> None:
    """Another's account is as if it did not exist."""
    owner = User.objects.create(username="owen", role=Role.OWNER)
    Ownership.objects.create(user=owner, account=AwsAccount.objects.get(name="Inner"))
    assert names(owner) == ["Inner"]
    assert account_seen_by(owner, "333333333333").name == "Inner"
    with pytest.raises(Http404):
        account_seen_by(owner, "111111111111")


@pytest.mark.parametrize(
    ("tags", "shown"),
    [
        ({}, []),
        ({"Name": "prod", "owner": " "}, []),
        ({"ownership": "shared"}, []),
        ({"owner": "Nils Brandt"}, ["Nils Brandt (from tag)"]),
        ({"Account-Owner": "Nils Brandt"}, ["Nils Brandt (from tag)"]),
        ({"acme:owner": "team payments"}, ["team payments (from tag)"]),
    ],
)
def test_a_tag_names_the_owner_where_nobody_who_may_log_in_does(
    organization: Organization, tags: dict[str, str], shown: list[str]
) -> None:
    account = AwsAccount.objects.get(name="Inner")
    account.tags = tags
    account.save()
    assert owners_of([account])[account.pk] == shown
    owner = User.objects.create(username="owen", role=Role.OWNER)
    Ownership.objects.create(user=owner, account=account)
    assert owners_of([account])[account.pk] == ["owen"]


def test_a_tag_lets_nobody_see_anything(organization: Organization) -> None:
    AwsAccount.objects.update(tags={"owner": "owen"})
    assert names(User.objects.create(username="owen", role=Role.OWNER)) == []


def test_units_of_one_organization_open_nothing_in_another(organization: Organization) -> None:
    """Two organizations may have units with the same path."""
    other = Organization.objects.create(name="Other", root_account_id="999999999999", state="connected")
    unit = OrganizationalUnit.objects.create(organization=other, ou_id="ou-1", name="Theirs", path="/r-1/ou-1/")
    AwsAccount.objects.create(organization=other, account_id="999999999999", name="Theirs", unit=unit)
    owner = User.objects.create(username="olga", role=Role.OWNER)
    Ownership.objects.create(user=owner, unit=OrganizationalUnit.objects.get(name="Shops"))
    assert "Theirs" not in names(owner)


def test_strangers_see_nothing(organization: Organization) -> None:
    """Anonymous and deactivated people, and owners of nothing."""
    gone = User.objects.create(username="gone", role=Role.ADMIN, is_active=False)
    for user in (AnonymousUser(), gone, User.objects.create(username="new")):
        assert names(user) == []
        assert not organizations_seen_by(user).exists()


def test_a_draft_is_the_admins_alone(organization: Organization) -> None:
    """What is being onboarded is nobody's dashboard, whatever they own of it."""
    owner = User.objects.create(username="olga", role=Role.OWNER)
    Ownership.objects.create(user=owner, account=AwsAccount.objects.get(name="Inner"))
    organization.state = Organization.State.DRAFT
    organization.save()
    for user in (owner, User.objects.create(username="eva", role=Role.EXECUTIVE)):
        assert names(user) == []
        assert not organizations_seen_by(user).exists()
        assert not units_seen_by(user).exists()
    admin = User.objects.create(username="ada", role=Role.ADMIN)
    assert list(organizations_seen_by(admin)) == [organization]
    assert len(names(admin)) == units_seen_by(admin).count() == 3
