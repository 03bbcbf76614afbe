"""The sweep engine's pace compared with Prowler's, on Prowler's own calls.

    ./dev bench prowler --executable /some/venv/bin/prowler

Prowler is not among our dependencies: install it where you like, with Python 3.11 or newer. It is run as its
users run it, one process an account, over the services that both cover. Its calls are recorded against the
simulated Organization; then it and our engine make them against one replay server, in turn.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from devtools.bench import figures
from devtools.bench.figures import Figure
from devtools.bench.recorder import Exchange, Recording, Request
from devtools.bench.recording import ACCOUNT, ROOT, recorded
from devtools.bench.replay import replaying, statistics_of
from devtools.bench.sweep import Plan, answer, started, window
from devtools.bench.workload import FIRST_ACCOUNT

SERVICES = (
    "accessanalyzer", "account", "cloudtrail", "config", "dynamodb", "ec2", "efs", "guardduty", "iam", "inspector2",
    "kms", "macie", "rds", "s3", "secretsmanager", "securityhub", "trustedadvisor", "vpc",
)  # fmt: skip
"""What both read, as Prowler names it."""
EVENTS = (
    *(f"cloudtrail_threat_detection_{kind}" for kind in ("enumeration", "llm_jacking", "privilege_escalation")),
    "kms_key_enclave_attestation_unknown_image", "kms_key_enclave_debug_attestation_detected",
)  # fmt: skip
"""What reads CloudTrail's events, twice a second at most, and judges no configuration."""
FACTOR = 50
ENDED_WELL = (0, 3)
"""Prowler ends with 3 where a check failed."""
LISTENING = "from devtools.bench.recorder import listen_everywhere\nlisten_everywhere({file!r})\n"


_NO_ROLE = Exchange(
    "iam", "get_role", "us-east-1", {"RoleName": "audit"},
    Request("us-east-1/iam", "POST", "/", "", "Action=GetRole&Version=2010-05-08&RoleName=audit"), 404, "text/xml",
    base64.b64encode(b"<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>").decode(),
)  # fmt: skip
"""What our engine asks once more in an account that refused something: how old its role is."""


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """Which Prowler is run, and how."""

    executable: Path
    regions: Sequence[str]
    role: str
    external_id: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Run:
    """What one run over one account took. Seconds; calls as the server counted them."""

    seconds: float
    cpu: float
    calls: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, write the JSON; return 0 where the goal is met."""
    chosen = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as folder:
        recording, options = _recorded(chosen.executable, Path(folder))
        plan = Plan(chosen.latency / 1000, 64, 4, chosen.seconds, chosen.rounds, 0, False, Path(folder) / "calls.json")
        print(f"{recording.calls} calls an account, {len(recording.regions)} regions, {chosen.latency:g} ms; "
              f"load {os.getloadavg()[0]:.1f}\n", flush=True)  # fmt: skip
        theirs, ours, unmatched = _measure(plan, options)
    found = compared(theirs, ours)
    print(figures.table(found))
    if unmatched:
        print(f"{len(unmatched)} calls were not in the recording: {sorted(set(unmatched))[:3]}")
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps({"prowler": [asdict(run) for run in theirs], "engine": ours,
                                       "figures": [asdict(each) for each in found]}, indent=1))  # fmt: skip
    return int(any(figure.met is False for figure in found))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench prowler", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--executable", type=Path, required=True, help="the command prowler of a virtual environment")
    parser.add_argument("--latency", type=float, default=50, help="milliseconds before each answer (50)")
    parser.add_argument("--seconds", type=float, default=4, help="length of each measurement of the engine (4)")
    parser.add_argument("--rounds", type=int, default=3, help="how often both are measured in turn (3)")
    parser.add_argument("--json", type=Path, default=ROOT / ".run" / "bench" / "prowler.json", help="where figures go")
    return parser.parse_args(arguments)


def compared(theirs: Sequence[Run], ours: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Return both paces and how many times faster an account is, round by round.

    The median decides.
    """
    took = [each["seconds"] / each["accounts"] for each in ours]
    spent = [each["cpu"] / each["accounts"] for each in ours]
    faster = statistics.median(run.seconds / one for run, one in zip(theirs, took, strict=True))
    cheaper = statistics.median(run.cpu / one for run, one in zip(theirs, spent, strict=True))
    slow, slow_cpu = statistics.median(run.seconds for run in theirs), statistics.median(run.cpu for run in theirs)
    return [
        Figure("Prowler, an account", slow, f"{slow:.1f} s", note=f"{theirs[-1].calls} calls, {slow_cpu:.1f} s of CPU"),
        Figure("our engine, an account", statistics.median(took), f"{statistics.median(took):.2f} s",
               note=f"the same calls, one process, {statistics.median(spent):.2f} s of CPU"),
        Figure("times faster an account", faster, f"{faster:.0f}", f"at least {FACTOR}", faster >= FACTOR,
               f"{min(r.seconds / t for r, t in zip(theirs, took, strict=True)):.0f} in the worst round"),
        Figure("times less CPU an account", cheaper, f"{cheaper:.0f}"),
    ]  # fmt: skip


def _recorded(executable: Path, folder: Path) -> tuple[Recording, ScanOptions]:
    """Run Prowler twice on a simulated account and record the second run."""
    from devtools.simulator.declared import Declared
    from devtools.simulator.seeded import seeded_simulator

    organization = Declared.read()
    facts = organization.organization
    options = ScanOptions(executable, organization.regions, facts["role"], facts["external_id"], folder)
    (folder / "sitecustomize.py").write_text(LISTENING.format(file=str(folder / "calls.json")))
    account_id = organization.by_name[ACCOUNT].id
    print("recording what Prowler asks of the simulated Organization, twice ...", flush=True)
    with seeded_simulator(folder / "simulator") as simulator:
        for _ in range(2):
            _scan(options, simulator.url, account_id, facts["access_key"], PYTHONPATH=f"{folder}:{ROOT}")
    recording = replace(Recording.load(folder / "calls.json"), regions=organization.regions)
    recording.save(folder / "calls.json")
    return recording, options


def _measure(plan: Plan, options: ScanOptions) -> tuple[list[Run], list[dict[str, Any]], list[str]]:
    """Return each round's runs, theirs and ours, and the unrecorded requests."""
    theirs, ours = [], []
    with replaying(_answers(plan.recording), latency=plan.latency) as url, started("same", url, plan) as engine:
        answer(engine)
        for number in range(plan.rounds):
            before = statistics_of(url)["requests"]
            seconds, cpu = _scan(options, url, str(FIRST_ACCOUNT + number), "AKIA000000000000")
            theirs.append(Run(seconds, cpu, statistics_of(url)["requests"] - before))
            ours.append(window(engine))
        return theirs, ours, list(statistics_of(url)["unmatched"])


def _answers(theirs: Path) -> Path:
    """Return their recording with the calls that our engine makes by itself added.

    Those are its role and the regions.
    """
    recording, own = Recording.load(theirs), Recording.load(recorded())
    known = {exchange.request for exchange in recording.exchanges}
    recording.exchanges.extend(exchange for exchange in own.exchanges if exchange.request not in known)
    recording.exchanges.append(_NO_ROLE)
    file = theirs.with_name("answers.json")
    recording.save(file)
    return file


def _scan(options: ScanOptions, url: str, account_id: str, access_key: str, **more: str) -> tuple[float, float]:
    """Run Prowler over one account.

    Return the seconds that it took, by the clock and of CPU.
    """
    command = [
        str(options.executable), "aws", "--no-banner", "--no-color", "--ignore-exit-code-3",
        "--role", f"arn:aws:iam::{account_id}:role/{options.role}", "--external-id", options.external_id,
        "--region", *options.regions, "--service", *SERVICES, "--excluded-check", *EVENTS,
        "--output-formats", "csv", "--output-directory", str(options.folder / "found"),
    ]  # fmt: skip
    environment = {
        "HOME": str(options.folder), "PATH": "/usr/bin:/bin", "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": options.regions[0], "AWS_EC2_METADATA_DISABLED": "true",
        # It takes the first region out of a set for some questions.
        "PYTHONHASHSEED": "0", **more,
    }  # fmt: skip
    begun, before = time.monotonic(), os.times()
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    after = os.times()
    if ended.returncode not in ENDED_WELL:
        raise RuntimeError(f"prowler ended with {ended.returncode}: {ended.stdout[-500:]} {ended.stderr[-500:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - begun, cpu


if __name__ == "__main__":
    sys.exit(main())
