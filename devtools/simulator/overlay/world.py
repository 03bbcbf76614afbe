"""State of the simulated AWS besides moto's backends: shelves, sessions, faults.

It survives restarts.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import time_machine

from devtools.simulator.overlay.fault_rules import Fault
from devtools.simulator.overlay.terms import Caller

EVERYWHERE = "global"
"""The region of shelves that are not regional."""

Statement = tuple[str, tuple[str, ...]]
"""Effect, and patterns of actions in lower case."""

Layer = tuple[Statement, ...]
"""Policies that are judged together: allowed is what one allows and none denies."""


def real_now() -> dt.datetime:
    """Return the time of the machine, whatever the story's calendar says."""
    if time_machine.escape_hatch.is_travelling():
        return time_machine.escape_hatch.datetime.datetime.now(dt.UTC)
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class SessionPolicies:
    """The policies of a session.

    Its role's, and those that it was opened with, if it was.
    """

    role: Layer
    session: Layer | None = None


@dataclass
class Session:
    """A role session, which expires by the machine's clock as its client does."""

    caller: Caller
    secret: str
    token: str
    expires: dt.datetime
    policies: SessionPolicies


@dataclass
class World:
    """Everything the overlay answers from.

    `shelves` holds plain data in AWS's own key names by (account, region, service). Cached replies know by
    three counts when they are stale: `changes` anywhere, `version` of what concerns all, `versions` of each account.
    """

    shelves: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    story: dict[str, Any] = field(default_factory=dict)
    changes: int = 0
    version: int = 0
    versions: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)

    def shelf(self, account: str, region: str, service: str) -> dict[str, Any]:
        return self.shelves.setdefault((account, region, service), {})

    def peek(self, account: str, region: str, service: str) -> dict[str, Any]:
        """Return a shelf without creating it, for reads over many accounts."""
        return self.shelves.get((account, region, service), {})

    @property
    def organization(self) -> dict[str, Any]:
        """Facts of the whole: id, management account, regions."""
        return self.shelf("*", EVERYWHERE, "organization")

    @property
    def regions(self) -> list[str]:
        return list(self.organization.get("regions", ["us-east-1"]))

    @property
    def management(self) -> str:
        return str(self.organization.get("management", ""))

    def touch(self, account: str | None = None) -> None:
        """Note a change in one account, or in what concerns all."""
        self.changes += 1
        if account is None:
            self.version += 1
        else:
            self.versions[account] += 1

    def forget_sessions(self, ended_before: dt.datetime) -> None:
        """Drop sessions that ended before a moment: each sweep opens one in every account."""
        for key in [key for key, session in list(self.sessions.items()) if session.expires < ended_before]:
            self.sessions.pop(key, None)

    def expire_sessions(self, account: str | None = None) -> int:
        """Let sessions of an account (or all) be over at once; return how many."""
        over = [s for s in self.sessions.values() if account in {None, s.caller.account}]
        for session in over:
            session.expires = real_now() - dt.timedelta(seconds=1)
        return len(over)
