"""One run of the browser's benchmark.

Makes the year where it is not kept, serves it, has Lighthouse look at it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devtools.bench import history_world as world
from devtools.bench import host, pages_run
from devtools.bench.browser_goals import Page, Seen, read_report
from devtools.bench.pages_options import Run
from devtools.local import assets, browser, node

if TYPE_CHECKING:
    from accounts.models import Organization
    from devtools.bench.pages_exports import Server

LIGHTHOUSE = assets.ROOT / "node_modules" / "lighthouse"
PROFILE: dict[str, Any] = {
    "formFactor": "desktop",
    "screenEmulation": {"mobile": False, "width": 1440, "height": 900, "deviceScaleFactor": 1, "disabled": False},
    "throttlingMethod": "simulate",
    "throttling": {"rttMs": 40, "throughputKbps": 10_240, "cpuSlowdownMultiplier": 2,
                   "requestLatencyMs": 0, "downloadThroughputKbps": 0, "uploadThroughputKbps": 0},
    "emulatedUserAgent": False,
}  # fmt: skip
"""A laptop of the middle range in an office: 1440 x 900, 10 Mbit/s, 40 ms round trip, half of this machine's CPU."""
CONFIGURATION = {
    "extends": "lighthouse:default",
    "settings": {
        **PROFILE,
        "onlyCategories": ["performance", "accessibility"],
        "onlyAudits": ["errors-in-console"],
        "disableFullPageScreenshot": True,
    },
}
PART = re.compile(r'hx-get="(/[^"]*)"[^>]*hx-trigger="load')
START_SECONDS = 180
"""Seconds after which one run of Lighthouse is given up."""


def main(url: str, redis: str, output: str, options: Mapping[str, int]) -> None:
    """Run it on the database at `url` and the cache at `redis`."""
    world.prepare(url, redis)
    pages_run.judge_by_all_checks()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    organization = pages_run.year(url, _as_run(options))
    report = _facts(organization)
    from devtools.bench.pages_exports import cookie_of, serve
    from posture.web.warm_up import warm_up

    warm_up(organization)
    cookie = cookie_of(pages_run.people_of(organization)["executive"])
    os.environ["PLUMBLINE_HASHED_STATIC"] = "yes"
    assets.gather()
    with serve("devtools.bench.browser_site:application") as server:
        report["pages"] = list(_measure(server, cookie, _pages(organization), options["rounds"]))
    Path(output).write_text(json.dumps({**report, "host_after": host.summary()}))


def _as_run(options: Mapping[str, int]) -> Run:
    year = {name: options[name] for name in ("accounts", "stories", "days", "jobs", "rounds")}
    return Run(**year, only="", cold=False, per_page=0, patience=0)


def _facts(organization: Organization) -> dict[str, Any]:
    from posture.history.models import StoredFinding, StoredVersion

    slowdown = PROFILE["throttling"]["cpuSlowdownMultiplier"]
    return {
        "accounts": organization.accounts.count(),
        "resources": StoredVersion.objects.count(),
        "findings": StoredFinding.objects.filter(closed_at=None).count(),
        "lighthouse": json.loads((LIGHTHOUSE / "package.json").read_text())["version"],
        "throttling": f"simulated: 10 Mbit/s, 40 ms round trip, CPU {slowdown} times slower, 1440 x 900",
        "host": host.summary(),
    }


def _pages(organization: Organization) -> list[Page]:
    """Return the pages that are measured."""
    from django.urls import reverse

    from posture.history.models import Snapshot

    account = organization.accounts.order_by("pk")[0].account_id
    last = Snapshot.objects.filter(organization=organization).latest("as_of").pk
    return [
        Page("overview", reverse("dashboard:overview")),
        Page("findings", reverse("findings:list")),
        Page("drift", reverse("drift:drift")),
        Page("account", reverse("organization:account", args=[account])),
        Page("sweep", reverse("sweeps:detail", args=[last]), zooms=True),
    ]


def _measure(server: Server, cookie: str, pages: Sequence[Page], rounds: int) -> Iterator[dict[str, Any]]:
    """Yield each page with what each round found on it."""
    for page in pages:
        _warm(server, cookie, page.path)
        seen = [_look(f"http://localhost:{server.port}{page.path}", cookie) for _ in range(rounds)]
        print(f"{page.name}: measured", file=sys.stderr, flush=True)
        yield {"page": asdict(page), "rounds": [asdict(each) for each in seen]}


def _warm(server: Server, cookie: str, path: str) -> None:
    """Ask for a page and for the parts that it loads by itself.

    Raise if one is not answered.
    """
    for part in [path, *map(unescape, PART.findall(_body(server, cookie, path)))]:
        _body(server, cookie, part)


def _body(server: Server, cookie: str, path: str) -> str:
    response = server.ask(path, cookie)
    body = response.read().decode()
    if response.status != 200:  # noqa: PLR2004 - HTTP's success
        raise RuntimeError(f"{path} answered {response.status}.")
    return body


def _look(url: str, cookie: str) -> Seen:
    """Have Lighthouse look at a page once, in a browser of its own."""
    binary = browser.executable()
    with tempfile.TemporaryDirectory(prefix="plumbline-lighthouse-") as folder:
        configuration, headers, report = (Path(folder, name) for name in ("config.json", "headers.json", "report.json"))
        configuration.write_text(json.dumps(CONFIGURATION))
        headers.touch(mode=0o600)  # not on the command line, where other users could read the session
        headers.write_text(json.dumps({"Cookie": cookie}))
        command: list[str | Path] = [
            node.node(), LIGHTHOUSE / "cli" / "index.js", url, "--quiet", "--no-enable-error-reporting",
            "--output=json", f"--output-path={report}", f"--config-path={configuration}", f"--extra-headers={headers}",
            f"--chrome-flags=--headless {' '.join(browser.ARGUMENTS)}",
        ]  # fmt: skip
        environment = {
            **node.environment(),
            **browser.environment(binary),
            "CHROME_PATH": str(binary),
            "TMPDIR": folder,
        }
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=START_SECONDS, check=False
        )
        if not report.exists():
            raise RuntimeError(f"Lighthouse could not look at {url}: {done.stderr.strip()[-2000:]}")
        return read_report(json.loads(report.read_text()))


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    main(sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4]))
