"""Discovery writes the changes of each account.

Changes nothing where AWS refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from accounts.models import AccountEvent, AwsAccount, Organization
from posture.history.models import Snapshot
from posture.orchestration import discovery
from posture.orchestration.engine import known_accounts_in
from posture.sweep.ask import Perform, in_turn
from posture.sweep.errors import AskError
from posture.sweep.organization import About, Member, OrganizationTree, Unit
from tests.simulated import ACCOUNTS, Estate

pytestmark = pytest.mark.django_db

JUNE, JULY = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
ROOT = Unit("r-ab12", "Root", None, "/r-ab12/")
PRODUCTION = Unit("ou-ab12-11111111", "Production", "r-ab12", "/r-ab12/ou-ab12-11111111/")
SANDBOX = Unit("ou-ab12-22222222", "Sandbox", "r-ab12", "/r-ab12/ou-ab12-22222222/")


def member(number: int, unit: Unit = PRODUCTION, state: str = "ACTIVE", name: str = "") -> Member:
    return Member(f"{number:012d}", name or f"account {number}", "", state, JUNE, unit.id, {"owner": "team"})


def write(organization: Organization, *members: Member, at: datetime = JULY, units: tuple[Unit, ...] = ()) -> None:
    about = About("o-a1b2c3d4e5", "000000000001", all_features=True)
    discovery.write_organization(
        organization, OrganizationTree(about, units or (ROOT, PRODUCTION, SANDBOX), members), at
    )


def happened(number: int) -> list[tuple[str, str, str]]:
    events = AccountEvent.objects.filter(account__account_id=f"{number:012d}", at=JULY)
    return list(events.values_list("kind", "before", "after"))


@pytest.fixture
def known(organization: Organization) -> Organization:
    """The organization as it was in June, with two accounts."""
    write(organization, member(1), member(2), at=JUNE)
    return organization


def test_units_and_accounts_are_known_with_their_place(known: Organization) -> None:
    account = AwsAccount.objects.get(account_id="000000000001")

    assert known.organization_id == "o-a1b2c3d4e5"
    assert account.unit
    assert account.unit.parent
    assert (account.unit.name, account.unit.parent.name) == ("Production", "Root")
    assert (account.state, account.joined_at, account.tags) == ("ACTIVE", JUNE, {"owner": "team"})


def test_the_same_again_changes_nothing(known: Organization) -> None:
    write(known, member(1), member(2))

    assert not AccountEvent.objects.filter(at=JULY).exists()
    assert AwsAccount.objects.count() == 2


def test_an_account_that_joins(known: Organization) -> None:
    write(known, member(1), member(2), member(3, SANDBOX))

    assert happened(3) == [("joined", "", "Sandbox")]


def test_an_account_that_moves_and_is_renamed(known: Organization) -> None:
    write(known, member(1, SANDBOX, name="new name"), member(2))

    assert happened(1) == [("moved", PRODUCTION.path, SANDBOX.path), ("renamed", "account 1", "new name")]
    assert AwsAccount.objects.get(account_id="000000000001").name == "new name"


@pytest.mark.parametrize(
    ("state", "kind"), [("SUSPENDED", "suspended"), ("PENDING_CLOSURE", "suspended"), ("CLOSED", "closed")]
)
def test_an_account_that_is_closed_is_not_swept_any_more(known: Organization, state: str, kind: str) -> None:
    write(known, member(1, state=state), member(2))

    assert happened(1) == [(kind, "ACTIVE", state)]
    assert not AwsAccount.objects.get(account_id="000000000001").is_swept


def test_an_account_that_is_reinstated(known: Organization) -> None:
    write(known, member(1, state="SUSPENDED"), member(2), at=datetime(2026, 6, 15, tzinfo=UTC))
    write(known, member(1), member(2))

    assert happened(1) == [("reinstated", "SUSPENDED", "ACTIVE")]


def test_a_state_that_nobody_knows_yet_is_not_swept(known: Organization) -> None:
    write(known, member(1, state="SOMETHING_NEW"), member(2))

    assert not AwsAccount.objects.get(account_id="000000000001").is_swept


def test_an_account_that_leaves_is_kept_and_one_that_returns_is_the_same(known: Organization) -> None:
    write(known, member(2))
    left = AwsAccount.objects.get(account_id="000000000001")
    assert (left.left_at, happened(1)) == (JULY, [("left", "Production", "")])

    write(known, member(1), member(2), at=datetime(2026, 8, 1, tzinfo=UTC))

    left.refresh_from_db()
    assert left.left_at is None
    assert AwsAccount.objects.count() == 2


def test_a_unit_that_is_gone_is_marked_and_kept(known: Organization) -> None:
    write(known, member(1), member(2), units=(ROOT, PRODUCTION))

    assert known.units.get(name="Sandbox").gone_at == JULY
    assert known.units.get(name="Production").gone_at is None


def test_tags_that_could_not_be_read_stay_as_they_were(known: Organization) -> None:
    unread = Member("000000000001", "account 1", "", "ACTIVE", JUNE, PRODUCTION.id, None)

    write(known, unread, member(2))

    assert AwsAccount.objects.get(account_id="000000000001").tags == {"owner": "team"}


class Forgetful:
    """An engine whose Organization lists one account alone.

    Says `of_others` when asked for another by id.
    """

    def __init__(self, of_others: dict[str, Any] | str) -> None:
        self.of_others = of_others
        self.pool = SimpleNamespace(each=in_turn)

    def enter(self, _target: object) -> Perform:
        return self

    def __call__(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        assert (service, region) == ("organizations", "us-east-1")
        if operation == "list_parents" and params["ChildId"] == "000000000002" and isinstance(self.of_others, str):
            raise ClientError({"Error": {"Code": self.of_others, "Message": "no"}}, "ListParents")
        listed = {"Accounts": [{"Id": "000000000001", "Name": "account 1", "State": "ACTIVE"}]}
        answers = {
            "describe_organization": {"Organization": {"Id": "o-a1b2c3d4e5", "MasterAccountId": "000000000001"}},
            "list_roots": {"Roots": [{"Id": ROOT.id, "Name": ROOT.name}]},
            "list_accounts": listed,
            "list_accounts_for_parent": listed,
            "list_parents": self.of_others,
        }
        return answers.get(operation, {})  # type: ignore[return-value]  # a refusal was raised


def test_an_account_that_answers_for_another_organization_closes_nothing(
    known: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "engine", lambda: Forgetful("ChildNotFoundException"))
    Organization.objects.update(organization_id="o-before")
    known.refresh_from_db()

    with pytest.raises(AskError, match="AnotherOrganization"):
        discovery.discover(known, JULY)

    known.refresh_from_db()
    assert known.organization_id == "o-before"
    assert not known.accounts.exclude(left_at=None).exists()


@pytest.mark.parametrize(
    ("of_others", "gone"),
    [
        ({"Parents": [{"Id": PRODUCTION.id}]}, False),
        ("ChildNotFoundException", True),
        ("AccessDeniedException", None),
        ("TooManyRequestsException", None),
    ],
)
def test_an_account_that_a_list_lacks_has_left_only_if_it_is_not_found_by_id(
    known: Organization, monkeypatch: pytest.MonkeyPatch, of_others: dict[str, Any] | str, *, gone: bool | None
) -> None:
    monkeypatch.setattr(discovery, "engine", lambda: Forgetful(of_others))
    if gone is None:
        with pytest.raises(AskError):
            discovery.discover(known, JULY)
    else:
        discovery.discover(known, JULY)
    left = AwsAccount.objects.exclude(left_at=None)
    assert set(left.values_list("account_id", flat=True)) == ({"000000000002"} if gone else set())


@pytest.mark.simulator
@pytest.mark.slow
def test_a_real_organization_is_found(organization: Organization, estate: Estate) -> None:
    discovery.discover(organization)

    found = {account.name: account for account in AwsAccount.objects.all()}
    assert {account.account_id for account in found.values()} == set(ACCOUNTS.values())
    assert found["payments"].unit
    assert found["payments"].unit.name == "Production"
    assert found["suspended"].state == "SUSPENDED"
    organization.refresh_from_db()
    assert organization.organization_id == estate.organization_id


@pytest.mark.simulator
@pytest.mark.slow
def test_a_refused_discovery_removes_nothing_and_the_sweep_still_asks_the_root_account(
    organization: Organization, estate: Estate
) -> None:
    from posture import jobs

    discovery.discover(organization)
    estate.simulator.control.fault("deny", ["organizations:ListAccounts"])

    with pytest.raises(AskError):
        discovery.discover(organization)
    jobs.scheduled_sweep(organization.pk)

    assert not AwsAccount.objects.exclude(left_at=None).exists()
    assert not AccountEvent.objects.filter(kind="left").exists()
    assert not Snapshot.objects.exists(), "the first sweep is not due yet"


@pytest.mark.simulator
@pytest.mark.slow
def test_an_organization_that_nobody_can_read_is_known_by_its_root_account(
    organization: Organization, estate: Estate
) -> None:
    from posture import jobs

    organization.external_id = "wrong"
    organization.save()

    jobs.first_sweep(organization.pk, user_id=0)

    snapshot = Snapshot.objects.get()
    assert [part.account.account_id for part in snapshot.account_sweeps.all()] == [ACCOUNTS["management"]]


@pytest.mark.simulator
@pytest.mark.slow
def test_a_single_account_is_known_without_asking(organization: Organization) -> None:
    organization.kind = Organization.Kind.ACCOUNT
    organization.save()

    discovery.discover(organization)

    assert AwsAccount.objects.get().account_id == organization.root_account_id


def test_closed_accounts_are_of_the_organization_and_those_that_left_are_not() -> None:
    organization = Organization.objects.create(name="Acme", kind=Organization.Kind.ORGANIZATION)
    for number, state, left_at in (
        (1, AwsAccount.State.ACTIVE, None),
        (2, AwsAccount.State.SUSPENDED, None),
        (3, AwsAccount.State.ACTIVE, JUNE),
    ):
        AwsAccount.objects.create(
            organization=organization, account_id=f"{number:012d}", name=str(number), state=state, left_at=left_at
        )

    assert known_accounts_in(organization) == {f"{1:012d}", f"{2:012d}"}
