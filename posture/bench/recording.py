"""One account's answers, as they came over the wire; recorded from the simulated Organization.

A recording holds each request that a sweep of the account makes, what it was answered, and how often it
was made. It is kept under the temporary folder by the digest of all code and data that it comes from, so
a new collector is in the next recording by itself.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import boto3
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel

from posture.sweep import Engine, Role, Target, sweep_account
from posture.sweep.clients import Clients

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("posture/collectors", "posture/demo", "posture/sweep", "posture/bench/recording.py")
ACCOUNT = "payments-prod"
"""The account of the simulated Organization that is recorded."""


class Request(NamedTuple):
    """What decides the answer to a request: all but who asked, and when."""

    scope: str
    """As "eu-central-1/ec2": the region and the service that the signature names."""
    verb: str
    target: str
    """The path with its query."""
    operation: str
    """The header X-Amz-Target."""
    body: str


@dataclass(slots=True)
class Exchange:
    """One request and its answer. `params` are boto3's, with times in ISO-8601; `body` is base64."""

    service: str
    method: str
    region: str
    params: dict[str, Any]
    request: Request
    status: int
    content_type: str
    body: str
    times: int = 1
    """How often one sweep makes this very request."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What one sweep of one account asked and was answered."""

    account_id: str
    regions: list[str]
    now: str
    """The moment for which the account was swept: some requests hold it."""
    exchanges: list[Exchange]

    @property
    def calls(self) -> int:
        """The calls of one sweep, without the one that assumes the role."""
        return sum(exchange.times for exchange in self.exchanges)

    def save(self, path: Path) -> None:
        """Write the recording as JSON."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        raw = json.loads(path.read_text())
        exchanges = [Exchange(**{**each, "request": Request(*each["request"])}) for each in raw["exchanges"]]
        return cls(**{**raw, "exchanges": exchanges})


class Recorder:
    """Listens to botocore's events and keeps what it hears; a call's events come in one thread."""

    def __init__(self) -> None:
        self.exchanges: dict[Request, Exchange] = {}
        self._lock = threading.Lock()
        self._thread = threading.local()

    def listen(self, client: Any) -> None:
        """Record every call of a boto3 client."""
        client.meta.events.register_first("provide-client-params", self._asked)
        client.meta.events.register_last("before-send", self._sent)
        client.meta.events.register_first("before-parse", self._answered)

    def _asked(self, params: Mapping[str, Any], **_: Any) -> None:
        self._thread.params = json.loads(json.dumps(params, default=_iso))

    def _sent(self, request: AWSPreparedRequest, **_: Any) -> None:
        self._thread.request = request

    def _answered(self, operation_model: OperationModel, response_dict: Mapping[str, Any], **_: Any) -> None:
        request = self._thread.request
        asked = _request(request)
        exchange = Exchange(
            service=operation_model.service_model.service_name,
            method=xform_name(operation_model.name),
            region=asked.scope.split("/")[0],
            params=self._thread.params,
            request=asked,
            status=response_dict["status_code"],
            content_type=response_dict["headers"].get("Content-Type", ""),
            body=base64.b64encode(response_dict["body"]).decode(),
        )
        with self._lock:
            known = self.exchanges.setdefault(asked, exchange)
            if known is not exchange:
                known.times += 1


def _request(request: AWSPreparedRequest) -> Request:
    region, service = _text(request.headers["Authorization"]).split("Credential=", 1)[1].split("/")[2:4]
    parts = urlsplit(request.url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    operation = _text(request.headers.get("X-Amz-Target", ""))
    return Request(f"{region}/{service}", request.method, target, operation, _body(request))


def _body(request: AWSPreparedRequest) -> str:
    if isinstance(request.body, bytes | str | None):
        return _text(request.body or b"")
    raise TypeError("a read sends no file")


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be recorded")


def recorded() -> Path:
    """Return the file of the recording that fits this code; make it if nobody has (about 15 s)."""
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


def record() -> Recording:
    """Sweep an account of the simulated Organization and return what was asked and answered."""
    from posture.demo.declared import Declared
    from posture.demo.simulator import Simulator

    organization = Declared.read()
    told = organization.organization
    account_id = organization.by_name[ACCOUNT].id
    role = Role(f"arn:aws:iam::{account_id}:role/{told['role']}", told["external_id"])
    session = boto3.Session(aws_access_key_id=told["access_key"], aws_secret_access_key="s")  # noqa: S106
    with tempfile.TemporaryDirectory() as state, Simulator.seeded(Path(state)) as simulator:
        return record_sweep(session, simulator.url, Target(account_id, role, organization.regions))


def record_sweep(session: boto3.Session, url: str, target: Target, **options: Any) -> Recording:
    """Sweep an account where `url` answers, and return what was asked and answered."""
    now = datetime.now(UTC).replace(microsecond=0)
    recorder = Recorder()
    engine = Engine(session, endpoint_url=url, threads=8)
    engine.clients = ListenedClients(recorder.listen, endpoint_url=url, connections=8)
    try:
        # The first one starts what AWS makes on request; a recording must hold what is there afterwards.
        sweep_account(engine, target, now=now, **options)
        recorder.exchanges.clear()
        result = sweep_account(engine, target, now=now, **options)
    finally:
        engine.pool.close()
    if result.refused:
        raise RuntimeError(f"account {target.account_id} refused: {result.gaps[0].message}")
    exchanges = [exchange for exchange in recorder.exchanges.values() if exchange.method != "assume_role"]
    return Recording(target.account_id, list(result.regions), now.isoformat(), exchanges)


class ListenedClients(Clients):
    """The engine's clients, each of which somebody listens to."""

    def __init__(self, listen: Callable[[Any], None], **settings: Any) -> None:
        super().__init__(**settings)
        self._listen = listen

    def _make(self, *args: Any) -> Any:
        client = super()._make(*args)
        self._listen(client)
        return client
