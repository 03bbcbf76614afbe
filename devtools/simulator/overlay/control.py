"""The control API under /_plumbline/: faults, calendar, shelves, counts, saving.

JSON in and out.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import time_machine
from moto.organizations.models import organizations_backends

from devtools.simulator.overlay import backing, storage
from devtools.simulator.overlay.fault_rules import Fault
from devtools.simulator.overlay.terms import Caller, Reply
from devtools.simulator.overlay.world import World

if TYPE_CHECKING:
    from devtools.simulator.overlay.gateway import Gateway

JSON = [("Content-Type", "application/json")]


class UnknownPathError(Exception):
    """Nothing answers under this path."""


@dataclass
class Control:
    """The handler of control requests; `folder` is where the state is saved."""

    folder: Path
    _journey: time_machine.travel | None = None

    def __call__(self, gateway: Gateway, environ: dict[str, Any], body: bytes) -> Reply:
        verb = environ["REQUEST_METHOD"]
        words = environ["PATH_INFO"].removeprefix("/_plumbline/").strip("/").split("/")
        query = {k: v[0] for k, v in parse_qs(environ.get("QUERY_STRING", "")).items()}
        try:
            data = {**query, **(json.loads(body) if body else {})}
            handle = self._find(verb, words)
            with gateway.lock:
                answer = handle(gateway, data)
        except UnknownPathError as error:
            return Reply.of(404, JSON, json.dumps({"error": str(error)}))
        except (KeyError, TypeError, ValueError) as error:
            return Reply.of(400, JSON, json.dumps({"error": f"{type(error).__name__}: {error}"}))
        return Reply.of(200, JSON, json.dumps(answer, default=str))

    def _find(self, verb: str, words: list[str]) -> Callable[[Gateway, dict[str, Any]], Any]:
        name = f"_{verb.lower()}_{words[0]}"
        handle = getattr(self, name, None)
        if handle is None:
            raise UnknownPathError(f"The simulator has no {verb} /_plumbline/{'/'.join(words)}.")
        if len(words) > 1:
            return lambda gateway, data: handle(gateway, {**data, "id": words[1]})
        return handle  # type: ignore[no-any-return]

    def _get_health(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, Any]:
        return {"ready": True, "story": gateway.world.story, "now": dt.datetime.now(dt.UTC)}

    def _get_faults(self, gateway: Gateway, data: dict[str, Any]) -> list[dict[str, Any]]:
        return [fault.data() for fault in gateway.world.faults.values()]

    def _post_faults(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, Any]:
        fault = Fault.from_data(str(data.pop("id", None) or secrets.token_hex(4)), data)
        gateway.world.faults[fault.id] = fault
        return fault.data()

    def _delete_faults(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, Any]:
        """Forget one fault by id, or all."""
        gone = [data["id"]] if "id" in data else list(gateway.world.faults)
        for fault in gone:
            gateway.world.faults.pop(fault, None)
        return {"deleted": gone}

    def _post_save(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, Any]:
        return {"file": str(storage.save(gateway.world, self.folder))}

    def _post_restore(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, Any]:
        """Restore the folder's state in place of the current one."""
        self.travel(None)
        world = storage.restore(self.folder)
        if world is None:
            raise ValueError(f"nothing that can be used is in {self.folder}")
        self.travel(world.story.get("clock"))
        gateway.replace_world(world)
        return {}

    def _post_story(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, Any]:
        """Note how far the story has been applied."""
        gateway.world.story.update(data)
        return gateway.world.story

    def _get_calls(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, dict[str, int]]:
        """Count calls by account and `service:Operation`."""
        counts: dict[str, dict[str, int]] = {}
        for (account, operation), count in gateway.world.calls.items():
            if data.get("account") in {None, account}:
                counts.setdefault(account, {})[operation] = count
        return counts

    def _delete_calls(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, Any]:
        gateway.world.calls.clear()
        return {}

    def _post_callers(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, Any]:
        """Give an access key to a principal."""
        account, key = data["account"], data["access_key"]
        gateway.world.callers[key] = Caller(account, data["arn"], data.get("user_id", "AIDA" + key[4:]), key)
        return {}

    def _post_expire(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, Any]:
        """Let role sessions expire at once, of one account or of all."""
        return {"expired": gateway.world.expire_sessions(data.get("account"))}

    def _post_reinstate(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, Any]:
        """Open a closed account again, as AWS's support does within 90 days."""
        for member in organizations_backends[gateway.world.management]["aws"].accounts:
            if member.id == data["account"]:
                member.status = member.state = "ACTIVE"
        gateway.world.touch()
        return {}

    def _post_shelves(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, Any]:
        """Merge values into `shelves`, each with account, region, service, values.

        A null takes a value away.
        """
        for entry in data["shelves"]:
            shelf = gateway.world.shelf(entry["account"], entry["region"], entry["service"])
            for key, value in entry["values"].items():
                if value is None:
                    shelf.pop(key, None)
                else:
                    shelf[key] = value
            gateway.world.touch(None if entry["service"] == "organization" else entry["account"])
        return {}

    def _get_shelves(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, Any]:
        return gateway.world.peek(data["account"], data["region"], data["service"])

    def _post_clock(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, Any]:
        """Set the calendar that moto dates things by, or let it be today again.

        Sessions keep the machine's time.
        """
        self.travel(data.get("at"))
        gateway.world.story["clock"] = data.get("at")
        return {"now": dt.datetime.now(dt.UTC)}

    def travel(self, at: str | None) -> None:
        """Move the process's calendar."""
        if self._journey is not None:
            self._journey.stop()
            self._journey = None
        if at is not None:
            self._journey = time_machine.travel(dt.datetime.fromisoformat(at), tick=True)
            self._journey.start()

    def _post_reset(self, gateway: Gateway, data: dict[str, Any]) -> dict[str, Any]:
        """Forget everything."""
        backing.clear_state()
        self.travel(None)
        gateway.replace_world(World())
        return {}
