"""One process of the sweep benchmark.

Warms up, waits for the word, works for a while and says what it cost.

    python -m devtools.bench.workload MODE URL RECORDING --seconds 8

It prints one line of JSON when it is ready, and one with figures after each line that comes on its input.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import psutil
from botocore.config import Config
from botocore.exceptions import ClientError

from devtools.bench.figures import FIRST_ACCOUNTS
from devtools.bench.recorder import Exchange, Recording
from devtools.bench.recording import ListenedClients
from devtools.simulator.simulator import drop_account_from_host
from posture.collectors import all_collectors
from posture.core.collector import Ask, Collector, ListingScope
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.orchestration.memory import tune_garbage_collection
from posture.sweep import Engine, SweepRole, Target, sweep_account
from posture.sweep.cpu_affinity import one_core

FIRST_ACCOUNT = 100_000_000_000
LOOK_SECONDS = 0.25
LEAD_SECONDS = 0.6
WHOLE_EVERY = 50
SLICE = ("secretsmanager", "efs")
"""The services of which a slice of an account consists."""


Say = Callable[[dict[str, Any]], None]
"""Sends a message to the process that started this one."""
Wait = Callable[[], Any]
"""Waits for the word to begin; false when there is none any more."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one process is to do."""

    mode: str
    url: str
    recording: Recording
    threads: int
    lanes: int
    seconds: float
    accounts: int
    whole: bool
    """Watch memory over whole accounts alone."""
    base: int
    """Accounts are numbered from here, so that two processes have different ones."""

    def account(self, number: int) -> str:
        """Return the id of the n-th account."""
        return str(FIRST_ACCOUNT + self.base + number)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the work cost. Seconds, calls; memory in bytes."""

    seconds: float
    cpu: float
    calls: int
    accounts: float
    rss: list[int]
    """Resident memory, looked at from time to time."""


class Counted:
    """A counter of boto3 calls, by botocore's own event in all modes."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._taken = itertools.count()

    def listen(self, client: Any) -> None:
        """Count a client's calls from now on."""
        client.meta.events.register("before-parse", self._one)

    def _one(self, **_: Any) -> None:
        next(self._numbers)

    @property
    def calls(self) -> int:
        """The calls so far."""
        # Looking counts too, so what was looked at before is taken off.
        return next(self._numbers) - next(self._taken)


def work(job: Job, send: Say, wait: Wait) -> None:
    """Warm up, send so, and work and send what it cost each time that the word comes."""
    if job.mode != "sessions":
        tune_garbage_collection()  # as a worker does; bare calls win by it too
    MODES[job.mode](job, send, wait)


def bare(job: Job, send: Say, wait: Wait) -> None:
    """Make the recorded calls by shared boto3 clients in threads, and nothing else."""
    counted = Counted()
    begun = time.monotonic()
    calls = bound(session_of(job.account(0)), job, counted)
    numbers = itertools.count()
    with ThreadPoolExecutor(job.threads) as threads:
        list(threads.map(perform, calls))
        send({"cold_seconds": time.monotonic() - begun})
        while wait():
            send(asdict(watched(job, counted, threads, lambda: perform(calls[next(numbers) % len(calls)]))))


def sessions(job: Job, send: Say, wait: Wait) -> None:
    """Make each account's recorded calls by a boto3 Session of its own."""
    send({})
    wait()
    counted = Counted()
    begun, cpu = time.monotonic(), time.process_time()
    rss = []
    with ThreadPoolExecutor(job.threads) as threads:
        for number in range(job.accounts):
            list(threads.map(perform, bound(session_of(job.account(number)), job, counted)))
            rss.append(resident())
    send(asdict(Figures(time.monotonic() - begun, time.process_time() - cpu, counted.calls, float(job.accounts), rss)))


def engine(job: Job, send: Say, wait: Wait) -> None:
    """Sweep accounts up to judged outcomes, several at once, until the time is over."""
    counted = Counted()
    with sweeping(job, counted) as sweep, ThreadPoolExecutor(job.lanes) as lanes:
        begun = time.monotonic()
        first = sweep(0)
        cold = time.monotonic() - begun
        send({"cold_seconds": cold, "gaps": gap_texts(first), "resources": len(first.resources)})
        numbers = itertools.count(1)
        while wait():
            send(asdict(watched(job, counted, lanes, lambda: sweep(next(numbers)))))


def same(job: Job, send: Say, wait: Wait) -> None:
    """Make another program's recorded calls through the engine, until time is over."""
    counted = Counted()
    asking = asking_again(job.recording)
    with sweeping(job, counted) as sweep, ThreadPoolExecutor(job.lanes) as lanes:
        sweep(0, asking)
        send({})
        numbers = itertools.count(1)
        while wait():
            send(asdict(watched(job, counted, lanes, lambda: sweep(next(numbers), asking))))


def asking_again(recording: Recording) -> dict[str, Collector]:
    """Return collectors, one a service, that ask what was recorded and keep nothing."""

    def gather(exchanges: list[Exchange]) -> Callable[[Ask], Iterator[Resource]]:
        def calls(ask: Ask) -> Iterator[Resource]:
            ask.each(lambda one: ask.call(one.service, one.method, region=one.region, **one.params), exchanges)
            yield from ()

        return calls

    by_service: dict[str, list[Exchange]] = {}
    for exchange in recording.exchanges:
        by_service.setdefault(exchange.service, []).extend([exchange] * exchange.times)
    return {
        service: Collector(service, service, service, service, ListingScope.GLOBAL, (), gather(exchanges), "")
        for service, exchanges in by_service.items()
    }


def memory(job: Job, send: Say, wait: Wait) -> None:
    """Sweep so many accounts, and look at the memory after each.

    The worker's own code is loaded as well.
    """
    load_product()
    counted = Counted()
    with sweeping(job, counted) as sweep:
        sweep(0)
        send({})
        wait()
        begun, cpu = time.monotonic(), time.process_time()
        numbers = iter(range(1, job.accounts + 1))
        rss: list[int] = []
        slice_of = {kind: each for kind, each in all_collectors().items() if each.service in SLICE}

        def lane() -> None:
            for number in numbers:
                whole = job.whole or number <= FIRST_ACCOUNTS or number % WHOLE_EVERY == 0
                sweep(number, None if whole else slice_of)
                rss.append(resident())

        with ThreadPoolExecutor(job.lanes) as lanes:
            running = [lanes.submit(lane) for _ in range(job.lanes)]
        for each in running:
            each.result()
        calls = counted.calls
        send(asdict(Figures(time.monotonic() - begun, time.process_time() - cpu, calls, float(job.accounts), rss)))


MODES: dict[str, Callable[[Job, Say, Wait], None]] = {
    "bare": bare,
    "sessions": sessions,
    "engine": engine,
    "same": same,
    "memory": memory,
}


def session_of(account_id: str) -> boto3.Session:
    """Return a session with keys that the replay server takes for an account's."""
    return boto3.Session(
        aws_access_key_id=f"ASIA{account_id}0001",
        aws_secret_access_key="s",  # noqa: S106 - nobody checks it
        aws_session_token="t",  # noqa: S106 - the same
    )


def bound(session: boto3.Session, job: Job, counted: Counted) -> list[Callable[[], Any]]:
    """Return one account's calls, with one client for a service and region."""
    clients: dict[tuple[str, str], Any] = {}
    config = Config(
        max_pool_connections=job.threads,
        retries={"mode": "standard", "total_max_attempts": 1},
        s3={"addressing_style": "path"},
        inject_host_prefix=False,
    )
    calls = []
    for exchange in job.recording.exchanges:
        place = exchange.service, exchange.region
        if place not in clients:
            client: Any = session.client(
                exchange.service,  # type: ignore[call-overload]  # types-boto3 wants literals
                region_name=exchange.region,
                endpoint_url=job.url,
                config=config,
            )
            # S3 Control puts the account before the host, and nobody resolves that name here.
            client.meta.events.register_first("before-sign.s3-control", drop_account_from_host)
            counted.listen(client)
            clients[place] = client
        call = _call(getattr(clients[place], exchange.method), exchange.params)
        calls.extend([call] * exchange.times)
    return calls


def _call(method: Callable[..., Any], params: dict[str, Any]) -> Callable[[], Any]:
    return lambda: method(**params)


def perform(call: Callable[[], Any]) -> None:
    """Make a call; that AWS said no is as good an answer as any."""
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotRecordedException":
            raise


@contextmanager
def sweeping(job: Job, counted: Counted) -> Iterator[Callable[..., AccountResult]]:
    """Yield a function that sweeps the n-th account with one engine for all."""
    session = boto3.Session(aws_access_key_id="AKIA999999999999", aws_secret_access_key="s")  # noqa: S106
    one = Engine(session, endpoint_url=job.url, threads=job.threads)
    one.clients = ListenedClients(counted.listen, endpoint_url=job.url, connections=job.threads)
    now = datetime.fromisoformat(job.recording.now)

    def sweep(number: int, collectors: Mapping[str, Collector] | None = None) -> AccountResult:
        account_id = job.account(number)
        role = SweepRole(f"arn:aws:iam::{account_id}:role/audit", "external")
        target = Target(account_id, role, job.recording.regions)
        result = sweep_account(one, target, collectors=collectors, now=now)
        if result.refused or any(gap.error == "NotRecordedException" for gap in result.gaps):
            raise RuntimeError(f"the recording does not answer all calls: {gap_texts(result)}")
        return result

    try:
        yield sweep
    finally:
        one.pool.close()


def gap_texts(result: AccountResult) -> list[str]:
    """Return the gaps of a sweep in words."""
    return sorted(f"{gap.resource_type} {gap.region}: {gap.error}" for gap in result.gaps)


def watched(job: Job, counted: Counted, threads: ThreadPoolExecutor, once: Callable[[], Any]) -> Figures:
    """Repeat a task in all threads for the job's time, and measure its cost.

    The watch begins a little later, and what is under way at its end is ended unwatched. Bare calls keep to
    one core as the engine does: it helps both, and the limit is what a client can reach.
    """
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            once()

    with one_core():
        loops = [threads.submit(loop) for _ in range(job.lanes if job.mode in {"engine", "same"} else job.threads)]
        time.sleep(LEAD_SECONDS)
        figures = _spent(job, counted)
        stop.set()
        for each in loops:
            each.result()
    return figures


def _spent(job: Job, counted: Counted) -> Figures:
    """Return what goes on in this process for the job's time, and what it costs."""
    rss = []
    begun, cpu, calls = time.monotonic(), time.process_time(), counted.calls
    while (left := begun + job.seconds - time.monotonic()) > 0:
        time.sleep(min(left, LOOK_SECONDS))
        rss.append(resident())
    took, spent, made = time.monotonic() - begun, time.process_time() - cpu, counted.calls - calls
    return Figures(took, spent, made, made / job.recording.calls, rss)


def resident() -> int:
    """Return this process's resident memory in bytes."""
    return int(psutil.Process().memory_info().rss)


def load_product() -> None:
    """Load what a worker of the product has in memory besides the engine, as it does.

    Nothing is connected to.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posture.settings")
    for name, value in {
        "DATABASE_URL": "postgres://nobody@localhost/nothing",
        "REDIS_URL": "redis://localhost:1/0",
        "PLUMBLINE_SECRET_KEY": secrets.token_urlsafe(48),
    }.items():
        os.environ.setdefault(name, value)
    import django

    django.setup()
    import posture.jobs
    import posture.orchestration.worker  # noqa: F401 - what a worker loads
    from posture.orchestration.memory import share_arenas

    share_arenas()


def run(arguments: list[str]) -> None:
    """Work as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m devtools.bench.workload", description=__doc__)
    parser.add_argument("mode", choices=MODES)
    parser.add_argument("url")
    parser.add_argument("recording", type=Path)
    parser.add_argument("--threads", type=int, default=32)
    parser.add_argument("--lanes", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--accounts", type=int, default=10)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--base", type=int, default=0)
    chosen = vars(parser.parse_args(arguments))
    job = Job(**{**chosen, "recording": Recording.load(chosen["recording"])})
    work(job, lambda message: print(json.dumps(message), flush=True), sys.stdin.readline)


if __name__ == "__main__":
    run(sys.argv[1:])
