"""The pages of manifests in a real browser: wide and narrow, light and dark."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from posture.manifests.models import ManifestUpload
from tests.browsers import Complaints
from tests.manifests.uploading import FIXED, WEB, an_object, keep, record
from tests.web.test_browser import NARROW, WIDE, fits
from tests.web.world import World, build

pytestmark = pytest.mark.django_db(transaction=True)

Login = Callable[[User], Page]
Axe = Callable[[Page], None]
LONG_NAMES = WEB.replace("name: web,", f"name: {'a-very-long-name-' * 6}x,").replace(
    "image:", f"args: [--option={'b' * 300}]\n        image:"
)


@pytest.fixture
def uploaded() -> tuple[World, ManifestUpload, ManifestUpload]:
    """The world with a source that was uploaded twice, another one, and a preview."""
    world = build()
    record(world.ours, FIXED, world.owner)
    second = record(world.ours, WEB, world.owner)
    record(world.theirs, LONG_NAMES, world.admin, name="playground-with-a-long-name")
    return world, second, keep(world.ours, LONG_NAMES, world.owner)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_have_no_barrier_and_fit(
    uploaded: tuple[World, ManifestUpload, ManifestUpload], live: str, log_in: Login, axe: Axe, theme: str
) -> None:
    world, second, preview = uploaded
    pages = {
        "list": "/manifests/",
        "upload": "/manifests/upload/",
        "source": f"/manifests/{second.source_id}/",
        "object": f"/manifests/objects/{an_object(second).pk}/",
        "preview": f"/manifests/uploads/{preview.pk}/",
        "preview-object": f"/manifests/objects/{an_object(preview).pk}/",
    }
    page = log_in(world.admin)
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        for name, url in pages.items():
            page.goto(f"{live}{url}")
            shoot(page, f"{name}-{size['width']}-{theme}")
            assert fits(page), name
            axe(page)


def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_a_file_is_uploaded_previewed_and_recorded(
    live: str, log_in: Login, tmp_path: Path, complaints: Complaints
) -> None:
    world = build()
    complaints.expect("422")
    page = log_in(world.owner)
    page.goto(f"{live}/manifests/")
    expect(page.get_by_role("heading", name="No manifests yet")).to_be_visible()
    shoot(page, "empty")
    page.get_by_role("link", name="Upload manifests").click()
    broken, file = tmp_path / "broken.yaml", tmp_path / "web.yaml"
    broken.write_text("kind: A\nkind: B\n")
    file.write_text(WEB)
    page.get_by_label("Files").set_input_files(broken)
    page.get_by_label("Belongs to").select_option("222222222222")
    page.get_by_label("Name of the source").fill("shop-gitops")
    page.get_by_role("button", name="Read and preview").click()
    expect(page.get_by_role("alert")).to_contain_text("broken.yaml, document 1, line 2")
    shoot(page, "error")
    expect(page.get_by_label("Name of the source")).to_have_value("shop-gitops")
    page.get_by_label("Files").set_input_files(file)
    page.get_by_role("button", name="Read and preview").click()
    expect(page.get_by_role("heading", name=re.compile("not recorded yet"))).to_be_visible()
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("heading", name=re.compile("open findings"))).to_be_visible()
    page.get_by_role("link", name="web", exact=True).click()
    page.get_by_role("link", name="Privileged container, line 14").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#L14:target")).to_be_visible()
    page.get_by_role("link", name="Privileged container", exact=True).click()
    expect(page.get_by_role("link", name=re.compile("web.yaml, document 1, line 14"))).to_be_visible()
    shoot(page, "finding")
