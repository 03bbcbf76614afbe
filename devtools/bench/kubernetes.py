"""A cluster of 10,000 pods read, judged and recorded; and 2,000 manifests.

    ./dev bench kubernetes

A simulated API server answers in a process of its own. The engine's reader, the collectors, all checks and the real
record path run in another one, on a PostgreSQL that is started for it: once for a new cluster, once for an unchanged
one. Then 2,000 manifests are read and judged as `plumbline manifests` does it. CPU is that of this process and of the
database's; the simulated server's is not ours.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from devtools.bench import figures, host
from devtools.bench import history_world as world
from devtools.bench.figures import Figure
from devtools.bench.kubernetes_server import serve
from devtools.local.valkey import Valkey

PODS, MANIFESTS = 10_000, 2_000
SECONDS_MAX, MEMORY_MB_MAX, MANIFESTS_SECONDS_MAX = 20.0, 300.0, 5.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it, print the table, and return 0 where every goal is met."""
    if arguments:
        print("./dev bench kubernetes takes no arguments.", file=sys.stderr)
        return 2
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(theirs, PODS), daemon=True)
    server.start()
    try:
        found = _measure(ours.recv())
    finally:
        server.terminate()
    print(host.summary())
    print(figures.table(found))
    return int(any(one.met is False for one in found))


def _measure(described: dict[str, Any]) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as name:
        folder = Path(name)
        output = folder / "report.json"
        (folder / "cluster.json").write_text(json.dumps(described))
        with world.server(folder / "pg") as postgres, Valkey(folder / "valkey") as valkey:
            command = [sys.executable, "-m", "devtools.bench.kubernetes_run", postgres.url, valkey.url]
            world.run([*command, str(folder / "cluster.json"), str(output), str(MANIFESTS)])
        report: dict[str, Any] = json.loads(output.read_text())
    return _figures(report)


def _figures(report: dict[str, Any]) -> list[Figure]:
    first, again, judged = report["first"], report["again"], report["manifests"]
    memory = report["memory_mb"] - report["idle_memory_mb"]
    parts = ", ".join(f"{name} {first[name]:.1f} s" for name in ("read", "judge", "record"))
    return [
        Figure(
            f"{PODS:,} pods in {first['resources']:,} resources, CPU", first["cpu"], f"{first['cpu']:.1f} s",
            f"≤ {SECONDS_MAX:g} s", first["cpu"] <= SECONDS_MAX, f"{parts}; {first['elapsed']:.1f} s elapsed",
        ),
        Figure(
            "memory that it takes", memory, f"{memory:.0f} MB", f"≤ {MEMORY_MB_MAX:g} MB", memory <= MEMORY_MB_MAX,
            f"{report['memory_mb']:.0f} MB in all, {report['idle_memory_mb']:.0f} MB before",
        ),
        Figure(
            "the same cluster again, CPU", again["cpu"], f"{again['cpu']:.1f} s",
            note=f"of it {again['read']:.1f} s reading, {again['record']:.2f} s recording; {again['note']}",
        ),
        Figure(
            f"{MANIFESTS:,} manifests read and judged, CPU", judged, f"{judged:.1f} s",
            f"≤ {MANIFESTS_SECONDS_MAX:g} s", judged <= MANIFESTS_SECONDS_MAX,
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
