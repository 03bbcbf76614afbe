"""`./dev shot`: take screenshots of the running site as one of its users.

They are narrow and wide, light and dark.

Without paths it visits every page that the site's navigation links to.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from devtools.local import assets, browser, node
from devtools.local.installation import ROOT, Installation, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Scheme = Literal["light", "dark"]
WIDTHS = (1440, 390)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
HEIGHT = 900

LOG_IN = """
import os
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
people = get_user_model().objects.filter(is_active=True)
name = os.environ["PLUMBLINE_SHOT_AS"]
person = people.filter(username=name).first() if name else people.filter(role="executive").first() or people.first()
if person is None:
    raise SystemExit(f"There is no user {name!r}; there are: {', '.join(p.username for p in people)}.")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(person.pk), person.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
session.set_expiry(600)
session.create()
print("session", session.session_key)
"""
"""Makes a session of ten minutes, in the site's own process environment: passwords need not be known."""


class ShotError(Exception):
    """No screenshot can be taken; the message says what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        installation, url = _site()
        with _browser() as chromium:
            site = Site(url, _session(installation, options.user), chromium)
            for path in site.take_readme() if options.readme else site.take(options.paths, options.folder):
                print(path)
    except (ShotError, node.NodeError, browser.BrowserError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _site() -> tuple[Installation, str]:
    """Return what runs here and where."""
    launcher = running()
    if launcher is None:
        raise ShotError("The site does not run: start it with ./dev up, in another terminal.")
    _pid, kind, note = launcher
    found = re.search(r"https?://\S+", note)
    if found is None:
        raise ShotError(f"{note} runs, but no site.")
    return Installation(kind), found.group()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev shot", description="Take screenshots of the running site.")
    parser.add_argument("paths", nargs="*", help="pages, as /findings/?status=open; default: all in the navigation")
    parser.add_argument("--as", dest="user", default="", help="the user to log in; default: an executive")
    parser.add_argument("--folder", type=Path, default=ROOT / ".run" / "shots", help="where to put them")
    parser.add_argument("--readme", action="store_true", help="take docs/screenshot.png, the README's picture")
    return parser


class Site:
    """The running site, seen by one user in one browser."""

    def __init__(self, url: str, session: str, chromium: Browser) -> None:
        self.url = url
        self.session = session
        self.chromium = chromium

    def take(self, paths: list[str], folder: Path) -> Iterator[Path]:
        """Take each page in every width and scheme, at its full height; yield the files."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = paths or self.pages()
        for scheme in SCHEMES:
            for width in WIDTHS:
                with self._page(width, scheme) as page:
                    for path in paths:
                        self._visit(page, path)
                        target = folder / f"{slug(path)}-{width}-{scheme}.png"
                        page.screenshot(path=target, full_page=True)
                        yield target

    def take_readme(self) -> Iterator[Path]:
        """Take the overview as the README shows it, without the tour of a first visit.

        Yield the file.
        """
        target = ROOT / "docs" / "screenshot.png"
        with self._page(1440, "light") as page:
            self._visit(page, "/")
            page.eval_on_selector_all(".pl-tour", "tours => tours.forEach(tour => tour.remove())")
            page.screenshot(path=target)
        yield target

    def pages(self) -> list[str]:
        """Return the paths that the navigation links to, the overview first."""
        with self._page(1440, "light") as page:
            self._visit(page, "/")
            links = page.eval_on_selector_all("nav a[href]", "links => links.map(link => link.getAttribute('href'))")
        return list(dict.fromkeys(["/", *(link.partition("#")[0] for link in links if link.startswith("/"))]))

    @contextmanager
    def _page(self, width: int, scheme: Scheme) -> Iterator[Page]:
        context = self.chromium.new_context(
            viewport={"width": width, "height": HEIGHT}, color_scheme=scheme, reduced_motion="reduce"
        )
        context.add_cookies([{"name": "sessionid", "value": self.session, "url": self.url}])
        page = context.new_page()
        page.on("console", lambda message: _complain(page, message.type, message.text))
        page.on("pageerror", lambda error: _complain(page, "error", str(error)))
        yield page
        context.close()

    def _visit(self, page: Page, path: str) -> None:
        response = page.goto(f"{self.url}{path}", wait_until="networkidle")
        if response is None or not response.ok:
            print(f"{path}: answered {response.status if response else 'nothing'}", file=sys.stderr)


def slug(path: str) -> str:
    """Return a file name for a page.

    `/findings/?status=open` is `findings-status-open`.
    """
    return re.sub(r"[^A-Za-z0-9]+", "-", path).strip("-") or "overview"


def _complain(page: Page, kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        print(f"{page.url}: {kind}: {text}", file=sys.stderr)


def _session(installation: Installation, user: str) -> str:
    env = {**installation.environment(), "PLUMBLINE_SHOT_AS": user}
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", LOG_IN]
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if result.returncode:
        raise ShotError((result.stderr.strip().splitlines() or ["No session could be made."])[-1])
    return result.stdout.split()[-1]


@contextmanager
def _browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    assets.build(dev=True)
    binary = browser.executable()
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(node.node())
    with sync_playwright() as playwright:
        env: dict[str, str | float | bool] = {**browser.environment(binary)}
        chromium = playwright.chromium.launch(executable_path=binary, args=list(browser.ARGUMENTS), env=env)
        yield chromium
        chromium.close()


if __name__ == "__main__":
    sys.exit(main())
