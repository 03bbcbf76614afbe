"""Every figure of Identity leads to a list of as many; gaps are no figures."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts.parameters import change_setting
from posture.core.gap import Gap, GapReason
from posture.core.resource import GLOBAL, Resource
from posture.history.models import FindingRecord, Snapshot
from posture.history.scope import Scope
from posture.pages.identity import facts, queries
from posture.pages.identity.power import Power
from posture.pages.identity.uses import Use
from tests.identity.identities import (
    ADMINISTRATOR,
    AT,
    BY_LAMBDA,
    ROLE,
    TYPES,
    USER,
    administrator_policy,
    inline,
    record,
    role,
    summary,
    trusting,
    user,
    with_key,
)
from tests.web.markup import squeeze
from tests.web.world import World

pytestmark = pytest.mark.django_db

PARTNER = {"Principal": {"AWS": ["arn:aws:iam::444455556666:root"]}}
OUTSIDE: dict[str, Any] = {"SharedAccounts": [{"AccountId": "444455556666", "InOrganization": False}]}
NO_REPORT = Gap("", GLOBAL, USER, "iam:GetCredentialReport", GapReason.DENIED, "AccessDenied")


def identities() -> list[Resource]:
    """Return two administrators, one of them idle, and others of an account."""
    return [
        administrator_policy(),
        summary(mfa=0),
        role("org-access", used=34, AttachedManagedPolicies=[ADMINISTRATOR]),
        role("breakglass", used=None, AttachedManagedPolicies=[ADMINISTRATOR]),
        role("deploy-web", RolePolicyList=inline({"Action": ["iam:PutRolePolicy", "iam:PassRole"]}, name="ci")),
        role("vendor", trust=trusting(PARTNER), used=200, **OUTSIDE),
        role("worker", trust=trusting(BY_LAMBDA)),
        user("mateo", mfa_active=False),
        with_key("ci", 300),
        with_key("fresh", 20),
    ]


def known(world: World) -> queries.IdentityMap:
    return queries.identity_map(Scope.of(world.owner, world.organization))


def get(client: Client, page: str = "identity:overview", **query: str) -> str:
    response = client.get(reverse(page), query)
    assert response.status_code == 200
    return squeeze(response.content.decode())


def test_power_and_use_are_counted_and_named(world: World, client: Client) -> None:
    record(world.ours, *identities())
    found = known(world)
    assert len(found) == 8
    assert (found.count(power=Power.ADMINISTRATOR), found.count(power=Power.ESCALATION)) == (2, 1)
    assert found.count(use=Use.LONGER) + found.count(use=Use.NEVER) == 4
    client.force_login(world.owner)
    page = get(client)
    assert "In payments, 1 administrator is not in use, and 1 other can make itself one" in page
    assert "4 of 8 identities were not used within the limit" in page
    assert "2 sign-ins with a password have no MFA" in page
    assert "1 of 2 keys is older than 90 days" in page
    assert "1 of 1 external party can assume a role without a condition" in page
    assert "iam:PutRolePolicy&quot;" in page[page.index("pl-decides") :]
    assert "may write its own rights" in page


def test_every_cell_leads_to_a_list_of_as_many(world: World, client: Client) -> None:
    record(world.ours, *identities())
    client.force_login(world.owner)
    page = get(client)
    drawing = page[page.index("pl-power") : page.index("As a table")]
    cells = re.findall(r'href="([^"]*)"[^>]*><title>[^<]*: ([\d,]+) \(', drawing)
    assert len(cells) >= 5
    for url, number in cells:
        there = squeeze(client.get(html.unescape(url)).content.decode())
        assert f"<h1>{number} identit" in there, url
        assert there.count('data-label="Identity"') in {int(number), 0}, url
    tabs = re.findall(r'<a href="([^"]*)"[^>]*>[\w ]+ <span class="pl-tab-count">(\d+)</span>', page)
    assert [int(number) for _, number in tabs] == [8, 1, 4, 3, 1, 2]


def test_the_lists_hold_what_their_figures_say(world: World, client: Client) -> None:
    record(world.ours, *identities())
    client.force_login(world.owner)
    assert "vendor" in get(client, "identity:outside")
    keys = get(client, "identity:keys")
    assert keys.index("ci") < keys.index("fresh")
    listed = client.get(reverse("identity:list"), {"power": "powerful", "export": "csv"})
    rows = b"".join(listed).decode().splitlines()
    assert [row.split(",")[0] for row in rows] == ["Identity", "breakglass", "org-access", "deploy-web"]


def test_unused_roles_are_those_of_the_check(world: World) -> None:
    record(world.ours, *identities())
    failing = FindingRecord.objects.filter(check_id="iam_role_used", status="fail", closed_at=None)
    roles = {one.resource_id for one in failing}
    found = known(world)
    unused = queries.IdentityRows(
        Scope.of(world.owner, world.organization), found, queries.Selection(use=queries.UNUSED)
    )
    names = {record_.name for number, record_ in _records(world, unused).items() if record_.type == ROLE}
    assert names == {"breakglass", "vendor"}
    assert {one.number for one in unused if _records(world, unused)[one.number].type == ROLE} == roles


def test_an_organizations_own_limits_decide(world: World, client: Client) -> None:
    record(world.ours, *identities())
    client.force_login(world.owner)
    assert "45 days for users and 90 days for roles" in get(client)
    for name, value in (("unused_role_days", 30), ("unused_credential_days", 30), ("access_key_days", 400)):
        change_setting(world.organization, None, name, value, world.executive)
    page = get(client)
    assert "5 of 8 identities were not used for 30 days" in page
    assert "2 administrators are not in use" in page
    assert "No key is older than 400 days" in page
    assert "right of it: not used for 30 days" in page
    assert "more than 30 days ago" in get(client, "identity:list")


def test_a_trusted_account_is_not_outside(world: World, client: Client) -> None:
    record(world.ours, *identities())
    change_setting(world.organization, None, "trusted_accounts", ["444455556666"], world.executive)
    assert known(world).trusts == []
    client.force_login(world.owner)
    assert "Nobody outside the organization may assume a role" in get(client)


def test_policies_are_read_once_for_each_state_of_an_account(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    original = facts.read_account

    def counted(account_id: str, *rest: Any) -> facts.AccountFacts:
        read.append(account_id)
        return original(account_id, *rest)

    monkeypatch.setattr(facts, "read_account", counted)
    record(world.ours, *identities())
    assert known(world).count(use=Use.WITHIN) == 1
    again = role("org-access", used=-2, AttachedManagedPolicies=[ADMINISTRATOR])
    used_again = [again if one.name == again.name else one for one in identities()]
    record(world.ours, *used_again, days=3)
    assert known(world).count(use=Use.WITHIN) == 0, "uses are read after each sweep"
    assert len(read) == 1, "policies are not"
    record(world.ours, *used_again, role("another"), days=4)
    assert len(known(world)) == 9
    assert len(read) == 2
    record(
        world.ours,
        gaps=tuple(Gap("", GLOBAL, one, "iam:Get", GapReason.DENIED, "AccessDenied") for one in TYPES),
        days=5,
    )
    assert known(world).count(use=Use.UNKNOWN) == 9, "what is not seen any more has no use that is known"


def _records(world: World, rows: Any) -> Any:
    return queries.records(Scope.of(world.owner, world.organization), [one.number for one in rows])


def test_no_credential_report_is_hatched_and_a_lower_bound(world: World, client: Client) -> None:
    some = [one for one in identities() if one.type != USER]
    record(world.ours, *some, gaps=(NO_REPORT,))
    client.force_login(world.owner)
    page = get(client)
    assert "At least 2 of 5 identities were not used" in page
    assert "the credential report of 1 account could not be read" in page
    drawing = page[page.index("pl-power") : page.index("As a table")]
    assert drawing.count("pl-power-hatch") == 2 * 2 * 4, "two columns of four rows, wide and narrow"
    assert "more may not be seen" in drawing


def test_what_cannot_be_seen_any_more_is_counted_as_unused_in_no_title(world: World, client: Client) -> None:
    record(world.ours, *identities())
    gap = Gap("", GLOBAL, ROLE, "iam:GetAccountAuthorizationDetails", GapReason.DENIED, "AccessDenied")
    record(world.ours, *(one for one in identities() if one.type != ROLE), gaps=(gap,), days=1)
    found = known(world)
    assert (len(found), found.count(use=Use.UNKNOWN)) == (8, 5)
    client.force_login(world.owner)
    page = get(client)
    assert "not known" in page
    assert "At least 2 of 8 identities were not used" in page
    assert "as last seen" in page


def test_administrators_whose_use_cannot_be_seen_are_not_called_in_use(world: World, client: Client) -> None:
    used = role("org-access", used=34, AttachedManagedPolicies=[ADMINISTRATOR])
    record(world.ours, administrator_policy(), used)
    client.force_login(world.owner)
    assert "In payments, 1 administrator, in use" in get(client)
    gap = Gap("", GLOBAL, ROLE, "iam:GetAccountAuthorizationDetails", GapReason.DENIED, "AccessDenied")
    record(world.ours, administrator_policy(), gaps=(gap,), days=1)
    assert "In payments, 1 administrator, last use not known" in get(client)


def test_use_as_of_a_past_date_is_known_only_where_nothing_was_used_since(world: World) -> None:
    record(world.ours, *identities())
    record(world.ours, *identities()[:-1], role("worker", trust=trusting(BY_LAMBDA), used=-2), days=3)
    past = Scope.of(world.owner, world.organization, as_of=AT + timedelta(hours=1))
    rows = list(queries.IdentityRows(past, queries.identity_map(past), queries.Selection()))
    names = queries.records(past, [one.number for one in rows])
    uses = {names[one.number].name: one.use for one in rows}
    assert uses["worker"] is Use.UNKNOWN
    assert uses["breakglass"] is Use.NEVER
    assert uses["org-access"] is Use.WITHIN


def test_nothing_found_is_an_empty_state(world: World, client: Client) -> None:
    client.force_login(world.owner)
    assert "No data yet" in get(client)
    record(world.ours)
    Snapshot.objects.update(state=Snapshot.State.COMPLETE)
    assert "No identities were read here" in get(client)


def test_another_accounts_identities_are_not_shown(world: World, client: Client) -> None:
    record(world.ours, *identities())
    client.force_login(world.stranger)
    assert "deploy-web" not in get(client)
    assert "deploy-web" not in get(client, "identity:list")


def test_more_identities_and_accounts_take_no_more_queries(
    world: World, client: Client, django_assert_max_num_queries: Any
) -> None:
    record(world.ours, *identities(), *(role(f"r-{number}") for number in range(60)))
    record(world.theirs, *identities())
    client.force_login(world.executive)
    with django_assert_max_num_queries(24):
        client.get(reverse("identity:overview"))
    with django_assert_max_num_queries(24):
        client.get(reverse("identity:list"))


def test_hostile_names_are_escaped(world: World, client: Client) -> None:
    name = "<script>alert(1)</script>"
    record(
        world.ours,
        role(name, trust=trusting(PARTNER), RolePolicyList=inline({"Action": ["*"]}, name=name), **OUTSIDE),
        with_key(name, 300),
    )
    client.force_login(world.owner)
    for page in ("identity:overview", "identity:list", "identity:outside", "identity:keys"):
        assert "<script>alert" not in get(client, page)
    assert urlsplit(reverse("identity:overview")).path == "/identity/"
