"""One run of the benchmark of Kubernetes, in a process of its own.

Reads, judges, records; writes its report as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from botocore.credentials import ReadOnlyCredentials

from devtools.bench import history_world as world
from devtools.bench.kubernetes_server import KEYS, NAME, REGION, make_objects

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Credentials:
    """The keys that the server accepts."""

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return them."""
        return ReadOnlyCredentials(*KEYS)


def main(url: str, redis: str, cluster: str, output: str, manifests: int) -> None:
    """Run it on the database at `url`."""
    world.prepare(url, redis)
    from django.core.management import call_command

    from posture.checks import all_checks, read_parameters
    from posture.collectors import all_collectors
    from posture.history.ingest import record_account  # noqa: F401 - imported before memory is measured

    call_command("migrate", verbosity=0)
    organization, _ = world.create_organization(1)
    all_checks(), all_collectors(), read_parameters()
    described = json.loads(Path(cluster).read_text())
    report: dict[str, Any] = {"idle_memory_mb": _memory_mb()}
    report["first"] = _sweep(organization, described, START)
    report["memory_mb"] = _memory_mb()
    report["again"] = _sweep(organization, described, START + timedelta(days=1))
    report["manifests"] = _judge_manifests(manifests)
    Path(output).write_text(json.dumps(report))


def _memory_mb() -> float:
    """Return the most memory that the process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _sweep(organization: Any, described: dict[str, Any], at: datetime) -> dict[str, Any]:
    from accounts.models import AwsAccount
    from devtools.bench.history_measures import Spent
    from posture.checks import judge
    from posture.collectors import all_collectors
    from posture.core.clock import Clock
    from posture.core.sweep import AccountResult
    from posture.history.ingest import record_account
    from posture.history.models import AccountSweep, Snapshot
    from posture.sweep.ask import AccountAsk, Location
    from posture.sweep.kubernetes import ClusterReader
    from posture.sweep.population_aggregation import fold

    account = AwsAccount.objects.filter(organization=organization).first()
    assert account is not None  # noqa: S101
    chosen = {kind: one for kind, one in all_collectors().items() if one.kubernetes}
    reader = ClusterReader(Credentials(), "aws")
    location = Location(account.account_id, REGION, "aws", at, b"key", clusters=[NAME], read_objects=reader)
    begin, found, gaps = time.monotonic(), [], []
    read, judged, written = Spent(), Spent(), Spent()
    with read.counting():
        for collector in chosen.values():
            ask = AccountAsk(collector, location, lambda *_: {"cluster": described})
            found += list(collector.gather(ask))
            gaps += ask.refused_parts
        folded, _ = fold(found, [], list(chosen.values()))
    if gaps:
        raise RuntimeError(f"a list was refused: {gaps[0][1]}")
    with judged.counting():
        judgements = judge(folded, [], Clock(at))
    snapshot = Snapshot.objects.create(organization=organization, as_of=at, trigger="simulation", state="complete")
    part = AccountSweep.objects.create(snapshot=snapshot, account=account, state="done")
    result = AccountResult(account.account_id, at, [REGION], list(chosen), folded, (), judgements)
    with written.counting():
        recorded = record_account(part, result)
    return {
        "resources": len(folded),
        "read": read.cpu,
        "judge": judged.cpu,
        "record": written.cpu,
        "cpu": read.cpu + judged.cpu + written.cpu,
        "elapsed": time.monotonic() - begin,
        "note": recorded.note,
    }


def _judge_manifests(wanted: int) -> float:
    """Return the CPU seconds in which manifests are read from YAML and judged."""
    import yaml

    from posture.core.clock import Clock
    from posture.kubernetes.manifests import read_manifests
    from posture.kubernetes.objects import judge

    declared = (one for one in make_objects(10 * wanted) if one["kind"] not in {"Pod", "ReplicaSet"})
    # By JSON, since what several objects share would be written as aliases.
    chosen = [json.loads(json.dumps(one)) for one in islice(declared, wanted)]
    files = [
        yaml.dump_all(chosen[start : start + 20], Dumper=yaml.CSafeDumper).encode()
        for start in range(0, len(chosen), 20)
    ]
    begin = time.process_time()
    manifests = [one for number, text in enumerate(files) for one in read_manifests(text, f"{number}.yaml")]
    judge(manifests, Clock(START))
    return time.process_time() - begin


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
