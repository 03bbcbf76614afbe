"""The pages of parameters: what holds where, who set it, and the form."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from accounts.models import ParameterSetting, User
from accounts.parameters import change_setting, load_values
from posture.checks import all_parameters
from tests.parameters.matrix import NAME
from tests.web.world import World, build

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGE, CHANGE, CHECK = (
    f"/parameters/{NAME}/",
    f"/parameters/{NAME}/change/",
    "/findings/check/iam_user_credentials_used/",
)
HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture
def admin(world: World, client: Client) -> Client:
    client.force_login(world.admin)
    return client


def body(client: Client, url: str) -> str:
    return html.unescape(client.get(url).content.decode())


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_list_has_every_parameter_with_its_default(world: World, admin: Client) -> None:
    text = body(admin, "/parameters/")
    assert all(one.title in text for one in all_parameters().values())
    rows = admin.get("/parameters/?export=csv").getvalue().decode().splitlines()
    assert len(rows) == 1 + len(all_parameters())
    (row,) = [row for row in rows if row.startswith("Unused credentials,")]
    assert row == "Unused credentials,45 days,default,,,45 days,CIS 2.11,0,1"


def test_an_admin_sets_a_value_for_a_unit_and_resets_it(world: World, admin: Client) -> None:
    answer = admin.post(CHANGE, {"unit": world.production.ou_id, "value": " 30 "}, follow=True)
    assert "Unused credentials is 30 days for Production. Accounts are judged by it from their next sweep on." in (
        answer.content.decode()
    )
    assert load_values(world.ours) == {NAME: 30}
    assert load_values(world.theirs) == {}
    (row,) = answer.context["row"].values_below
    assert (row[0].changed_by_name, row[1]) == ("ada", "30 days")
    admin.post(CHANGE, {"unit": world.production.ou_id, "reset": "1"})
    assert load_values(world.ours) == {}
    assert [(one.before, one.value) for one in ParameterSetting.objects.all()] == [(30, None), (None, 30)]
    assert "30 days → not set" in words(body(admin, PAGE))


def test_a_wrong_value_is_refused_in_words_and_kept(world: World, admin: Client) -> None:
    answer = admin.post(CHANGE, {"unit": world.production.ou_id, "value": HOSTILE})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "is no whole number. A whole number of days from 1 to 3650." in text
    assert HOSTILE not in text
    assert f'value="{html.escape(HOSTILE)}"' in text
    assert f'value="{world.production.ou_id}" selected' in text
    assert not ParameterSetting.objects.exists()
    for data in ({"unit": "ou-of-nobody", "value": "30"}, {"unit": "", "value": ""}, {"unit": "", "value": "4000"}):
        assert admin.post(CHANGE, data).status_code == 200
    assert not ParameterSetting.objects.exists()
    assert admin.post("/parameters/no_such/change/", {"value": "1"}).status_code == 404
    assert admin.get("/parameters/no_such/").status_code == 404


def test_a_list_is_typed_with_commas(world: World, admin: Client) -> None:
    admin.post("/parameters/administration_ports/change/", {"unit": "", "value": "8022, 22,\n3389"})
    assert load_values(world.ours) == {"administration_ports": [22, 3389, 8022]}
    assert "22, 3389, 8022" in body(admin, "/parameters/administration_ports/")


def test_the_form_is_filled_in_with_what_holds_where_it_is_set(world: World, admin: Client) -> None:
    change_setting(world.organization, world.production, NAME, 30, world.admin)
    assert admin.get(PAGE).context["form"].initial == {"unit": "", "value": "45"}
    for url in (f"{PAGE}?unit={world.production.ou_id}", f"{PAGE}?ou={world.production.ou_id}"):
        assert admin.get(url).context["form"].initial == {"unit": world.production.ou_id, "value": "30"}


def test_what_holds_is_shown_by_scope_and_on_the_check(world: World, admin: Client) -> None:
    change_setting(world.organization, None, NAME, 60, world.admin)
    change_setting(world.organization, world.production, NAME, 30, world.admin)
    for query, said in (
        ("", "Unused credentials 60 days Set for the whole organization by ada on"),
        (f"?account={world.ours.account_id}", "Unused credentials 30 days Set for Production by ada on"),
        (f"?account={world.theirs.account_id}", "Unused credentials 60 days Set for the whole organization by ada"),
    ):
        text = words(_plain(body(admin, f"{CHECK}{query}")))
        assert said in text
        assert "the default of CIS 2.11 is 45 days." in text
    assert "Other values are set for 1 unit below." in words(_plain(body(admin, CHECK)))
    assert (
        "parameters" not in admin.get("/findings/check/ec2_volume_encrypted/").context
        or not (admin.get("/findings/check/ec2_volume_encrypted/").context["parameters"])
    )


def _plain(text: str) -> str:
    return re.sub(r"<[^>]+>", " ", text).replace(" .", ".")


def test_an_owner_reads_what_holds_in_the_own_units_alone(world: World, client: Client) -> None:
    change_setting(world.organization, world.sandbox, NAME, 77, world.admin)
    change_setting(world.organization, world.root, NAME, 66, world.admin)
    client.force_login(world.owner)
    text = body(client, PAGE)
    assert "66 days" in text
    assert "77 days" not in text
    assert world.sandbox.ou_id not in text
    assert "<form" not in text.split("<main")[1]
    assert client.post(CHANGE, {"unit": "", "value": "1"}).status_code == 403
    client.force_login(world.stranger)
    assert "77 days" in body(client, PAGE)


def test_a_stored_value_that_is_not_accepted_any_more_gives_way_to_the_default(world: World, admin: Client) -> None:
    change_setting(world.organization, None, NAME, "soon", world.admin)
    change_setting(world.organization, None, "no_longer_there", 5, world.admin)
    text = words(body(admin, PAGE))
    assert "Unused credentials: 45 days" in text
    assert "What is stored is not accepted any more, so the default holds." in text


def test_who_set_it_stays_named_when_the_person_is_deleted(world: World, admin: Client) -> None:
    leaver = User.objects.create(username="leaver", role="admin")
    change_setting(world.organization, None, NAME, 30, leaver)
    leaver.delete()
    assert "by <bdi>leaver</bdi>" in body(admin, PAGE)


@pytest.mark.parametrize("url", [PAGE, "/parameters/", CHECK])
def test_the_number_of_queries_does_not_grow_with_what_is_set(world: World, client: Client, url: str) -> None:
    def count(user: User) -> int:
        client.force_login(user)
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).status_code == 200
        return len(asked)

    change_setting(world.organization, world.production, NAME, 30, world.admin)
    before = [count(user) for user in (world.admin, world.owner)]
    for number, unit in enumerate((None, world.root, world.sandbox, world.production)):
        for name in (NAME, "access_key_days", "renewal_days"):
            change_setting(world.organization, unit, name, 31 + number, world.admin)
    assert [count(user) for user in (world.admin, world.owner)] == before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_are_accessible(
    theme: str, transactional_db: None, log_in: Callable[[Any], Page], live: str, axe: Callable[[Page], None]
) -> None:
    world = build()
    change_setting(world.organization, world.production, "administration_ports", [22, 8022], world.admin)
    page = log_in(world.admin)
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    for path in ("/parameters/", "/parameters/administration_ports/", CHECK):
        for width in (390, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(live + path)
            axe(page)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (path, width)


def test_a_value_is_set_by_keyboard(
    transactional_db: None, log_in: Callable[[Any], Page], live: str, axe: Callable[[Page], None]
) -> None:
    world = build()
    page = log_in(world.admin)
    page.goto(live + PAGE)
    page.get_by_label("Unused credentials").fill("soon")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not saved. What you typed is kept.")).to_be_visible()
    axe(page)
    page.get_by_label("Where", exact=True).select_option(world.production.ou_id)
    page.get_by_label("Unused credentials").fill("30")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Unused credentials is 30 days for Production.")).to_be_visible()
    page.get_by_role("button", name="Reset", exact=True).press("Enter")
    expect(page.get_by_text("Unused credentials is reset for Production.")).to_be_visible()
    assert load_values(world.ours) == {}
