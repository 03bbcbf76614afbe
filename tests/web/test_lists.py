"""A declared table has filters, order, pages and an export, each state a URL."""

from __future__ import annotations

import csv
import io
import time
from typing import Any

import pytest
from django.test import Client

from accounts.models import AwsAccount
from posture.web.exports import csv_chunks, escape_formula
from posture.web.tables import PER_PAGE_MAX
from tests.web.markup import squeeze
from tests.web.site import AccountTable
from tests.web.world import World

pytestmark = [pytest.mark.urls("tests.web.site")]


@pytest.fixture
def executive(world: World, client: Client) -> Client:
    """A client that is logged in as the executive."""
    client.force_login(world.executive)
    return client


def names(response: Any) -> list[str]:
    """Return the names in the table, in order."""
    return [row.record.name for row in response.context["table"].paginated_rows]


def exported(response: Any) -> list[list[str]]:
    """Return the rows of a CSV answer."""
    return list(csv.reader(io.StringIO(response.getvalue().decode())))


def test_default_order_and_the_other_way(executive: Client) -> None:
    assert names(executive.get("/try/")) == ["payments", "playground"]
    assert names(executive.get("/try/?sort=-name")) == ["playground", "payments"]


def test_an_unknown_order_is_no_error(executive: Client) -> None:
    assert len(names(executive.get("/try/?sort=nonsense"))) == 2


def test_rows_lead_on_in_scope(executive: Client) -> None:
    html = squeeze(executive.get("/try/?as_of=2026-03-01").content.decode())
    assert '<a class="pl-row-link" href="/profile/?as_of=2026-03-01">payments</a>' in html


def test_every_word_of_a_search_must_be_found(executive: Client) -> None:
    assert names(executive.get("/try/?q=pay+2222")) == ["payments"]
    assert names(executive.get("/try/?q=pay+3333")) == []


def test_facets_count_what_a_choice_would_show(executive: Client) -> None:
    response = executive.get("/try/?unit=ou-1")
    facets = {facet.name: facet for facet in response.context["filters"].facets()}
    assert names(response) == ["payments"]
    assert [(one.words, one.count, one.is_on) for one in facets["unit"].choices] == [
        ("Production", 1, True),
        ("Sandbox", 1, False),
    ]
    assert [(one.words, one.count) for one in facets["state"].choices] == [("Active", 1)]


def test_chips_take_one_filter_off(executive: Client) -> None:
    chips = executive.get("/try/?unit=ou-1&unit=ou-2&q=pay").context["filters"].chips()
    assert [(chip.label, chip.words, chip.url) for chip in chips] == [
        ("Search", "pay", "/try/?unit=ou-1&unit=ou-2"),
        ("Unit", "Production", "/try/?unit=ou-2&q=pay"),
        ("Unit", "Sandbox", "/try/?unit=ou-1&q=pay"),
    ]


def test_a_choice_nobody_has_finds_nothing_and_can_be_taken_off(executive: Client) -> None:
    response = executive.get("/try/?unit=no-such")
    assert names(response) == []
    assert [chip.words for chip in response.context["filters"].chips()] == ["no-such"]


def test_the_export_is_what_is_filtered_over_all_pages(executive: Client, world: World) -> None:
    world.add_accounts(120)
    assert len(names(executive.get("/try/"))) == 50
    response = executive.get("/try/?unit=ou-2&export=csv&per_page=10")
    assert "attachment" in response["Content-Disposition"]
    rows = exported(response)
    assert rows[0] == ["Name", "Account id", "Weight"]
    assert len(rows) == 1 + 121


def test_an_export_holds_no_formula(executive: Client) -> None:
    assert exported(executive.get("/plain/?export=csv"))[1] == ["'=1+1", "'-2", "-3.0"]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_whatever_begins_a_formula_is_quoted(first: str) -> None:
    table = AccountTable([{"name": f"{first}1+1", "account_id": "2", "weight": 1.0}])
    assert "'" + first in list(csv_chunks(table))[1]


def test_a_long_run_of_line_breaks_takes_no_quadratic_time() -> None:
    began = time.process_time()
    assert escape_formula("x" + "\n" * 30_000 + "=1") == "x" + "\n" * 30_000 + "'=1"
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("x;=cmd|' /C calc'!A0", "x;'=cmd|' /C calc'!A0"),
        ("x;  =1+1", "x;  '=1+1"),
        ('x;"=1+1', "x;\"'=1+1"),
        ("x\t@SUM(A1)", "x\t'@SUM(A1)"),
        ("x\r\n-1", "x\r\n'-1"),
        (' "=1', " \"'=1"),
        ("a;b-c, x=1 (2026-01-02); arn:aws:s3:::b", "a;b-c, x=1 (2026-01-02); arn:aws:s3:::b"),
    ],
)
def test_no_cell_is_a_formula_where_cells_are_divided_elsewhere(text: str, safe: str) -> None:
    """Read as with German settings: divided at semicolons, or at tabs."""
    table = AccountTable([{"name": "plain", "account_id": text, "weight": 1.0}])
    written = "".join(csv_chunks(table))
    assert list(csv.reader(io.StringIO(written, newline="")))[1] == ["plain", safe, "1.0"]
    for divider in ";\t":
        cells = [cell for row in csv.reader(io.StringIO(written, newline=""), delimiter=divider) for cell in row]
        assert [cell for cell in cells if cell.lstrip(' "').startswith(("=", "+", "-", "@"))] == []


@pytest.mark.parametrize("query", ["page=99", "page=x", "page=-1", "per_page=x", "per_page=0", f"per_page={'9' * 50}"])
def test_strange_pages_are_no_error(executive: Client, query: str) -> None:
    assert executive.get(f"/try/?{query}").status_code == 200


def test_a_page_has_its_bounds(executive: Client) -> None:
    assert executive.get("/try/?per_page=99999").context["table"].paginator.per_page == PER_PAGE_MAX


def test_htmx_gets_the_part_alone(executive: Client) -> None:
    part = executive.get("/try/", headers={"HX-Request": "true", "HX-Target": "pl-list"}).content.decode()
    assert "<html" not in part
    assert 'id="pl-list"' in part


def test_hostile_text_is_escaped(executive: Client, world: World) -> None:
    AwsAccount.objects.filter(pk=world.ours.pk).update(name="<script>alert(1)</script>")
    html = executive.get("/try/").content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
