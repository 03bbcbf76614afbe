"""The sweep engine's pace compared with bare boto3 calls, and its memory.

All workloads run against one replay server in turn, round after round, so that what else the machine
does falls on all alike; ratios within a round decide. The exit code is 0 if all goals are met.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from devtools.bench import figures, host
from devtools.bench.ceiling import ceiling
from devtools.bench.figures import Figure, Pair
from devtools.bench.recorder import Recording
from devtools.bench.recording import recorded
from devtools.bench.replay import replaying, statistics_of

ROOT = Path(__file__).resolve().parents[2]
SECOND_BASE = 500_000
"""Where the second process begins to number its accounts."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    latency: float
    threads: int
    lanes: int
    seconds: float
    rounds: int
    accounts: int
    whole: bool
    recording: Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, write the JSON; return 0 where all goals are met."""
    chosen = options(arguments)
    begun = time.monotonic()
    print("recording one account of the simulated Organization, unless that is done ...", flush=True)
    file = recorded()
    plan = Plan(
        chosen.latency / 1000, chosen.threads, chosen.lanes, chosen.seconds, chosen.rounds, chosen.accounts,
        chosen.whole, file,
    )  # fmt: skip
    recording = Recording.load(file)
    places = f"{recording.calls} calls an account, {len(recording.regions)} regions, {chosen.latency:g} ms"
    before = host.summary()
    print(f"{places}, {plan.threads} threads, {plan.lanes} accounts at once; {before}\n", flush=True)
    found, raw = measure(plan)
    missed = [figure.name.strip() for figure in found if figure.met is False]
    print(figures.table(found))
    print(f"\n{time.monotonic() - begun:.0f} s; " + (f"missed: {'; '.join(missed)}" if missed else "all goals are met"))
    report = {
        "plan": {**asdict(plan), "recording": str(file)},
        "calls_per_account": recording.calls,
        "host": before,
        "figures": [asdict(figure) for figure in found],
        "raw": raw,
    }
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(report, indent=1))
    print(f"all figures: {chosen.json}")
    return 1 if missed else 0


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="./dev bench sweep", description=__doc__)
    parser.add_argument("--latency", type=float, default=50, help="milliseconds before each answer (50)")
    parser.add_argument("--threads", type=int, default=64, help="calls under way at a time in one process (64)")
    parser.add_argument("--lanes", type=int, default=4, help="accounts that one process sweeps at once (4)")
    parser.add_argument("--seconds", type=float, default=2, help="length of each measurement (2)")
    parser.add_argument("--rounds", type=int, default=6, help="how often all are measured in turn (6)")
    parser.add_argument("--accounts", type=int, default=1000, help="accounts over which memory is watched (1000)")
    parser.add_argument("--whole", action="store_true", help="watch memory over whole accounts, which takes minutes")
    parser.add_argument("--json", type=Path, default=ROOT / ".run" / "bench" / "sweep.json", help="where figures go")
    return parser.parse_args(arguments)


def measure(plan: Plan) -> tuple[list[Figure], dict[str, Any]]:
    """Return the figures and what they come from."""
    bare: list[dict[str, Any]] = []
    engine: list[dict[str, Any]] = []
    pairs: list[Pair] = []
    with replaying(plan.recording) as url:
        top, spent = ceiling(url, Recording.load(plan.recording))
        watched = alone("memory", url, plan)
    with replaying(plan.recording, latency=plan.latency) as url:
        sessions = alone("sessions", url, plan)
        with ExitStack() as stack:
            start = partial(started, url=url, plan=plan)
            limit, one, other = [
                stack.enter_context(each)
                for each in (start("bare"), start("engine"), start("engine", base=SECOND_BASE))
            ]
            cold = [answer(process) for process in (limit, one, other)][1]["cold_seconds"]
            for _ in range(plan.rounds):
                bare.append(window(limit))
                engine.append(window(one))
                pairs.append(together(url, one, other))
        statistics = statistics_of(url)
    if statistics["unmatched"]:
        raise RuntimeError(f"the recording lacks requests: {statistics['unmatched']}")
    found = [
        Figure("replay server's ceiling", top, f"{top:.0f} calls/s", note=f"{spent / 1000:.3f} ms CPU a call"),
        *figures.throughput(bare, engine),
        *figures.two_processes(pairs, engine),
        *figures.accounts(sessions, engine),
        Figure("first account of a process", cold, f"{cold:.1f} s", note="builds the clients while others start"),
        *figures.memory(watched, whole=plan.whole),
    ]
    raw = {
        "bare": bare, "engine": engine, "pairs": [asdict(pair) for pair in pairs], "sessions": sessions,
        "memory": watched, "ceiling": top,
    }  # fmt: skip
    return found, raw


def alone(mode: str, url: str, plan: Plan) -> dict[str, Any]:
    """Run one workload in a process of its own and return its figures."""
    with started(mode, url, plan) as process:
        ready = answer(process)
        return {**ready, **window(process)}


def window(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Let a workload that is ready work for once, and return its figures."""
    go(process)
    return answer(process)


def together(url: str, one: subprocess.Popen[str], other: subprocess.Popen[str]) -> Pair:
    """Let two engines work at the same time."""
    both = (one, other)
    busy, server, begun = machine_busy(both), statistics_of(url)["cpu"], time.monotonic()
    for process in both:
        go(process)
    first, second = answer(one), answer(other)
    took = time.monotonic() - begun
    server_cores = (statistics_of(url)["cpu"] - server) / took
    others = (machine_busy(both) - busy) / took - server_cores
    return Pair(first, second, server_cores, max(0.0, others), os.cpu_count() or 1)


def machine_busy(apart_from: Sequence[subprocess.Popen[str]]) -> float:
    """Return the machine's seconds of CPU without those of the given processes."""
    times = psutil.cpu_times()
    own = sum(sum(psutil.Process(process.pid).cpu_times()[:2]) for process in apart_from)
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - own)


@contextmanager
def started(mode: str, url: str, plan: Plan, *, base: int = 0) -> Iterator[subprocess.Popen[str]]:
    """Start a workload and end it with the block."""
    count = {"sessions": 3, "memory": plan.accounts}.get(mode, 0)
    command = [
        sys.executable, "-m", "devtools.bench.workload", mode, url, str(plan.recording),
        "--threads", str(plan.threads), "--lanes", str(plan.lanes), "--seconds", str(plan.seconds),
        "--accounts", str(count), "--base", str(base), *(["--whole"] if plan.whole else []),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        yield process
    finally:
        process.communicate()


def answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return a workload's next line."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError("a workload ended early; it says above why")
    message: dict[str, Any] = json.loads(line)
    return message


def go(process: subprocess.Popen[str]) -> None:
    """Let a workload that is ready begin."""
    if process.stdin:
        process.stdin.write("go\n")
        process.stdin.flush()


if __name__ == "__main__":
    sys.exit(main())
