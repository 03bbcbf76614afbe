"""Calls to AWS of a sweep: a whole account, and an empty region more.

The account is one of the simulated Organization. An empty region's calls are the difference between two sweeps of an
account that has nothing, each request counted once: where the server lacks a service, boto3 tries again. A full sweep
reads every type, an ordinary one keeps what is read once a day. The exit code is 0 if the goal is met.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import boto3
from moto.server import ThreadedMotoServer

from devtools.bench import figures
from devtools.bench.figures import Figure
from devtools.bench.recorder import Recording
from devtools.bench.recording import ACCOUNT, record, record_sweep, recorded
from posture.sweep import SweepRole, Target

EMPTY_ACCOUNT = "210987654321"
"""An account in which nothing is, apart from what AWS makes by itself, as its default VPC."""
REGIONS = ("us-east-1", "eu-central-1")
EMPTY_REGION_CALLS = 60
SWEEPS = {"a full sweep": False, "an ordinary one": True}
"""Kinds of sweeps, and whether they keep what is read once a day."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Count, print the table, and return 0 where the goal is met."""
    parser = argparse.ArgumentParser(prog="./dev bench calls", description=__doc__)
    parser.add_argument("--operations", action="store_true", help="list what the empty region was asked")
    chosen = parser.parse_args(arguments)
    found, in_region = list[Figure](), dict[str, Counter[str]]()
    for name, is_ordinary in SWEEPS.items():
        regions, account = calls_of_account(ordinary=is_ordinary)
        empty = in_region[name] = calls_of_empty_region(ordinary=is_ordinary)
        calls, goal = empty.total(), f"≤ {EMPTY_REGION_CALLS}" if is_ordinary else ""
        met = calls <= EMPTY_REGION_CALLS if is_ordinary else None
        found += [
            Figure(f"{ACCOUNT}, {regions} regions, {name}", account.total(), str(account.total()),
                   note=_by_service(account)),
            Figure(f"an empty region more, {name}", calls, str(calls), goal, met=met, note=_by_service(empty)),
        ]  # fmt: skip
    print(figures.table(found))
    if chosen.operations:
        for name, counted in in_region.items():
            print(f"An empty region, {name}:")
            print("\n".join(f"{times:4} {operation}" for operation, times in sorted(counted.items())))
    return int(any(each.met is False for each in found))


def calls_of_account(*, ordinary: bool = False) -> tuple[int, Counter[str]]:
    """Return the regions of a simulated account, and the calls of its sweep."""
    recording = record(ordinary=True) if ordinary else Recording.load(recorded())
    return len(recording.regions), operations(recording)


def calls_of_empty_region(*, ordinary: bool = False) -> Counter[str]:
    """Return what a region more costs in an account that has nothing."""
    with _moto() as url:
        swept = (_swept(url, regions, ordinary=ordinary) for regions in (REGIONS[:1], REGIONS))
        alone, with_another = map(_requests, swept)
    return with_another - alone


@contextmanager
def _moto() -> Iterator[str]:
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def _swept(url: str, regions: tuple[str, ...], *, ordinary: bool) -> Recording:
    session = boto3.Session(aws_access_key_id="nobody", aws_secret_access_key="s", region_name=REGIONS[0])  # noqa: S106
    role = SweepRole(f"arn:aws:iam::{EMPTY_ACCOUNT}:role/Plumbline", "none")
    return record_sweep(session, url, Target(EMPTY_ACCOUNT, role, regions), ordinary=ordinary)


def operations(recording: Recording) -> Counter[str]:
    """Return how often each `service:method` was called."""
    found: Counter[str] = Counter()
    for each in recording.exchanges:
        found[f"{each.service}:{each.method}"] += each.times
    return found


def _requests(recording: Recording) -> Counter[str]:
    return Counter(f"{each.service}:{each.method}" for each in recording.exchanges)


def _by_service(calls: Counter[str]) -> str:
    services: Counter[str] = Counter()
    for operation, times in calls.items():
        services[operation.partition(":")[0]] += times
    return ", ".join(f"{service} {times}" for service, times in services.most_common(6))


if __name__ == "__main__":
    sys.exit(main())
