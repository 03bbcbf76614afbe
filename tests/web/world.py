"""A world for pages: an organization, two owners, an executive and an admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from accounts.models import AwsAccount, Organization, OrganizationalUnit, Ownership, Role, User


@dataclass
class World:
    """`ours` is the owner's account; `theirs`, in another unit, is the other owner's."""

    organization: Organization
    root: OrganizationalUnit
    production: OrganizationalUnit
    sandbox: OrganizationalUnit
    ours: AwsAccount
    theirs: AwsAccount
    owner: User
    stranger: User
    executive: User
    admin: User

    def person(self, name: str) -> User | None:
        """Return a persona by name; None for nobody."""
        return None if name == "anonymous" else getattr(self, name)

    def add_accounts(self, count: int) -> None:
        """Put more accounts a-000, a-001, … into the sandbox."""
        first = AwsAccount.objects.filter(organization=self.organization, name__startswith="a-").count()
        AwsAccount.objects.bulk_create(
            AwsAccount(
                organization=self.organization, account_id=f"{number:012}", name=f"a-{number:03}", unit=self.sandbox
            )
            for number in range(first, first + count)
        )


def build() -> World:
    """Write the world into the database."""
    organization = Organization.objects.create(
        name="Northwind", root_account_id="111111111111", state=Organization.State.CONNECTED
    )
    root = _unit(organization, "r-1", "Root", None)
    production = _unit(organization, "ou-1", "Production", root)
    sandbox = _unit(organization, "ou-2", "Sandbox", root)
    ours = _account(organization, production, "222222222222", "payments")
    theirs = _account(organization, sandbox, "333333333333", "playground")
    owner, stranger = _user("olga", Role.OWNER), _user("otto", Role.OWNER)
    Ownership.objects.create(user=owner, account=ours)
    Ownership.objects.create(user=stranger, account=theirs)
    return World(
        organization,
        root,
        production,
        sandbox,
        ours,
        theirs,
        owner,
        stranger,
        _user("eva", Role.EXECUTIVE),
        _user("ada", Role.ADMIN),
    )


def _unit(organization: Organization, ou_id: str, name: str, parent: OrganizationalUnit | None) -> OrganizationalUnit:
    path = f"{parent.path if parent else '/'}{ou_id}/"
    return OrganizationalUnit.objects.create(
        organization=organization, ou_id=ou_id, name=name, parent=parent, path=path
    )


def _account(organization: Organization, unit: OrganizationalUnit, account_id: str, name: str) -> AwsAccount:
    return AwsAccount.objects.create(organization=organization, unit=unit, account_id=account_id, name=name)


def _user(name: str, role: Role) -> User:
    # They have been here before: the tour of a first visit is shown to nobody who did not ask for it.
    return User.objects.create(
        username=name, email=f"{name}@example.com", role=role, tour_dismissed_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
