"""A real browser for tests, with a login and axe-core.

A page that reports an error fails its test.

`live` serves what the test's own (committed) rows say; `page` is Playwright's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devtools.local import browser, node

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page
    from pytest_django.live_server_helper import LiveServer

ROOT = Path(__file__).parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def pytest_configure(config: pytest.Config) -> None:
    """Make Playwright use the wheel's Node, before it starts its driver."""
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(node.node())
    # Playwright's synchronous calls run an event loop in this thread, which Django takes for its own.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    from playwright.sync_api import expect

    expect.set_options(timeout=WAIT_MILLISECONDS)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a page, so that `-m "not browser"` leaves it out."""
    for item in items:
        if "page" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def built_assets() -> None:
    """Require that npm packages are installed and copied into `static/vendor`.

    The session began with that.
    """


@pytest.fixture(scope="session")
def browser_type_launch_args(built_assets: None) -> dict[str, Any]:
    """How pytest-playwright starts the browser."""
    binary = browser.executable()
    return {"executable_path": str(binary), "args": list(browser.ARGUMENTS), "env": browser.environment(binary)}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """How a page sees the world: a laptop that does not like things to move."""
    return {
        "viewport": {"width": 1440, "height": 900},
        "reduced_motion": "reduce",
        "locale": "en-US",
        "timezone_id": "UTC",
    }


SLOW_MACHINE = "was preloaded using link preload but not used within a few seconds"
"""What Chromium says of a font where a busy machine draws a page late."""
LEFT = ("htmx:sendAbort", "htmx:afterRequest")
"""What htmx says of a request that a page was left with; of one that failed it says `htmx:sendError` besides."""


WAIT_MILLISECONDS = 30_000
"""Milliseconds until a page is said not to do what it should: a busy machine needs some of them."""


VIOLATION = "policy violation:"
REPORT_VIOLATIONS = f"""
addEventListener("securitypolicyviolation", (event) => console.error(
    `{VIOLATION} ${{event.violatedDirective}} ${{event.blockedURI}} at ${{event.sourceFile}}:${{event.lineNumber}}`));
"""
"""Says of each breach of the content security policy which rule it broke; the browser's own words may change."""


class Complaints:
    """What pages wrote to their console, threw, or could not load."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self.expected: list[str] = []

    def expect(self, part: str) -> None:
        """Let complaints that contain `part` pass, in this test."""
        self.expected.append(part)

    def listen(self, context: BrowserContext) -> None:
        """Collect the errors of `context`'s pages and breaches of its security policy."""
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.all.append(f"thrown: {error.error}"))
        context.on("requestfailed", lambda request: self._on_failed(request.url, request.failure or ""))
        context.add_init_script(REPORT_VIOLATIONS)

    def _on_console(self, message: ConsoleMessage) -> None:
        harmless = SLOW_MACHINE in message.text or message.text.startswith(LEFT)
        if message.type in {"error", "warning"} and not harmless:
            self.all.append(f"{message.type}: {message.text}")

    def _on_failed(self, url: str, why: str) -> None:
        # A page that is left takes its running requests with it.
        if "ERR_ABORTED" not in why:
            self.all.append(f"not loaded: {url} ({why})")

    @property
    def unexpected(self) -> list[str]:
        """What no test said would come."""
        return [one for one in self.all if not any(part in one for part in self.expected)]


@pytest.fixture
def complaints() -> Complaints:
    """What this test's pages complained of; use `expect` for what the test provokes."""
    return Complaints()


@pytest.fixture
def context(context: BrowserContext, complaints: Complaints) -> Iterator[BrowserContext]:
    """Playwright's context; the test fails if one of its pages complains."""
    complaints.listen(context)
    context.set_default_timeout(WAIT_MILLISECONDS)
    yield context
    for page in context.pages:
        # Parts of a page may still be loading: left alone, their queries would meet the test's clearing up.
        page.close()
    assert not complaints.unexpected, "\n".join(complaints.unexpected)


@pytest.fixture
def live(live_server: LiveServer, built_assets: None) -> Iterator[str]:
    """The URL of a site over this test's database, e.g. `http://localhost:43210`."""
    yield str(live_server.url)
    wait_until_answered()


def wait_until_answered(seconds: float = 10) -> None:
    """Wait for requests that a test left running.

    Their locks would block the truncation that ends the test.
    """
    from django.db import connection

    busy = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND (state = 'active' OR state LIKE 'idle in transaction%')"
    )
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(busy)
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.05)


@pytest.fixture
def log_in(live: str, page: Page, client: Any) -> Callable[[Any], Page]:
    """Call with a user: the page's browser is then logged in as that user at `live`."""

    def as_user(user: Any) -> Page:
        client.force_login(user)
        session = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live}])
        return page

    return as_user


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Call with a page: fails on what axe-core calls serious or critical."""

    def examine(page: Page) -> None:
        # Injected by the driver, so the page's own policy does not apply to it.
        page.evaluate(AXE.read_text(encoding="utf-8"))
        report = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        bad = [found for found in report["violations"] if found["impact"] in {"serious", "critical"}]
        assert not bad, "\n".join(_describe(found) for found in bad)

    return examine


def _describe(found: dict[str, Any]) -> str:
    nodes = "\n".join(f"    {node['html'][:200]}\n      {node['failureSummary']}" for node in found["nodes"][:5])
    return f"{found['impact']} {found['id']}: {found['help']} ({len(found['nodes'])} times)\n{nodes}"
