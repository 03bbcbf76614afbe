"""Every page of the site over a year of a large organization.

Queries, p50, p95, and CSV exports, against their goals.

    ./dev bench pages                                     100 accounts x 1,000 resources, deleted at the end
    ./dev bench pages --accounts 1000 --keep /tmp/year    all of it, kept there, and used again by the next run
    ./dev bench pages --keep /tmp/year --only findings    the pages whose name has the word
    ./dev bench pages --cold                              each link once more with what is kept as right after a sweep

It follows the site's own links as an executive, an owner of three accounts and an admin, in this process, with a real
PostgreSQL and everything warm; with `--cold` the cache holds, before each link, what is worked out ahead after a sweep
and nothing else. A page's time is the CPU that it takes on both sides of the connection, all middleware included;
other load on the machine does not count in it, but it does in elapsed time. Exports are asked of the
site's own server in a process of its own. Of more than 100 accounts, 100 are loaded and the rest are their copies.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from devtools.bench import history_world as world
from devtools.local import assets
from devtools.local.postgres import Postgres
from devtools.local.valkey import Valkey

ASKED = ("accounts", "stories", "days", "jobs", "rounds", "only", "cold", "per_page", "patience")
"""Options that are passed to the run."""


def main(arguments: list[str]) -> int:
    """Run the benchmark; return 0 if every goal is met."""
    options = _options(arguments)
    assets.build(dev=True)  # pages draw icons from them
    with database(options.keep) as (postgres, folder), Valkey(folder / "valkey") as valkey:
        output = folder / "report.json"
        asked = {name: getattr(options, name) for name in ASKED}
        command = [sys.executable, "-m", "devtools.bench.pages_run", postgres.url, valkey.url, str(output)]
        command.append(json.dumps(asked))
        output.unlink(missing_ok=True)
        ended = subprocess.run(command, check=False).returncode
        report: dict[str, Any] = json.loads(output.read_text()) if output.exists() else {}
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=1))
    if not report.get("is_whole"):
        print(f"The run ended early, with {ended}; what it had measured by then:", file=sys.stderr)
    if report:
        _show(report)
    if ended or not report.get("is_whole"):
        return 1
    return int(bool(report["broken"]) or any(goal.get("met") is False for goal in report["goals"]))


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench pages", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--accounts", type=int, default=100, help="accounts of 1,000 resources each (default 100)")
    parser.add_argument("--stories", type=int, default=100, help="accounts that are not copies of others (100)")
    parser.add_argument("--days", type=int, default=364, help="daily snapshots behind the last (364)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes that load the year")
    parser.add_argument("--rounds", type=int, default=3, help="times that each link is measured, once warm (3)")
    parser.add_argument("--only", default="", help="measure the pages whose name has this word")
    parser.add_argument("--cold", action="store_true", help="measure each link right after a sweep as well")
    parser.add_argument("--per-page", type=int, default=24, help="links of one page that each person measures (24)")
    parser.add_argument("--patience", type=int, default=20, help="seconds after which a statement is given up (20)")
    parser.add_argument("--keep", type=Path, help="keep the database in this folder; use the one that is there")
    parser.add_argument("--json", help="write the report to this file")
    return parser.parse_args(arguments)


@contextmanager
def database(keep: Path | None) -> Iterator[tuple[Postgres, Path]]:
    """Run the benchmark's PostgreSQL, in a folder that stays or in one that goes."""
    if keep is None:
        made = tempfile.TemporaryDirectory(prefix="plumbline-bench-")
        with made as folder, world.server(Path(folder) / "pg") as postgres:
            yield postgres, Path(folder)
        return
    postgres = Postgres(keep / "pg")
    postgres.settings = dict(world.SERVER)
    with postgres:
        yield postgres, keep


def _show(report: dict[str, Any]) -> None:
    print(f"\n{report['accounts']} accounts, {report['findings']:,} open findings, {report['days']} days, "
          f"{report['seconds']} s in all")  # fmt: skip
    print(f"{report['host']}; at the end {report['host_after']}")
    for goal in report["goals"]:
        verdict = "met" if goal["met"] else "MISSED"
        print(f"  {goal['name']:<44} {goal['value']:>9,.4g} {goal['unit']:<15} goal {goal['goal']:<6.4g} {verdict:<7}"
              f" {goal.get('note', '')}")  # fmt: skip
    for line in report["broken"]:
        print(f"  BROKEN {line}")
    print(f"  not reached by following links: {', '.join(report['not_reached']) or 'none'}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
