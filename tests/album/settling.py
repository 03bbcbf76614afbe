"""When a page can be looked at."""

from __future__ import annotations

from contextlib import suppress

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as NotInTime

DRAWN = """() => new Promise((done) => {
  const frame = () => new Promise((next) => requestAnimationFrame(next));
  const chart = document.querySelector("[data-chart]");
  frame().then(frame).then(() => chart ? setTimeout(done, 400) : done());
})"""
"""Settles two frames after a change; the chart library draws a moment after a window was resized."""


def settle(page: Page) -> None:
    """Wait until nothing of a page is being loaded and the browser has drawn it."""
    with suppress(NotInTime):  # a page that polls, as a sweep at work does, is never idle
        page.wait_for_load_state("networkidle", timeout=5_000)
    redraw(page)


def redraw(page: Page) -> None:
    """Wait until the browser has drawn a page in a new size or theme."""
    page.evaluate(DRAWN)
