"""Who does what for each AWS service: AWS's shared responsibility model, as data in services.toml.

A resource type belongs to the service that names it, or else to the one that names the longest
beginning of it. The file is read once; a fault in it stops the start.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Service:
    """A service, the beginnings of its resource types, and the duties of AWS, of both, and of the customer."""

    id: str
    title: str
    types: tuple[str, ...]
    aws: str
    shared: str
    yours: str


@cache
def services() -> tuple[Service, ...]:
    """Return every service; the last takes what none of the others does."""
    tree = tomllib.loads(files(__package__).joinpath("services.toml").read_text(encoding="utf-8"))
    found = tuple(Service(**{**raw, "types": tuple(raw["types"])}) for raw in tree["services"])
    if found[-1].id != OTHER:
        raise ValueError(f"services.toml must end with the service {OTHER!r}, which takes what is left")
    return found


@cache
def settled(resource_type: str) -> Service:
    """Return the service of a resource type."""
    matches = [
        (len(beginning), one) for one in services() for beginning in one.types if resource_type.startswith(beginning)
    ]
    return max(matches, key=lambda match: match[0])[1] if matches else services()[-1]
