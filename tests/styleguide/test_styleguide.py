"""The styleguide shows all there is.

What a sheet, a template or a picture adds and it does not show fails here.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from posture.core.outcome import Severity
from posture.pages.styleguide import drawings, parts, tokens
from posture.pages.styleguide.colours import Vision, contrast, distance
from posture.web.templatetags import marks
from tests.styleguide.matrix import CHAPTERS
from tests.web.world import World

SHEETS = settings.BASE_DIR / "static" / "css"
SCRIPTED = {"pl-drift-drag"}
"""Classes of pictures that only a script gives, while somebody draws over one."""


def page(world: World, client: Client, chapter: str) -> str:
    """Return a chapter as an admin gets it."""
    client.force_login(world.admin)
    response = client.get(reverse(f"styleguide:{chapter}"))
    assert response.status_code == 200
    return response.content.decode()


def classes(sheet: Path) -> set[str]:
    """Return the classes of our own that a sheet has rules for."""
    rules = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {name for selector in re.findall(r"([^{}]+)\{", rules) for name in re.findall(r"\.(pl-[\w-]+)", selector)}


def test_every_token_is_shown(world: World, client: Client) -> None:
    """A token of whichever sheet, wherever it is defined."""
    text = "".join(path.read_text(encoding="utf-8") for path in SHEETS.glob("*.css"))
    defined = set(re.findall(r"(?<![\w-])--pl-([\w-]+):", text))
    shown = set(re.findall(r"<code>([\w-]+)</code>", page(world, client, "tokens")))
    assert defined - shown == set()


def test_both_themes_define_the_same_tokens() -> None:
    assert tokens.read("light").keys() == tokens.read("dark").keys()


def test_every_colour_has_the_contrast_that_it_needs() -> None:
    assert [one for one in tokens.colours() if not one.is_enough] == []


def test_no_sheet_sets_text_under_eleven_pixels() -> None:
    assert min(tokens.font_sizes()) >= 11


def test_every_part_has_an_example_and_is_drawn(world: World, client: Client) -> None:
    """A new part needs `templates/styleguide/web/<name>.html`."""
    assert parts.names() == parts.shown()
    client.force_login(world.admin)
    used = {one.name for name in ("parts", "more_parts") for one in client.get(reverse(f"styleguide:{name}")).templates}
    assert {f"web/{name}.html" for name in parts.names()} - used == set()


def test_every_picture_has_examples(world: World, client: Client) -> None:
    """A new picture needs `posture/pages/styleguide/drawings/<name>.py`."""
    assert drawings.pictures() == drawings.named()


def test_every_class_of_the_pictures_is_shown(world: World, client: Client) -> None:
    html = "".join(page(world, client, chapter) for chapter in CHAPTERS)
    used = {name for value in re.findall(r'class="([^"]*)"', html) for name in value.split()}
    assert classes(SHEETS / "drawing.css") - used - SCRIPTED == set()


def test_hostile_texts_stay_text(world: World, client: Client) -> None:
    for chapter in CHAPTERS[1:]:
        html = page(world, client, chapter)
        assert "alert(1)" in html
        assert "<script>alert" not in html


def test_severities_and_states_are_shown_with_icon_and_word(world: World, client: Client) -> None:
    html = page(world, client, "parts")
    for badge in (*map(marks.severity, Severity), *map(marks.status, marks.STATES)):
        assert re.search(r"<svg .*</svg>\w", badge)
        assert badge in html


def test_colours_of_meaning_are_never_the_same_to_anybody() -> None:
    assert [one for one in tokens.pairs() if min(one.light, one.dark) < 5] == []


def test_colours_that_are_near_each_other_to_somebody_are_never_alone() -> None:
    """Pairs that colour alone does not distinguish.

    Their badges differ by icon and word, their marks by shape.
    """
    near = {frozenset((one.one, one.other)) for one in tokens.pairs() if not one.is_apart}
    looks = {one.name.lower(): marks.severity(one) for one in Severity} | {
        one: marks.status(one) for one in ("pass", "fail", "unknown")
    }
    assert near
    for one, other in (tuple(pair) for pair in near):
        shapes = [re.sub(r' class="[^"]*"', "", looks[each]) for each in (one, other)]
        assert shapes[0] != shapes[1]
        icons = [re.findall(r"<svg.*</svg>", look) for look in shapes]
        assert icons[0] != icons[1]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#ffffff", "#000000", 21.0), ("#777777", "#ffffff", 4.48), ("#123456", "#123456", 1)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == pytest.approx(expected, abs=0.005)


def test_visions_are_those_of_the_model() -> None:
    """Red and green are close without their cones, blue and yellow are not."""
    red, green = "#b3352a", "#5f6f1e"
    assert distance(red, green, Vision.DEUTERANOPIA) < distance(red, green) / 2
    assert distance("#0000ff", "#ffff00", Vision.PROTANOPIA) > 60
    for vision in Vision:
        assert distance("#808080", "#808080", vision) == 0
        assert distance("#000000", "#ffffff", vision) == pytest.approx(100, abs=0.5)
