"""Every chart has its message as title, its numbers as a table and CSV, and a PNG."""

from __future__ import annotations

import csv
import io
import re
import struct
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, reverse
from playwright.sync_api import Page as Browsed
from playwright.sync_api import expect

from posture.drawing import png, sheet
from posture.web import limits
from posture.web.exports import csv_of, escape_formula, strip_markup
from posture.web.pictures import FormattedNumber, Panel
from posture.web.templatetags import charts
from posture.web.templatetags.charts import cell
from posture.web.templatetags.words import NONE
from tests.web import story
from tests.web.access import Page, matrix
from tests.web.world import World

PNG = b"\x89PNG\r\n\x1a\n"
PICTURES = {
    "findings:detail": 1,
    "inventory:resource": 2,
    "network:vpc": 1,
    "outposts:detail": 1,
}
"""The pictures of pages about one thing, with what the matrix makes for them."""
SMALL_PICTURES = {"pl-balance", "pl-glyph", "pl-ring", "pl-multiple", "pl-gap-history", "pl-share-bar"}
"""Pictures in rows, tiles and list items, whose figures are next to them: they are no pictures of their own."""
DRAW_SMALL = {
    "templates/coverage/account.html",
    "templates/coverage/matrix.html",
    "templates/coverage/time_part.html",
    "templates/organization/figures.html",
    "templates/inventory/type_line.html",
    "templates/sweeps/gap_history.html",
}
"""The templates that write small pictures."""


class Drawings(HTMLParser):
    """The classes of the charts that a page shows, without decorative ones."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "svg" and given.get("role") == "group":
            self.found.append(given.get("class") or "")


def drawings(html: str) -> list[str]:
    """Return the classes of each picture."""
    found = Drawings()
    found.feed(html)
    return [one for one in found.found if not SMALL_PICTURES & set(one.split())]


@pytest.fixture
def recorded(world: World) -> World:
    """The story, with all that pages draw pictures of."""
    story.record_story(world)
    return world


def rows(*, of_one_thing: bool) -> dict[str, Page]:
    """Return the pages that answer an admin.

    Those about one thing, which the matrix makes, or all others.
    """
    return {
        name: row
        for name, row in sorted(matrix().items())
        if row.admin == 200 and row.method == "get" and has_arguments(name) == of_one_thing
        # The styleguide shows pictures as examples.
        if not name.startswith("styleguide:")
    }


def has_arguments(name: str) -> bool:
    """Return True where a URL names one thing."""
    try:
        reverse(name)
    except NoReverseMatch:
        return True
    return False


def offered(response: object) -> dict[str, Panel]:
    """Return the pictures that a page offers as files."""
    return getattr(response.wsgi_request, "pictures", {})  # type: ignore[attr-defined]  # of the test client


@pytest.mark.django_db
@pytest.mark.slow
def test_each_picture_has_title_table_csv_and_png(recorded: World, client: Client) -> None:
    client.force_login(recorded.admin)
    seen = sum(look(client, reverse(name), dict(row.query(recorded))) for name, row in rows(of_one_thing=False).items())
    assert seen >= 9
    assert look(client, reverse("organization:account", kwargs={"account_id": recorded.ours.account_id}), {}) == 5


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(rows(of_one_thing=True)))
def test_each_picture_of_one_thing_has_them_too(name: str, world: World, client: Client) -> None:
    row = matrix()[name]
    client.force_login(world.admin)
    seen = look(client, reverse(name, kwargs=dict(row.kwargs(world))), dict(row.query(world)))
    assert seen == PICTURES.get(name, 0)


def look(client: Client, url: str, query: dict[str, Any]) -> int:
    """Look at each picture of a page and at its files; return how many there are."""
    page = client.get(url, query)
    html = page.content.decode() if not page.streaming else ""
    panels = offered(page)
    of_panels = [one for panel in panels.values() for one in (panel.drawing, panel.narrow) if one]
    assert len(drawings(html)) == len(drawings("".join(of_panels))), f"{url} draws what it does not offer as a file"
    for name, panel in panels.items():
        assert panel.title, f"{url} {name}"
        assert len(panel.columns) > 1, f"{url} {name}"
        assert {len(row) for row in panel.rows} <= {len(panel.columns)}, f"{url} {name}"
        table = exported(client, url, query, name)
        assert table[0] == list(panel.columns)
        assert len(table) == len(panel.rows) + 1
        image = client.get(url, {**query, "picture": name, "export": "png"})
        assert image.status_code == 200, f"{url} {name}: {image.content[:200]!r}"
        assert image["Content-Type"] == "image/png"
        assert image["Cache-Control"] == "no-store, private"
        assert image.content.startswith(PNG)
        width, height = struct.unpack(">II", image.content[16:24])
        assert width > 2 * sheet.LEAST_WIDTH
        assert height > 200
    return len(panels)


def exported(client: Client, url: str, query: dict[str, Any], name: str) -> list[list[str]]:
    """Return the rows of a picture's CSV."""
    answer = client.get(url, {**query, "picture": name, "export": "csv"})
    assert answer.status_code == 200, f"{url} {name}"
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    return list(csv.reader(io.StringIO(answer.content.decode())))


@pytest.mark.django_db
def test_a_file_shows_what_the_page_does_in_its_scope(recorded: World, client: Client) -> None:
    """Scope, filters and dates are those of the page.

    Nobody gets another's numbers.
    """
    numbers = {}
    for person in (recorded.admin, recorded.owner, recorded.stranger):
        client.force_login(person)
        page = client.get("/")
        panel = offered(page)["accounts"]
        rows = exported(client, "/", {}, "accounts")[1:]
        assert [row[0] for row in rows] == [row[0] for row in panel.rows]
        numbers[person.pk] = {row[0] for row in rows}
    assert numbers[recorded.owner.pk] < numbers[recorded.admin.pk]
    assert not numbers[recorded.owner.pk] & numbers[recorded.stranger.pk]
    client.force_login(recorded.owner)
    for export in ("png", "csv"):
        answer = client.get("/", {"picture": "accounts", "export": export, "account": recorded.theirs.account_id})
        assert answer.status_code == 404
    client.force_login(recorded.admin)
    every, some = exported(client, "/findings/", {}, "by-account"), {"severity": "4"}
    assert len(exported(client, "/findings/", {**some, "status": "fail"}, "by-account")) < len(every)
    client.logout()
    assert client.get("/", {"picture": "accounts", "export": "png"}).status_code == 302


@pytest.mark.django_db
def test_the_page_is_drawn_as_if_no_file_were_asked_for(recorded: World, client: Client) -> None:
    """Links in a picture, and what is kept, must not ask for the file again."""
    client.force_login(recorded.admin)
    answer = client.get("/findings/", {"picture": "by-age", "export": "csv", "theme": "dark"})
    panel = offered(answer)["by-age"]
    assert "export=" not in panel.drawing
    assert "picture=" not in panel.drawing
    assert panel.drawing == offered(client.get("/findings/"))["by-age"].drawing


@pytest.mark.django_db
def test_what_is_no_picture_is_answered_in_a_sentence(recorded: World, client: Client) -> None:
    client.force_login(recorded.admin)
    asked = (
        ("/", {"picture": "nonsense", "export": "png"}, 404, "accounts"),
        ("/accounts/", {"picture": "accounts", "export": "png"}, 404, "none"),
        ("/", {"picture": "accounts", "export": "pdf"}, 400, "export=png"),
        ("/", {"picture": "accounts"}, 400, "export=png"),
        ("/", {"picture": "", "export": "csv"}, 404, "accounts"),
        ("/", {"picture": "accounts", "export": "png", "theme": "sepia"}, 400, "light or dark"),
    )
    for url, query, status, words in asked:
        answer = client.get(url, query)
        assert answer.status_code == status, query
        assert answer["Content-Type"].startswith("text/plain")
        assert words in answer.content.decode()
    posted = client.post("/?picture=accounts&export=png")
    assert posted.status_code in {400, 405}


@pytest.mark.django_db
def test_files_count_as_exports(recorded: World, client: Client) -> None:
    client.force_login(recorded.admin)
    with mock.patch.object(limits, "slots_for", return_value=None) as taken:
        answer = client.get("/", {"picture": "accounts", "export": "png"})
    assert answer.status_code == 429
    assert taken.call_args.args[1] == limits.EXPORTS


@pytest.mark.django_db
def test_what_cannot_be_drawn_says_so(recorded: World, client: Client) -> None:
    client.force_login(recorded.admin)
    query = {"picture": "accounts", "export": "png"}
    with mock.patch.object(png, "PIXELS_MAX", 1000):
        answer = client.get("/", query)
        assert (answer.status_code, "too large" in answer.content.decode()) == (400, True)
    with mock.patch.object(png, "SECONDS", 0):
        answer = client.get("/", query)
        assert (answer.status_code, "could not be drawn" in answer.content.decode()) == (503, True)


@pytest.mark.django_db
def test_both_themes_are_drawn_and_say_whose_it_is(recorded: World, client: Client) -> None:
    client.force_login(recorded.admin)
    with mock.patch.object(png, "render", wraps=png.render) as rendered:
        light, dark = (
            client.get("/", {"picture": "ages", "export": "png", "theme": theme}).content for theme in ("light", "dark")
        )
    assert light != dark
    markup = rendered.call_args.args[0].markup
    assert recorded.organization.name in markup
    assert "All accounts" in markup
    assert "as of" in markup


def test_only_the_shared_template_draws_a_panel() -> None:
    """A template that writes a drawing by itself gives it no table and no files."""
    found = {
        str(path.relative_to(settings.BASE_DIR))
        for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html")
        if re.search(r"\.(?:drawing|narrow) }}", path.read_text(encoding="utf-8"))
    }
    # Drift's has attributes of its own, by which a period is dragged.
    assert found - DRAW_SMALL == {"templates/web/picture_body.html", "templates/drift/drift.html"}


def test_cells_are_figures_in_files_and_words_on_pages() -> None:
    worded = FormattedNumber(-0.5, "-0.50")
    assert [cell(value) for value in (None, 1234, 5.25, "x", worded)] == [NONE, "1,234", "5.2", "x", "-0.50"]
    assert escape_formula(strip_markup(worded)) == -0.5
    assert csv_of(("a", "b"), [(worded, None), ("=1+1", 1234)]) == "a,b\r\n-0.5,\r\n'=1+1,1234\r\n"


@pytest.mark.django_db
def test_a_long_table_is_loaded_once_it_is_opened(recorded: World, client: Client) -> None:
    """As a part of the page for htmx, as a page without script.

    In the page's own scope, and not as an export.
    """
    client.force_login(recorded.admin)
    query = {"picture": "accounts", "export": "table"}
    whole = client.get("/").content.decode()
    with mock.patch.object(charts, "INLINE_ROWS_MAX", 1):
        page = client.get("/").content.decode()
        with mock.patch.object(limits, "slots_for", wraps=limits.slots_for) as taken:
            part = client.get("/", query, headers={"HX-Request": "true"}).content.decode()
        assert taken.call_args.args[1] == limits.PAGES
        alone = client.get("/", query).content.decode()
    assert 'hx-get="/?picture=accounts&amp;export=table"' in page
    assert part.startswith('<div class="table-responsive"')
    assert part.strip() in whole
    assert part.strip() not in page
    assert part.strip() in alone
    assert alone.count("<h1>") == 1
    client.force_login(recorded.owner)
    own = client.get("/", query).content.decode()
    assert recorded.ours.name in own
    assert recorded.theirs.name not in own
    assert client.get("/", {**query, "account": recorded.theirs.account_id}).status_code == 404


@pytest.mark.django_db
def test_the_table_of_a_picture_outside_of_the_list_is_loaded_too(recorded: World, client: Client) -> None:
    """Lists answer htmx with their rows alone, which draw no picture."""
    client.force_login(recorded.admin)
    panel = offered(client.get("/findings/"))["by-account"]
    part = client.get("/findings/", {"picture": "by-account", "export": "table"}, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert part.content.decode().count("<tr>") == len(panel.rows) + 1


def test_opening_a_long_table_loads_it(
    world: World, live: str, log_in: Callable[..., Browsed], monkeypatch: pytest.MonkeyPatch
) -> None:
    story.record_story(world)
    monkeypatch.setattr(charts, "INLINE_ROWS_MAX", 1)
    page = log_in(world.executive)
    page.goto(f"{live}/")
    panel = page.locator("section[aria-labelledby=accounts]")
    fold = panel.locator("details")
    expect(fold).to_be_visible()
    expect(panel.locator("table")).to_have_count(0)
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(panel.locator("tbody tr")).to_have_count(2)
    expect(panel.get_by_role("group", name="as a table")).to_be_visible()
    expect(fold.locator("a[href*='export=table']")).to_have_count(0)
