"""Five pages in a real browser at a million resources.

Lighthouse's scores, paint, shift and weight, against goals.

    ./dev bench browser                                    1,000 accounts x 1,000 resources, deleted at the end
    ./dev bench browser --keep /tmp/year                   kept there and used again, as `./dev bench pages` does
    ./dev bench browser --accounts 20 --days 30 --rounds 1 a small store, to try it
    ./dev bench browser --compare .run/bench/before.json   each figure next to that of an earlier report (`--json`)

The site's own server answers, with hashed and compressed files, and what it keeps after a sweep is there. Chromium is
the one that the tests drive. Lighthouse simulates a laptop of the middle range (`PROFILE`): it loads the page as fast
as this machine can, then computes from the trace what a line of 10 Mbit/s, 40 ms and half the CPU would make of it.
Scores, shifts and bytes hardly depend on what else the machine does; the paint does, so run it on a quiet one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devtools.bench import browser_goals as goals
from devtools.bench import figures
from devtools.bench.pages import database
from devtools.local import assets
from devtools.local.valkey import Valkey

GIVEN = ("accounts", "stories", "days", "jobs", "rounds")
"""Options that the run is given."""


def main(arguments: list[str]) -> int:
    """Run the benchmark; return 0 if every goal is met."""
    options = parse(arguments)
    before = goals.values_of(json.loads(options.compare.read_text())) if options.compare else None
    assets.build(dev=True)
    with database(options.keep) as (postgres, folder), Valkey(folder / "valkey") as valkey:
        output = folder / "browser.json"
        output.unlink(missing_ok=True)
        given = json.dumps({name: getattr(options, name) for name in GIVEN})
        command = [sys.executable, "-m", "devtools.bench.browser_run", postgres.url, valkey.url, str(output), given]
        subprocess.run(command, check=True)
        report: dict[str, Any] = json.loads(output.read_text())
    return show(report, before, options.json)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(prog="./dev bench browser", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--accounts", type=int, default=1000, help="accounts of 1,000 resources each (default 1000)")
    parser.add_argument("--stories", type=int, default=100, help="accounts that are not copies of others (100)")
    parser.add_argument("--days", type=int, default=364, help="daily snapshots behind the last (364)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes that load the year")
    parser.add_argument("--rounds", type=int, default=3, help="times that each page is measured; the median counts (3)")
    parser.add_argument("--keep", type=Path, help="keep the database in this folder; use the one that is there")
    parser.add_argument("--compare", type=Path, help="show each figure next to that of an earlier report")
    parser.add_argument("--json", type=Path, help="write the report to this file")
    return parser.parse_args(arguments)


def show(report: Mapping[str, Any], before: Mapping[str, float] | None, output: Path | None) -> int:
    """Print the table, write the report; return 0 if every goal is met."""
    found = [
        figure
        for page in report["pages"]
        for figure in goals.figures(goals.Page(**page["page"]), [goals.Seen(**each) for each in page["rounds"]], before)
    ]
    print(f"\n{report['accounts']:,} accounts, {report['resources']:,} resources, {report['findings']:,} open findings")
    print(f"Lighthouse {report['lighthouse']}, {report['throttling']}")
    print(f"{report['host']}; at the end {report['host_after']}\n")
    print(figures.table(found))
    if output:
        output.write_text(json.dumps({**report, "figures": goals.as_json(found)}, indent=1))
    return int(not all(figure.met for figure in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
