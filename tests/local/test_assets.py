"""Tabler's style sheet is trimmed to what the site uses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devtools.local import assets

pytestmark = pytest.mark.usefixtures("built_assets")
TRIMMED = Path("node_modules", ".trimmed", "tabler.min.css")
MOST_BYTES = 80_000


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with templates of its own."""
    modules = tmp_path / "node_modules"
    modules.mkdir()
    for package in (assets.ROOT / "node_modules").iterdir():
        if package.name != TRIMMED.parent.name:
            (modules / package.name).symlink_to(package)
    for name in ("accounts", "devtools", "posture", "static", "package.json", "package-lock.json"):
        (tmp_path / name).symlink_to(assets.ROOT / name)
    (tmp_path / "templates").mkdir()
    return tmp_path


def classes(sheet: str) -> set[str]:
    """Return the classes that a sheet has rules for."""
    return set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", sheet))


def test_what_the_site_names_is_kept_and_little_else() -> None:
    sheet = (assets.ROOT / "static" / "vendor" / "tabler.min.css").read_text()
    assert {"btn", "btn-primary", "form-control", "table", "card-body", "visually-hidden"} <= classes(sheet)
    assert not {"carousel", "offcanvas", "dropdown-menu"} & classes(sheet)
    assert len(sheet) < MOST_BYTES
    assert "sourceMappingURL" not in sheet


def test_each_class_of_a_template_keeps_its_rules() -> None:
    whole = (assets.ROOT / "node_modules/@tabler/core/dist/css/tabler.min.css").read_text()
    trimmed = classes((assets.ROOT / "static" / "vendor" / "tabler.min.css").read_text())
    known = classes(whole)
    for template in (assets.ROOT / "templates").rglob("*.html"):
        text = re.sub(r"{[{%].*?[}%]}", " ", template.read_text())
        named = {name for value in re.findall(r'class="([^"]*)"', text) for name in value.split()}
        assert named & known <= trimmed, template.name


def test_properties_that_our_sheets_use_are_defined() -> None:
    sheet = (assets.ROOT / "static" / "vendor" / "tabler.min.css").read_text()
    ours = "".join(path.read_text() for path in (assets.ROOT / "static" / "css").glob("*.css"))
    used = set(re.findall(r"var\((--tblr-[\w-]+)", ours))
    assert used <= set(re.findall(r"(--tblr-[\w-]+)\s*:", sheet + ours))


def test_a_class_that_a_template_names_from_now_on_is_kept(checkout: Path) -> None:
    (checkout / "templates" / "page.html").write_text('<p class="btn">')
    assert assets.trim(checkout)
    assert "carousel" not in classes((checkout / TRIMMED).read_text())
    assert not assets.trim(checkout)

    (checkout / "templates" / "page.html").write_text('<p class="btn carousel">')
    assert assets.trim(checkout)
    assert "carousel" in classes((checkout / TRIMMED).read_text())
