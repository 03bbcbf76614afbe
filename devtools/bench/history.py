"""A year of a large organization.

Recording, disk, reads, charts and retention, against their goals.

    ./dev bench history                     a twentieth of it, in about two minutes
    ./dev bench history --accounts 1000     all of it, in about half an hour
    ./dev bench history --populations       and once more with groups whose members are replaced every day
    ./dev bench history --accounts 1000 --compare    and a tenth of it first, to show how each figure grew

It starts its own PostgreSQL and Valkey, lays the year behind down by COPY, takes the last ten days through the real
record path, and deletes everything at the end. CPU is that of both sides of the connection; other load on
the machine does not count in it, but it does in elapsed milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from devtools.bench import history_world as world
from devtools.local.valkey import Valkey

MOST_GROWTH = 1.03
"""How many times the rows, and the disk, of the year without populations it may be with them."""


def main(arguments: list[str]) -> int:
    """Run the benchmark; return 0 if every goal is met."""
    options = _options(arguments)
    reports: list[dict[str, Any]] = []
    if options.folder:
        Path(options.folder).mkdir(parents=True, exist_ok=True)
    for accounts, populations in _scales(options):
        with tempfile.TemporaryDirectory(prefix="plumbline-bench-", dir=options.folder) as folder:
            reports.append(_run(Path(folder), accounts, populations, options))
    if options.populations:
        reports[-1]["goals"] += _compared(*reports)
    for report in reports:
        _show(report, reports[0] if len(reports) > 1 and report is not reports[0] else None)
    if options.json:
        Path(options.json).write_text(json.dumps(reports[-1] if len(reports) == 1 else reports, indent=1))
    return int(any(goal.get("met") is False for goal in reports[-1]["goals"]))


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench history", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--accounts", type=int, default=50, help="accounts of 1,000 resources each (default 50)")
    parser.add_argument("--days", type=int, default=365, help="daily snapshots in all, the last ten recorded (365)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes that load the year")
    parser.add_argument("--compare", action="store_true", help="run a tenth first, and show how each figure grew")
    parser.add_argument(
        "--populations",
        action="store_true",
        help="run once more with a tenth as many members of groups besides the rest, replaced every day, and compare",
    )
    parser.add_argument("--json", help="write the report to this file")
    parser.add_argument(
        "--folder", help="where the database is put while it runs (default: the system's temporary folder)"
    )
    return parser.parse_args(arguments)


def _scales(options: argparse.Namespace) -> list[tuple[int, int]]:
    """Return what is run, one after the other.

    Accounts, and 1 where they have populations.
    """
    if options.populations:
        return [(options.accounts, 0), (options.accounts, 1)]
    return [(options.accounts // 10, 0), (options.accounts, 0)] if options.compare else [(options.accounts, 0)]


def _compared(without: dict[str, Any], populated: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the goals of what populations may add to the year."""
    ends = [report["disk"]["growth"][-1] for report in (without, populated)]
    return [
        {
            "name": f"{what} of the year, compared with the run without populations",
            "value": round(ends[1][key] / ends[0][key], 4),
            "unit": "times",
            "goal": MOST_GROWTH,
            "met": ends[1][key] <= MOST_GROWTH * ends[0][key],
        }
        for what, key in (("rows", "rows"), ("disk", "bytes"))
    ]


def _run(folder: Path, accounts: int, populations: int, options: argparse.Namespace) -> dict[str, Any]:
    """Run one scale in a process of its own: Django is set up on one database alone."""
    output = folder / "report.json"
    with world.server(folder / "pg") as postgres, Valkey(folder / "valkey") as valkey:
        command = [sys.executable, "-m", "devtools.bench.history_run", postgres.url, valkey.url, str(output)]
        command += [str(accounts), str(options.days), str(options.jobs), str(populations)]
        world.run(command)
        found: dict[str, Any] = json.loads(output.read_text())
    return found


def _show(report: dict[str, Any], smaller: dict[str, Any] | None) -> None:
    before = {goal["name"]: goal["value"] for goal in smaller["goals"]} if smaller else {}
    populated = " with populations" if report["populations"] else ""
    print(f"\n{report['accounts']} accounts{populated}, {report['days']} days, loaded in "
          f"{report['laid_down_seconds']:.0f} s, all in {report['seconds']:.0f} s")  # fmt: skip
    print(f"{report['host']}; at the end {report['host_after']}")
    for goal in report["goals"]:
        value = f"{goal['value']:>12,.4g} {goal['unit']:<14}"
        aim = f"goal {goal['goal']:<8.4g} {'met' if goal['met'] else 'MISSED'}" if "goal" in goal else ""
        grew = f"x{goal['value'] / before[goal['name']]:.1f}" if before.get(goal["name"]) else ""
        print(f"  {goal['name']:<72} {value} {aim:<22} {grew:<7} {goal.get('note', '')}")
    for point in report["disk"]["growth"]:
        print(f"  on day {point['day']}: {point['rows']:,} rows, {point['bytes'] / 1e6:,.0f} MB")
    for table, weight in report["disk"]["tables"].items():
        print(f"    {table:<32} {weight['rows']:>12,} rows {weight['bytes'] / 1e6:>10,.1f} MB")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
