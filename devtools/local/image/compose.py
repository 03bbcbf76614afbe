"""What docker/compose.yaml says of a service, with variables filled in.

Command, environment, grace period.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}")
GRACE_SECONDS = 10.0
"""What Compose waits after SIGTERM if the file says nothing."""


class ComposeError(Exception):
    """The file asks for a variable that nobody gave; the message is the file's own."""


@dataclass(frozen=True)
class Service:
    """One service of the file."""

    name: str
    command: list[str] | None
    environment: dict[str, str]
    grace: float
    replicas: int


def services(file: Path, variables: Mapping[str, str]) -> dict[str, Service]:
    """Return the services of a Compose file by name."""
    content = filled_in(yaml.safe_load(file.read_text(encoding="utf-8")), variables)
    return {name: _service(name, one) for name, one in content["services"].items()}


def _service(name: str, one: dict[str, Any]) -> Service:
    return Service(
        name,
        one.get("command"),
        {key: str(value) for key, value in one.get("environment", {}).items()},
        seconds(one["stop_grace_period"]) if "stop_grace_period" in one else GRACE_SECONDS,
        int(one.get("deploy", {}).get("replicas", 1)),
    )


def filled_in(value: Any, variables: Mapping[str, str]) -> Any:
    """Return a part of the file with its variables replaced.

    `${NAME:-default}`, `${NAME:?message}` and `$$` are known.
    """
    if isinstance(value, dict):
        return {key: filled_in(one, variables) for key, one in value.items()}
    if isinstance(value, list):
        return [filled_in(one, variables) for one in value]
    return VARIABLE.sub(lambda found: _value(found, variables), value) if isinstance(value, str) else value


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    name, kind, rest = found.groups()
    if name is None:
        return "$"
    if variables.get(name):
        return variables[name]
    if kind == "?":
        raise ComposeError(str(rest))
    return rest or ""


def seconds(duration: str) -> float:
    """Return the seconds of a duration such as `1m30s`."""
    units = {"h": 3600, "m": 60, "s": 1}
    return float(sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([hms])", duration)))
