"""Clients for any simulated account, and the ids of what was built.

It knows no kind of resource.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from botocore.awsrequest import AWSRequest

from devtools.simulator.declared import GLOBAL, Declared, Name
from devtools.simulator.simulator import Control, client_at

_account: ContextVar[str] = ContextVar("account")


class Builder:
    """Context in which the kinds of resources are created.

    One client per service and region serves all accounts (a client costs 15 ms), which account a call is for is a
    context variable. What goes on the overlay's shelves is collected and sent in one go. `date` is the week's moment,
    `start` that of the story's first week.
    """

    def __init__(self, control: Control, declared: Declared, date: dt.datetime, start: dt.datetime) -> None:
        self.control = control
        self.declared = declared
        self.date = date
        self.start = start
        self._clients: dict[tuple[str, str], Any] = {}
        self._shelves: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._ids: dict[str, Any] = control.shelf("*", GLOBAL, "built").get("ids", {})
        self._lock = threading.Lock()

    @contextmanager
    def at(self, account: str) -> Iterator[None]:
        """Let calls be for an account."""
        token = _account.set(account)
        try:
            yield
        finally:
            _account.reset(token)

    def client(self, service: str, region: str) -> Any:
        """Return the client of a service in a region; `global` is us-east-1."""
        key = (service, "us-east-1" if region == GLOBAL else region)
        with self._lock:
            if key not in self._clients:
                client = client_at(self.control.url, *key)
                client.meta.events.register("before-sign.*", _speak_for_account)
                self._clients[key] = client
            return self._clients[key]

    def remember(self, name: Name, **ids: Any) -> None:
        """Keep the ids that AWS gave to a thing."""
        self._ids.setdefault(_key(name), {}).update(ids)

    def forget(self, name: Name) -> None:
        self._ids.pop(_key(name), None)

    def recall(self, name: Name) -> dict[str, Any]:
        """Return the ids of a thing; empty while it does not exist."""
        ids: dict[str, Any] = self._ids.get(_key(name), {})
        return ids

    def known(self, kind: str, near: Name, label: str) -> dict[str, Any]:
        """Return the ids of a thing of the same account and region, which must exist."""
        ids = self.recall(Name(kind, near.account, near.region, label))
        if not ids:
            raise LookupError(f"{near} needs {kind} {label!r} in its account and region, which does not exist.")
        return ids

    def put(self, account: str, region: str, service: str, **values: Any) -> None:
        """Put values on a shelf of the overlay at the next `flush`."""
        with self._lock:
            self._shelves.setdefault((account, region, service), {}).update(values)

    def append(self, account: str, region: str, service: str, key: str, item: dict[str, Any], by: str) -> None:
        """Add an item to a list on a shelf, replacing the one with the same `by`."""
        items = [i for i in self.on_shelf(account, region, service).get(key, []) if i[by] != item[by]]
        self.put(account, region, service, **{key: [*items, item]})

    def on_shelf(self, account: str, region: str, service: str) -> dict[str, Any]:
        """Return what a shelf will hold after `flush`."""
        return {**self.control.shelf(account, region, service), **self._shelves.get((account, region, service), {})}

    def flush(self) -> None:
        """Send what was collected, and what was remembered."""
        self.put("*", GLOBAL, "built", ids=self._ids)
        shelves = [
            {"account": account, "region": region, "service": service, "values": values}
            for (account, region, service), values in self._shelves.items()
        ]
        self.control.put_all(shelves)
        self._shelves.clear()

    def opened(self, account: str) -> str:
        """Return when an account was opened, as an ISO date-time.

        Those that join the story, in their week.
        """
        declared = self.declared.by_id[account]
        if declared.joins:
            return (self.start + dt.timedelta(weeks=declared.joins)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        return f"{declared.opened}T09:00:00+00:00"

    def stamp(self, days_ago: float = 0) -> str:
        """Return a moment before the week's date, as AWS writes it."""
        return (self.date - dt.timedelta(days=days_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _key(name: Name) -> str:
    return f"{name.kind}|{name.account}|{name.region}|{name.name}"


def _speak_for_account(request: AWSRequest, **_: Any) -> None:
    request.headers["x-moto-account-id"] = _account.get()


def made_up(prefix: str, *parts: str, length: int = 17) -> str:
    """Return an id that looks like AWS's and is the same in every run."""
    return prefix + hashlib.sha256("/".join(parts).encode()).hexdigest()[:length]
