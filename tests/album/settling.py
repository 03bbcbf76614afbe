"""When a page can be looked at."""

from __future__ import annotations

from time import monotonic
from weakref import WeakKeyDictionary

from playwright.sync_api import Page, Request

DRAWN = """() => new Promise((done) => {
  const frame = () => new Promise((next) => requestAnimationFrame(next));
  const chart = document.querySelector("[data-chart]");
  frame().then(frame).then(() => chart ? setTimeout(done, 400) : done());
})"""
"""Settles two frames after a change; the chart library draws a moment after a window was resized."""
PATIENCE_SECONDS, PAUSE_MS = 5.0, 20
"""Longest wait for what a page loads: one that polls, as a sweep at work does, loads for ever."""

_under_way: WeakKeyDictionary[Page, set[Request]] = WeakKeyDictionary()


def watch(page: Page) -> None:
    """Follow what a page loads; call it before the page is opened."""
    under_way = _under_way[page] = set[Request]()
    page.on("request", lambda request: under_way.add(request))  # noqa: PLW0108 - a built-in method is refused
    for ended in ("requestfinished", "requestfailed"):
        page.on(ended, lambda request: under_way.discard(request))  # noqa: PLW0108


def settle(page: Page) -> None:
    """Wait until a watched page has loaded and the browser has drawn it."""
    deadline = monotonic() + PATIENCE_SECONDS
    redraw(page)  # in these frames parts that come into view ask for their content
    while _under_way[page] and monotonic() < deadline:
        page.wait_for_timeout(PAUSE_MS)
        if not _under_way[page]:
            redraw(page)  # what has arrived may ask for more


def redraw(page: Page) -> None:
    """Wait until the browser has drawn a page in a new size or theme."""
    page.evaluate(DRAWN)
