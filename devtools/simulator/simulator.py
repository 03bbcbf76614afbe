"""The simulated AWS in a process of its own, and a client of its control API.

Knows no Django.

with Simulator(state=folder) as simulator:
    simulator.client("s3", "111122223333").list_buckets()
    simulator.control.fault("deny", ["ec2:DescribeVpcs"], accounts=["111122223333"])
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
import urllib3
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from devtools.simulator.overlay.terms import SEEDING_KEY

STATE_FILE = "simulator.state"
START_SECONDS = 60
STOP_SECONDS = 10


class SimulatorError(Exception):
    """The simulator refused or did not start; the message says why."""


@dataclass(frozen=True)
class Control:
    """The control API of a running simulator."""

    url: str

    def ask(self, method: str, path: str, **data: Any) -> Any:
        """Send one control request.

        Raise a SimulatorError with the simulator's reason where it refuses.
        """
        answer = _pool().request(
            method,
            f"{self.url}/_plumbline/{path}",
            body=json.dumps(data) if data else None,
            headers={"Content-Type": "application/json"},
            timeout=120,
            retries=False,
        )
        value = json.loads(answer.data)
        if answer.status != 200:  # noqa: PLR2004
            raise SimulatorError(value["error"])
        return value

    def health(self) -> Any:
        return self.ask("GET", "health")

    def fault(self, effect: str, actions: list[str], **settings: Any) -> str:
        """Add a fault (see `overlay.fault_rules.Fault`) and return its id."""
        return str(self.ask("POST", "faults", effect=effect, actions=actions, **settings)["id"])

    def clear_faults(self, fault: str | None = None) -> None:
        self.ask("DELETE", f"faults/{fault}" if fault else "faults")

    def calls(self, account: str | None = None) -> dict[str, dict[str, int]]:
        """Return how often each `service:Operation` was called, by account."""
        counts: dict[str, dict[str, int]] = self.ask("GET", f"calls?account={account}" if account else "calls")
        return counts

    def forget_calls(self) -> None:
        self.ask("DELETE", "calls")

    def expire_sessions(self, account: str | None = None) -> None:
        self.ask("POST", "expire", **({"account": account} if account else {}))

    def put(self, account: str, region: str, service: str, **values: Any) -> None:
        """Merge values into the overlay's shelf of a service."""
        self.put_all([{"account": account, "region": region, "service": service, "values": values}])

    def put_all(self, shelves: list[dict[str, Any]]) -> None:
        self.ask("POST", "shelves", shelves=shelves)

    def shelf(self, account: str, region: str, service: str) -> dict[str, Any]:
        kept: dict[str, Any] = self.ask("GET", f"shelves?account={account}&region={region}&service={service}")
        return kept

    def clock(self, at: str | None) -> None:
        """Set the date of what the simulator creates, or None for the real time."""
        self.ask("POST", "clock", at=at)

    def save(self) -> Path:
        return Path(self.ask("POST", "save")["file"])


@cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(maxsize=8)


@cache
def _session() -> boto3.Session:
    """Return a session that knows nothing of the machine's own AWS configuration."""
    return boto3.Session(aws_access_key_id=SEEDING_KEY, aws_secret_access_key="unused", region_name="us-east-1")  # noqa: S106


def client_at(
    url: str,
    service: str,
    region: str = "us-east-1",
    *,
    account: str | None = None,
    credentials: dict[str, str] | None = None,
) -> Any:
    """Return a boto3 client of the simulator at `url`.

    With `account` it acts as root there (the seeding key), with `credentials` (STS's answer) as that session.
    """
    keys = {
        "aws_access_key_id": credentials["AccessKeyId"] if credentials else SEEDING_KEY,
        "aws_secret_access_key": credentials["SecretAccessKey"] if credentials else "unused",
        "aws_session_token": credentials.get("SessionToken") if credentials else None,
    }
    config = Config(
        s3={"addressing_style": "path"},
        inject_host_prefix=False,
        retries={"total_max_attempts": 1},
        account_id_endpoint_mode="disabled",
        request_checksum_calculation="when_required",
        max_pool_connections=16,
    )
    session: Any = _session()
    client = session.client(service, region_name=region, endpoint_url=url, config=config, **keys)
    client.meta.events.register("before-sign.s3-control", drop_account_from_host)
    if account and not credentials:

        def speak_for(request: AWSRequest, **_: Any) -> None:
            request.headers["x-moto-account-id"] = account

        client.meta.events.register("before-sign.*", speak_for)
    return client


def drop_account_from_host(request: AWSRequest, **_: Any) -> None:
    """Remove the account from S3 Control's host, which would not resolve.

    It makes `111122223333.127.0.0.1` of an endpoint.
    """
    request.url = re.sub(r"//\d{12}\.", "//", str(request.url))


class Simulator:
    """A simulator process on a free port of this machine.

    `state` is the folder it restores from and saves to.
    """

    def __init__(self, state: Path, port: int | None = None) -> None:
        self.state = state
        self.port = port or _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.control = Control(self.url)
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: dict[tuple[str, str, str], Any] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def client(self, service: str, account: str, region: str = "us-east-1") -> Any:
        """Return a boto3 client that acts as root in an account, the same each time.

        One takes 15 ms to make.
        """
        key = (service, account, region)
        if key not in self._clients:
            self._clients[key] = client_at(self.url, service, region, account=account)
        return self._clients[key]

    def start(self) -> None:
        """Start the process and wait until it answers."""
        self.state.mkdir(parents=True, exist_ok=True)
        log = self.state / "simulator.log"
        command = [
            sys.executable,
            "-m",
            "devtools.simulator.server",
            "--port",
            str(self.port),
            "--state",
            str(self.state),
        ]
        with log.open("wb") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out, cwd=_root(), env=dict(os.environ))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise SimulatorError(f"The simulator ended at once; it says: {log.read_text()[-500:]}")
            try:
                self.control.health()
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise SimulatorError(f"The simulator did not answer within {START_SECONDS} s; see {log}.")

    def stop(self) -> None:
        """End the process; what was not saved is lost."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _root() -> Path:
    return Path(__file__).resolve().parents[2]
