"""What is measured on a page as the browser has laid it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.browsers import AXE

LEAST_TEXT = 11.0
"""Pixels below which nobody reads."""
MOST_HEIGHT = {390: 10_130, 1440: 4_000}
"""Pixels of a page, by the width of the window: twelve screens of a phone; at a desk it is only reported."""

LAYOUT = """() => {
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  const name = (one) => one.tagName.toLowerCase() + (one.id ? "#" + one.id : "")
    + [...one.classList].slice(0, 2).map((part) => "." + part).join("");
  const scrolls = (one) => { for (let up = one; up && up !== document.body; up = up.parentElement)
    if (/auto|scroll|hidden|clip/.test(getComputedStyle(up).overflowX)) return true; return false; };
  const culprits = wide <= 0 ? [] : [...document.body.querySelectorAll("*")].filter((one) =>
    one.getBoundingClientRect().right > window.innerWidth + 1 && !scrolls(one)).map(name);
  const small = {};
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !one.checkVisibility()) continue;
    const range = document.createRange(); range.selectNodeContents(texts.currentNode);
    const box = range.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || one.closest("script, style, title, desc, .visually-hidden")) continue;
    const turned = one instanceof SVGGraphicsElement ? one.getScreenCTM() : {a: 1, b: 0};
    const size = parseFloat(getComputedStyle(one).fontSize) * Math.hypot(turned.a, turned.b);
    if (size < LEAST - 0.05) small[name(one)] = Math.min(small[name(one)] ?? 99, Math.round(size * 10) / 10);
  }
  return {wide, culprits: [...new Set(culprits)].slice(0, 5), height: document.documentElement.scrollHeight, small};
}"""

CONTROLS = ".pl-rail, .pl-top, .pl-skip, .pl-filters, .pl-actions, .pl-pages, .btn, button"
PAPER = """(controls) => {
  const seen = (one) => one.checkVisibility() && one.getBoundingClientRect().height > 0;
  const named = (all) => all.slice(0, 3).map((one) => `${one.tagName} ${one.className}`);
  const every = [...document.querySelectorAll("main *")].filter((one) => seen(one) && !one.closest("svg"));
  const folded = [...document.querySelectorAll("main details:not(.pl-menu)")].filter(seen);
  return {
    controls: named([...document.querySelectorAll(controls)].filter(seen)),
    cut: named(every.filter((one) => one.tagName !== "TEXTAREA"
      && /auto|scroll/.test(getComputedStyle(one).overflowX))),
    wide: named(every.filter((one) => one.getBoundingClientRect().right > innerWidth + 1)),
    folded: named(folded.flatMap((one) => [...one.children].slice(1)).filter((one) => !one.checkVisibility())),
  };
}"""
"""What is wrong on paper: controls, boxes that scroll, what is too wide, and what stays folded."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a page should not have."""

    kind: str
    """overflow, length, small text, console, paper with what is wrong, or axe with the name of its rule."""
    what: str


def layout(page: Page, width: int) -> list[Fault]:
    """Return what is wrong with a page's layout in a window of a width."""
    found: dict[str, Any] = page.evaluate(LAYOUT.replace("LEAST", str(LEAST_TEXT)))
    faults = []
    if found["wide"] > 0:
        faults.append(Fault("overflow", f"{found['wide']} px too wide by {', '.join(found['culprits']) or 'unknown'}"))
    if found["height"] > MOST_HEIGHT.get(width, 1e9):
        faults.append(Fault("length", f"{found['height']} px high, at most {MOST_HEIGHT[width]}"))
    if found["small"]:
        small = ", ".join(f"{name} {size} px" for name, size in list(found["small"].items())[:8])
        faults.append(Fault("small text", small))
    return faults


def paper(page: Page) -> list[Fault]:
    """Return what is wrong with a page as it is laid out for paper."""
    found: dict[str, list[str]] = page.evaluate(PAPER, CONTROLS)
    return [Fault(f"paper {name}", ", ".join(wrong)) for name, wrong in found.items() if wrong]


def barriers(page: Page) -> list[Fault]:
    """Return what axe-core finds on a page, of any impact."""
    if not page.evaluate("typeof axe === 'object'"):
        # Injected by the driver, so the page's own policy does not apply to it.
        page.evaluate(AXE.read_text(encoding="utf-8"))
    report = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [Fault(f"axe {found['id']}", _describe(found)) for found in report["violations"]]


def _describe(found: dict[str, Any]) -> str:
    nodes = found["nodes"]
    where = "; ".join(str(node["target"][0]) for node in nodes[:3])
    return f"{found['impact']}, {len(nodes)} times: {found['help']}: {where}"
