"""Identity Center on the page: who gets in by which permission set, and gaps."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from posture.core.gap import Gap, GapReason
from posture.core.resource import GLOBAL, Resource
from posture.core.values import Unknown
from posture.history.scope import Scope
from posture.pages.identity.centers import ASSIGNMENT, NEEDED, SET, CenterMap, describe_session, load_center
from tests.history.world import sweep
from tests.identity.identities import AT, TYPES, administrator_policy, role
from tests.web.markup import squeeze
from tests.web.world import World

pytestmark = pytest.mark.django_db

REFUSED = Unknown("sso:ListManagedPoliciesInPermissionSet", "AccessDenied", GapReason.DENIED)
START = "arn:aws:sso:::permissionSet/ssoins-1"


def permission_set(name: str, policies: Any = (), **rest: Any) -> Resource:
    """Return a permission set with AWS's own policies."""
    managed = policies if isinstance(policies, Unknown) else [{"Name": each} for each in policies]
    config = {"ManagedPolicies": managed, "InlinePolicy": None, "SessionDuration": "PT8H", "Accounts": [], **rest}
    return Resource(SET, f"{START}/{name}", "", GLOBAL, name, config)


def assigned(name: str, account: str, who: str | None, kind: str = "GROUP") -> Resource:
    """Return an assignment of a permission set in an account."""
    config = {
        "PermissionSetArn": f"{START}/{name}",
        "PermissionSetName": name,
        "AccountId": account,
        "PrincipalType": kind,
        "PrincipalId": f"id-{who}",
        "PrincipalName": who,
    }
    return Resource(ASSIGNMENT, f"arn:aws:sso:::assignment/{name}/{account}/{who}", "", GLOBAL, f"{name} {who}", config)


CENTER = (
    permission_set("AdministratorAccess", ["AdministratorAccess"]),
    permission_set("Audit", ["SecurityAudit"], SessionDuration="PT1H"),
    permission_set("Unread", REFUSED),
    assigned("AdministratorAccess", "222222222222", "platform"),
    assigned("AdministratorAccess", "999999999999", "bruno", "USER"),
    assigned("Audit", "222222222222", "platform"),
    assigned("Audit", "222222222222", None),
)


def record(world: World, *resources: Resource, gaps: tuple[Gap, ...] = ()) -> None:
    known = (administrator_policy(), role("r"), *resources)
    sweep(world.ours, AT, known, gaps, regions=("eu-central-1",), swept_types=(), global_types=(*TYPES, *NEEDED))


def center(world: World) -> CenterMap:
    return load_center(Scope.of(world.owner, world.organization))


def get(client: Client, page: str, **query: str) -> str:
    response = client.get(reverse(page), query)
    assert response.status_code == 200
    return squeeze(response.content.decode())


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ("PT1H", "1 hour"),
        ("PT8H", "8 hours"),
        ("PT1H30M", "1 hour 30 minutes"),
        ("PT45M", "45 minutes"),
        ("P1D", "P1D"),
        (None, ""),
    ],
)
def test_a_session_is_in_hours_and_minutes(stored: str | None, words: str) -> None:
    assert describe_session(stored) == words


def test_permission_sets_name_their_power_and_who_has_them(world: World) -> None:
    record(world, *CENTER)
    found = center(world)
    assert found.title == "1 group and 1 person have access through Identity Center"
    shown = [(one.name, one.is_administrator, one.who, one.gone, one.accounts, one.session) for one in found.sets]
    assert shown == [
        ("AdministratorAccess", True, ("platform", "bruno"), 0, 2, "8 hours"),
        ("Unread", None, (), 0, 0, "8 hours"),
        ("Audit", False, ("platform",), 1, 1, "1 hour"),
    ]


def test_the_page_leads_to_as_many_assignments(world: World, client: Client) -> None:
    record(world, *CENTER)
    client.force_login(world.owner)
    page = get(client, "identity:overview")
    assert "1 group and 1 person have access through Identity Center" in page
    assert "1 group or person no longer in the directory" in page
    first = next(one for one in center(world).sets if one.is_administrator)
    listed = get(client, "identity:center", set=str(first.number))
    assert "2 assignments of AdministratorAccess" in listed
    assert "999999999999" in listed, "an account outside the scope is named by its id"
    assert "platform" in listed
    assert "not in the directory" in get(client, "identity:center")
    rows = b"".join(client.get(reverse("identity:center"), {"export": "csv"})).decode().splitlines()
    assert len(rows) == 5


def test_a_refused_center_is_a_gap_and_not_nobody(world: World, client: Client) -> None:
    gap = Gap("", GLOBAL, ASSIGNMENT, "sso:ListAccountAssignments", GapReason.DENIED, "AccessDenied")
    record(world, gaps=(gap,))
    assert center(world).title == "Identity Center could not be read"
    client.force_login(world.owner)
    page = get(client, "identity:overview")
    assert "Not all of Identity Center could be read" in page
    assert "Nobody gets in" not in page


def test_without_a_center_there_is_no_panel_and_no_tab(world: World, client: Client) -> None:
    record(world)
    client.force_login(world.owner)
    assert "Identity Center" not in get(client, "identity:overview")
    page = get(client, "identity:center")
    assert "No Identity Center is managed in this scope" in page
    assert "Nobody has access" not in page, "who does not see the account that manages it knows of nobody"


def test_another_accounts_center_is_not_shown(world: World, client: Client) -> None:
    record(world, *CENTER)
    client.force_login(world.stranger)
    page = get(client, "identity:center")
    assert "platform" not in page
    assert "Nobody has" not in page
