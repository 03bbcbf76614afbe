"""What people attest: who may, what holds, and that nothing is lost."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import expect

from accounts import attestations
from accounts.models import Attestation, AwsAccount, Ownership, User
from posture.frameworks import all_frameworks
from posture.observability.security import LOGGER
from posture.pages.outposts import duties
from posture.web.attestations import all_subjects
from posture.web.templatetags.links import web_address
from tests.attestations.matrix import REFERENCE
from tests.web.world import World, build

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGE, ATTEST, WITHDRAW = (f"/attestations/{REFERENCE}/{end}" for end in ("", "attest/", "withdraw/"))
FRAMEWORK = "/practices/framework/cis_aws_7/"
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def admin(world: World, client: Client) -> Client:
    client.force_login(world.admin)
    return client


def fields(account: str = "", **changed: str) -> dict[str, str]:
    until = (timezone.now().date() + timedelta(days=30)).isoformat()
    return {
        "account": account, "statement": "Looked at the tree.", "reference": "SEC-1", "valid_until": until, **changed,
    }  # fmt: skip


def write(
    world: World, account: AwsAccount | None, days: int = 30, ago: int = 0, by: User | None = None
) -> Attestation:
    made = attestations.attest(
        world.organization,
        account,
        REFERENCE,
        world.admin,
        statement="Looked.",
        reference="SEC-1",
        valid_until=timezone.now().date() + timedelta(days=days),
    )
    Attestation.objects.filter(pk=made.pk).update(made_at=timezone.now() - timedelta(days=ago))
    made.refresh_from_db()
    return made


def state(client: Client, query: str = "") -> str:
    (row,) = [row for row in client.get(f"{FRAMEWORK}{query}").context["rows"] if row.control.id == "2.1.4"]
    return str(row.state)


def test_manual_controls_and_duties_without_an_api_can_be_attested(world: World, admin: Client) -> None:
    text = html.unescape(admin.get("/attestations/").content.decode())
    manual = [one for framework in all_frameworks().values() for one in framework.controls if one.manual]
    wanted = {one.reference for one in manual} | {one.reference for one in duties.DUTIES if one.attested}
    assert set(all_subjects()) == wanted
    assert all(one.title in text for one in all_subjects().values())
    assert "outposts:" not in wanted
    rows = admin.get("/attestations/?export=csv").getvalue().decode().splitlines()
    assert len(rows) == 1 + len(wanted)
    for reference in wanted:
        assert admin.get(f"/attestations/{reference}/").status_code == 200
    assert admin.get("/attestations/cis_aws_7:2.4/").status_code == 404
    assert admin.get("/attestations/nothing/").status_code == 404


def test_an_admin_attests_for_the_organization(world: World, admin: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert state(admin) == "manual"
    before = admin.get(FRAMEWORK).context["counts"]
    with caplog.at_level(logging.INFO, logger=LOGGER):
        admin.post(ATTEST, fields())
    after = admin.get(FRAMEWORK).context
    assert state(admin) == "attested"
    assert after["counts"]["attested"] == 1
    assert after["counts"]["pass"] == before["pass"]
    assert after["counts"]["manual"] == before["manual"] - 1
    assert after["judged"] == len(after["rows"]) - sum(
        after["counts"][name] for name in ("attested", "manual", "uncovered")
    )
    (said,) = [record for record in caplog.records if getattr(record, "event", "") == "attested"]
    assert (said.user, said.target, said.where) == ("ada", REFERENCE, "Northwind")  # type: ignore[attr-defined]
    (row,) = [row for row in admin.get(f"{FRAMEWORK}?export=csv").getvalue().decode().splitlines() if "2.1.4," in row]
    assert "Attested by a person" in row
    assert ",ada," in row
    assert [row.control.id for row in admin.get(f"{FRAMEWORK}?state=attested").context["rows"]] == ["2.1.4"]
    assert "1 attested" in admin.get("/practices/").content.decode()


def test_an_expired_attestation_counts_for_nothing_and_is_named(world: World, admin: Client) -> None:
    write(world, None, days=-1, ago=100)
    assert state(admin) == "expired"
    assert admin.get(FRAMEWORK).context["counts"]["attested"] == 0
    assert "The attestation has expired" in re.sub(r"\s+", " ", admin.get(FRAMEWORK).content.decode())
    past = (timezone.now() - timedelta(days=50)).date().isoformat()
    assert state(admin, f"?as_of={past}") == "attested"
    assert state(admin, f"?as_of={(timezone.now() - timedelta(days=200)).date().isoformat()}") == "manual"


def test_it_holds_through_its_last_day(world: World, admin: Client) -> None:
    write(world, None, days=0, ago=3)
    assert state(admin) == "attested"


def test_accounts_count_one_by_one(world: World, admin: Client) -> None:
    write(world, world.ours)
    assert state(admin) == "manual"
    assert "Attested for 1 of 2 accounts" in re.sub(r"\s+", " ", admin.get(FRAMEWORK).content.decode())
    assert state(admin, f"?account={world.ours.account_id}") == "attested"
    assert state(admin, f"?account={world.theirs.account_id}") == "manual"
    write(world, world.theirs, days=-1, ago=10)
    assert state(admin) == "expired"
    write(world, world.theirs)
    assert state(admin) == "attested"
    # Of an organization with one account more it is not.
    AwsAccount.objects.create(organization=world.organization, account_id="4" * 12, name="new", unit=world.root)
    assert state(admin) == "manual"


def test_an_owner_attests_for_the_own_accounts_alone(world: World, client: Client) -> None:
    client.force_login(world.owner)
    assert client.post(ATTEST, fields(world.ours.account_id)).status_code == 302
    for account in ("", world.theirs.account_id, "999999999999"):
        answer = client.post(ATTEST, fields(account))
        assert answer.status_code == 200
        assert answer.context["form"].errors["account"]
    assert [one.account for one in Attestation.objects.all()] == [world.ours]
    assert state(client) == "attested"
    client.force_login(world.executive)
    assert client.post(ATTEST, fields(world.ours.account_id)).status_code == 403
    assert "<form" not in client.get(PAGE).content.decode().split("<main")[1]


def test_an_owner_sees_and_takes_back_nothing_of_others(world: World, client: Client) -> None:
    write(world, world.theirs)
    client.force_login(world.owner)
    text = client.get(PAGE).content.decode()
    assert "playground" not in text
    assert world.theirs.account_id not in text
    assert client.post(WITHDRAW, {"account": world.theirs.account_id, "why": "no"}).status_code == 404
    write(world, None)
    assert client.post(WITHDRAW, {"account": "", "why": "no"}).status_code == 403
    client.force_login(world.executive)
    assert client.post(WITHDRAW, {"account": world.theirs.account_id, "why": "no"}).status_code == 403
    assert Attestation.objects.filter(kind="withdrawn").count() == 0


def test_nothing_is_changed_only_superseded_or_taken_back(world: World, admin: Client) -> None:
    admin.post(ATTEST, fields(statement="First."))
    admin.post(ATTEST, fields(statement="Second."))
    answer = admin.post(WITHDRAW, {"account": "", "why": ""})
    assert "Write why it does not hold any more." in answer.content.decode()
    assert state(admin) == "attested"
    admin.post(WITHDRAW, {"account": "", "why": "The tree was changed."}, follow=True)
    assert state(admin) == "manual"
    rows = Attestation.objects.order_by("pk").values_list("kind", "statement", "made_by_name")
    assert list(rows) == [
        ("attested", "First.", "ada"), ("attested", "Second.", "ada"), ("withdrawn", "The tree was changed.", "ada"),
    ]  # fmt: skip
    text = admin.get(PAGE).content.decode()
    assert all(said in text for said in ("First.", "Second.", "The tree was changed."))
    admin.post(WITHDRAW, {"account": "", "why": "Again."})
    assert Attestation.objects.count() == 3


def test_wrong_input_is_refused_in_words_and_kept(world: World, admin: Client) -> None:
    for changed, said in (
        ({"statement": "  "}, "Write what you saw"),
        ({"reference": ""}, "Write where the evidence is"),
        ({"valid_until": "soon"}, "Write a day as 2027-06-30."),
        ({"valid_until": "2020-01-01"}, "2020-01-01 has gone by."),
        ({"valid_until": "2099-01-01"}, "2099-01-01 is too far away."),
        ({"reference": "x" * 501}, "500"),
    ):
        text = admin.post(ATTEST, {**fields(), **changed}).content.decode()
        assert said in text, changed
        assert "Looked at the tree." in text or "statement" in changed
    assert not Attestation.objects.exists()


def test_hostile_text_stays_text(world: World, admin: Client) -> None:
    for reference in (
        HOSTILE,
        "javascript:alert(1)",
        "https://good.example@evil.example/",
        "https://ok.example/a?b=1&c",
    ):
        admin.post(ATTEST, fields(statement=HOSTILE, reference=reference))
    text = admin.get(PAGE).content.decode()
    assert "<script>alert" not in text
    assert "javascript:" not in "".join(re.findall(r'href="([^"]*)"', text))
    assert "evil" not in "".join(re.findall(r'href="([^"]*)"', text))
    assert 'href="https://ok.example/a?b=1&amp;c"' in text
    for url in ("/attestations/", FRAMEWORK):
        assert "<script>alert" not in admin.get(url).content.decode()


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "https://", "https:// x", "http://a@b", "https://[::1", "data:text/html,x", "SEC-1",
     "https://a.example/\u202egnp", "//a.example/x", ""],
)  # fmt: skip
def test_what_is_no_address_is_no_link(text: str) -> None:
    assert web_address(text) == ""


def test_an_outposts_duties_show_what_is_attested(world: World) -> None:
    (power,) = [one for one in duties.DUTIES if one.title.startswith("Power")]
    made = Attestation(made_by_name="ada", valid_until=timezone.now().date())
    open_one = duties.DutyStatus(power, [])
    assert (open_one.state, open_one.reason) == (duties.ATTEST, "No API reports it")
    for kind, words in ((attestations.ATTESTED, "Attested until"), (attestations.EXPIRED, "Expired on")):
        status = duties.DutyStatus(power, [], attestations.AttestedState(kind, made, (), 1, 1))
        assert status.state == kind
        assert status.reason.startswith(words)
        assert status.reason.endswith("by ada")
    (access,) = [one for one in duties.DUTIES if one.title == "Physical access"]
    failing = duties.DutyStatus(
        access, [duties.Judgment("fail", "Nobody is named.")], attestations.AttestedState("attested", made)
    )
    assert (failing.state, failing.reason) == ("fail", "Nobody is named.")


def test_slugs_are_there_and_differ(world: World) -> None:
    slugs = [one.slug for one in duties.DUTIES if one.attested]
    assert all(slugs)
    assert len(set(slugs)) == len(slugs)


def test_the_database_keeps_a_day_for_each_attestation(world: World) -> None:
    for kind, day in (("attested", None), ("withdrawn", timezone.now().date())):
        with pytest.raises(IntegrityError), transaction.atomic():
            Attestation.objects.create(
                organization=world.organization, subject=REFERENCE, kind=kind, valid_until=day, statement="x"
            )


@pytest.mark.parametrize("url", ["/attestations/", PAGE, FRAMEWORK, "/practices/"])
def test_the_number_of_queries_does_not_grow(world: World, client: Client, url: str) -> None:
    def count(user: User) -> int:
        client.force_login(user)
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        return len(asked)

    world.add_accounts(20)
    for account in world.organization.accounts.all():
        Ownership.objects.get_or_create(user=world.owner, account=account)
    write(world, world.ours)
    before = [count(user) for user in (world.admin, world.owner)]
    for account in world.organization.accounts.all():
        write(world, account)
    assert [count(user) for user in (world.admin, world.owner)] == before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_accessible(
    theme: str, transactional_db: None, log_in: Callable[[Any], Page], live: str, axe: Callable[[Page], None]
) -> None:
    world = build()
    write(world, None, days=-5, ago=50)
    write(world, world.ours)
    page = log_in(world.admin)
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    for path in ("/attestations/", PAGE, FRAMEWORK):
        for width in (390, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(live + path)
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (path, width)


def test_it_is_attested_and_taken_back_in_a_browser(
    transactional_db: None, log_in: Callable[[Any], Page], live: str
) -> None:
    world = build()
    page = log_in(world.admin)
    page.goto(live + FRAMEWORK)
    page.goto(live + PAGE)
    page.get_by_label("What you saw").fill("Looked at the tree.")
    page.get_by_role("button", name="Attest", exact=True).click()
    expect(page.get_by_text("Not saved. What you typed is kept.")).to_be_visible()
    page.get_by_label("Reference").fill("SEC-1")
    page.get_by_role("button", name="Attest", exact=True).click()
    expect(page.get_by_text("Attested for Northwind until")).to_be_visible()
    page.get_by_text("Take it back").first.click()
    page.get_by_label("Why it is taken back").fill("It was changed.")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Taken back for Northwind.")).to_be_visible()
    assert [one.kind for one in Attestation.objects.filter(organization=world.organization)] == [
        "withdrawn",
        "attested",
    ]
