"""What the sweep benchmark's figures mean.

Medians over the rounds, the goals, and a table. Pure.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CALLS_SHARE = 0.85
CPU_FACTOR = 1.25
FLAT_WITHIN = 0.10
MEMORY_MB = 250
TWO_PROCESSES = 1.8
SESSIONS_FACTOR = 1.0
FIRST_ACCOUNTS = 10
"""The memory after so many accounts is what later ones are held to."""

Round = Mapping[str, Any]
"""One workload's figures, as `devtools.bench.workload.Figures`."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `met` is None where there is no goal."""

    name: str
    value: float
    shown: str
    goal: str = ""
    met: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """One round of two processes at once, and what else the machine did meanwhile.

    CPU in cores.
    """

    one: Round
    other: Round
    server_cores: float
    others_cores: float
    cores: int

    @property
    def calls_per_second(self) -> float:
        """Both processes' calls a second."""
        return rate(self.one) + rate(self.other)

    @property
    def starved(self) -> bool:
        """Return whether the machine had no idle core left.

        Elapsed time then says nothing about the engine.
        """
        own = sum(float(each["cpu"]) / float(each["seconds"]) for each in (self.one, self.other))
        return own + self.server_cores + self.others_cores > 0.9 * self.cores


def rate(one: Round) -> float:
    """Return calls a second."""
    return float(one["calls"]) / float(one["seconds"])


def cpu_per_call(one: Round) -> float:
    """Return milliseconds of CPU a call."""
    return 1000 * float(one["cpu"]) / float(one["calls"])


def flatness(rss: Sequence[int]) -> float:
    """Return by which share the memory grew after the first accounts, at its highest."""
    first = max(rss[:FIRST_ACCOUNTS])
    return max(rss) / first - 1


def throughput(bare: Sequence[Round], engine: Sequence[Round]) -> list[Figure]:
    """Return the engine's pace and cost next to those of bare calls, round by round."""
    shares = [rate(ours) / rate(limit) for ours, limit in zip(engine, bare, strict=True)]
    factors = [cpu_per_call(ours) / cpu_per_call(limit) for ours, limit in zip(engine, bare, strict=True)]
    share, factor = statistics.median(shares), statistics.median(factors)
    limit, ours = statistics.median(map(rate, bare)), statistics.median(map(rate, engine))
    ours_cpu, bare_cpu = statistics.median(map(cpu_per_call, engine)), statistics.median(map(cpu_per_call, bare))
    return [
        Figure("bare calls, shared clients", limit, f"{limit:.0f} calls/s", note=f"{bare_cpu:.2f} ms CPU a call"),
        Figure("one process, whole engine", ours, f"{ours:.0f} calls/s", note=f"{ours_cpu:.2f} ms CPU a call"),
        Figure(
            "  of the bare limit", share, f"{share:.0%}", f">= {CALLS_SHARE:.0%}", share >= CALLS_SHARE, each(shares)
        ),
        Figure(
            "  CPU a call, of bare", factor, f"{factor:.2f}", f"<= {CPU_FACTOR}", factor <= CPU_FACTOR, each(factors)
        ),
    ]


def accounts(sessions: Round, engine: Sequence[Round]) -> list[Figure]:
    """Return the accounts a second next to those of a boto3 Session for each account."""
    theirs = sessions["accounts"] / sessions["seconds"]
    ours = statistics.median(one["accounts"] / one["seconds"] for one in engine)
    cpu = statistics.median(one["cpu"] / one["accounts"] for one in engine)
    factor, spared = ours / theirs, sessions["cpu"] / sessions["accounts"] / cpu
    return [
        Figure("Session per account", theirs, f"{theirs:.2f} accounts/s"),
        Figure("one process, whole engine", ours, f"{ours:.2f} accounts/s"),
        Figure(
            "  times a Session per account", factor, f"{factor:.1f}", "> 1", factor > SESSIONS_FACTOR,
            f"{spared:.1f} times less CPU an account",
        ),
    ]  # fmt: skip


def two_processes(pairs: Sequence[Pair], engine: Sequence[Round]) -> list[Figure]:
    """Return what a second process brings.

    By CPU where the machine had no core left for it.
    """
    by_clock = [pair.calls_per_second / rate(one) for pair, one in zip(pairs, engine, strict=True)]
    # With a core each, both would go at the pace that their CPU a call allows.
    by_cpu = [
        cpu_per_call(one) / cpu_per_call(pair.one) + cpu_per_call(one) / cpu_per_call(pair.other)
        for pair, one in zip(pairs, engine, strict=True)
    ]
    clock, cpu = statistics.median(by_clock), statistics.median(by_cpu)
    starved = sum(pair.starved for pair in pairs) * 2 > len(pairs)
    decides = cpu if starved and clock < TWO_PROCESSES else clock
    busy = statistics.median(pair.server_cores + pair.others_cores for pair in pairs)
    note = f"{clock:.2f} by the clock, {cpu:.2f} by CPU; others took {busy:.1f} of {pairs[0].cores} cores"
    if decides is cpu:
        note += ", so CPU decides"
    return [
        Figure(
            "two processes, of one", decides, f"{decides:.2f}", f">= {TWO_PROCESSES}", decides >= TWO_PROCESSES, note
        )
    ]


def memory(one: Round, *, whole: bool) -> list[Figure]:
    """Return memory over many accounts."""
    rss = one["rss"]
    grown, highest, count = flatness(rss), max(rss) / 1e6, len(rss)
    kind = "whole accounts" if whole else "accounts, most of them a slice of one"
    return [
        Figure(
            "memory, highest", highest, f"{highest:.0f} MB", f"<= {MEMORY_MB} MB", highest <= MEMORY_MB,
            "with the worker's own code",
        ),
        Figure(
            "memory, growth", grown, f"{grown:+.1%}", f"<= {FLAT_WITHIN:.0%}", grown <= FLAT_WITHIN,
            f"from {FIRST_ACCOUNTS} to {count} {kind}",
        ),
    ]  # fmt: skip


def each(values: Sequence[float]) -> str:
    """Return the single rounds' values, since a shared machine makes them differ."""
    return "rounds: " + ", ".join(f"{value:.2f}" for value in values)


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as lines of text, each with its goal and whether it is met."""
    verdict = {True: "met", False: "MISSED", None: ""}
    rows = [(one.name, one.shown, one.goal, verdict[one.met], one.note) for one in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{name:<{widths[0]}}  {shown:>{widths[1]}}  {goal:<{widths[2]}}  {met:<{widths[3]}}  {note}".rstrip()
        for name, shown, goal, met, note in rows
    )
