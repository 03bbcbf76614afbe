"""One account's answers, as they came over the wire.

Recorded from the simulated Organization.

A recording holds each request that a sweep of the account makes, what it was answered, and how often it
was made. It is kept under the temporary folder by the digest of all code and data that it comes from, so
a new collector is in the next recording by itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from devtools.bench.recorder import Recorder, Recording
from posture.collectors import all_collectors
from posture.core.collector import Cadence, ListingScope
from posture.core.gap import ANY
from posture.core.prior_reading import Listing, PriorReading
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.sweep import Engine, SweepRole, Target, sweep_account
from posture.sweep.clients import Clients

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    "posture/collectors",
    "devtools/simulator",
    "posture/sweep",
    "devtools/bench/recording.py",
    "devtools/bench/recorder.py",
)
ACCOUNT = "payments-prod"
"""The account of the simulated Organization that is recorded."""


def recorded() -> Path:
    """Return the file of the recording that fits this code.

    Make it if nobody has (about 15 s).
    """
    folder = Path(tempfile.gettempdir()) / f"plumbline-bench-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / f"recording-{_digest()}.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            half = file.with_suffix(".half")
            record().save(half)
            for old in folder.glob("recording-*.json"):
                old.unlink()
            half.rename(file)
    return file


def _digest() -> str:
    files = [path for name in SOURCES for path in _files(ROOT / name)]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in {".py", ".toml"})


def record(*, ordinary: bool = False) -> Recording:
    """Sweep a simulated account and return the recorded calls."""
    from devtools.simulator.declared import Declared
    from devtools.simulator.seeded import seeded_simulator

    organization = Declared.read()
    facts = organization.organization
    account_id = organization.by_name[ACCOUNT].id
    role = SweepRole(f"arn:aws:iam::{account_id}:role/{facts['role']}", facts["external_id"])
    session = boto3.Session(aws_access_key_id=facts["access_key"], aws_secret_access_key="s")  # noqa: S106
    with tempfile.TemporaryDirectory() as state, seeded_simulator(Path(state)) as simulator:
        target = Target(account_id, role, organization.regions)
        return record_sweep(session, simulator.url, target, ordinary=ordinary)


def record_sweep(
    session: boto3.Session, url: str, target: Target, *, ordinary: bool = False, **options: Any
) -> Recording:
    """Sweep an account where `url` answers, and return what was asked and answered.

    An `ordinary` sweep keeps what is read once a day, as a sweep before it on the same day returned it.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    recorder = Recorder()
    engine = Engine(session, endpoint_url=url, threads=8)
    engine.clients = ListenedClients(recorder.listen, endpoint_url=url, connections=8)
    try:
        # The first one starts what AWS makes on request; a recording must hold what is there afterwards.
        first = sweep_account(engine, target, now=now, **options)
        recorder.exchanges.clear()
        target = replace(target, prior=_prior_reading(first)) if ordinary else target
        result = sweep_account(engine, target, now=now, **options)
    finally:
        engine.pool.close()
    if result.refused:
        raise RuntimeError(f"account {target.account_id} refused: {result.gaps[0].message}")
    exchanges = [exchange for exchange in recorder.exchanges.values() if exchange.method != "assume_role"]
    return Recording(target.account_id, list(result.regions), now.isoformat(), exchanges)


def _prior_reading(result: AccountResult) -> PriorReading:
    """Return what an account's next sweep of the same day need not read.

    What the server does not offer counts as read: AWS would have answered.
    """
    listings: dict[Listing, list[Resource]] = {}
    for collector in all_collectors().values():
        if collector.cadence is Cadence.DAILY:
            kind, is_regional = collector.resource_type, collector.scope is ListingScope.REGIONAL
            for region in result.regions if is_regional else (ANY,):
                found = [each for each in result.resources if each.type == kind and region in {ANY, each.region}]
                listings[kind, region] = found
    return PriorReading(result.now, listings)


class ListenedClients(Clients):
    """The engine's clients, each of which somebody listens to."""

    def __init__(self, listen: Callable[[Any], None], **settings: Any) -> None:
        super().__init__(**settings)
        self._listen = listen

    def _make(self, *args: Any) -> Any:
        client = super()._make(*args)
        self._listen(client)
        return client
