"""Texts of a page's pictures that touch each other, as the browser has set them."""

from __future__ import annotations

from playwright.sync_api import Page

SCRIPT = """(selector) => {
  const texts = [...document.querySelectorAll(selector + ' text')];
  const boxes = texts.map(one => [one.getBoundingClientRect(), one.textContent]);
  const adjacent = (a, b) => a.left < b.right - 0.5 && b.left < a.right - 0.5;
  const touch = (a, b) => adjacent(a, b) && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  return boxes.flatMap(([a, one], at) =>
    boxes.slice(at + 1).filter(([b]) => touch(a, b)).map(([, other]) => [one, other]));
}"""


def overlaps(page: Page, selector: str) -> list[list[str]]:
    """Return the pairs of texts that touch within a picture, which must hold some."""
    assert page.locator(f"{selector} text").count()
    found: list[list[str]] = page.evaluate(SCRIPT, selector)
    return found
