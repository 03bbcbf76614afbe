"""PostgreSQL and Valkey for one run of the tests, shared by its xdist workers.

The environment is set before Django reads its settings; the servers start when the session does.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from shutil import rmtree

from devtools.local import processes
from devtools.local.postgres import Postgres
from devtools.local.valkey import Valkey


class Services:
    """The servers this run starts: those whose URL is not in the environment."""

    def __init__(self) -> None:
        self.run = Path(tempfile.mkdtemp(prefix=f"plumbline-test-{os.getpid()}-", dir="/tmp"))
        self.postgres = None if "DATABASE_URL" in os.environ else Postgres(self.run / "pg", run=self.run, durable=False)
        self.valkey = None if "REDIS_URL" in os.environ else Valkey(self.run / "vk", run=self.run)
        if self.postgres:
            os.environ["DATABASE_URL"] = self.postgres.url
        if self.valkey:
            os.environ["REDIS_URL"] = self.valkey.url

    def start(self) -> None:
        """Start the servers; those of earlier runs that were killed are ended first."""
        end_abandoned_runs()
        for server in (self.postgres, self.valkey):
            if server:
                server.start()

    def stop(self) -> None:
        """Stop the servers and delete their data."""
        for server in (self.valkey, self.postgres):
            if server:
                server.stop()
        if self.postgres:
            self.postgres.remove()
        processes.end(processes.of_run(self.run))
        rmtree(self.run, ignore_errors=True)


def end_abandoned_runs() -> None:
    """Clear up after test runs that were killed."""
    for folder in Path("/tmp").glob("plumbline-test-*"):
        owner = folder.name.split("-")[2]
        if owner.isdecimal() and not Path(f"/proc/{owner}").exists() and _is_ours(folder):
            processes.end(processes.of_run(folder))
            rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    try:
        return folder.stat().st_uid == os.geteuid()
    except FileNotFoundError:
        # Another test run that starts at this moment has cleared it up.
        return False


def set_environment() -> None:
    """Set the environment for tests, and keep them away from real AWS accounts."""
    for name in [name for name in os.environ if name.startswith(("PLUMBLINE_", "AWS_"))]:
        del os.environ[name]
    os.environ.update(
        PLUMBLINE_SECRET_KEY=secrets.token_urlsafe(48),
        PLUMBLINE_EXTRA_APPS="devtools.simulator",
        PLUMBLINE_HTTPS="no",
        PLUMBLINE_ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
        PLUMBLINE_HASHED_STATIC="no",
        PLUMBLINE_LOG_LEVEL="WARNING",
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        MOTO_EC2_LOAD_DEFAULT_AMIS="false",
    )


def number_of_worker() -> int:
    """Return this xdist worker's number, from 1; 0 for the process that is none."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(worker.removeprefix("gw")) + 1 if worker else 0


def redis_database(url: str, number: int) -> str:
    """Return `url` with another database number, so that no workers share a queue."""
    if url.startswith("unix://"):
        return f"{url.partition('?')[0]}?db={number}"
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{number}"
