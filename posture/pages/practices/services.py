"""AWS's shared responsibility model by service, from services.toml.

A resource type belongs to the service that names it, or else to the one that names the longest
beginning of it. A collected type of a service that the file leaves out gets a service with the usual
duties. The file is read once; a fault in it stops the start.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from posture.collectors import all_collectors
from posture.core.collector import Family

OTHER = "other"
LAYERS = {
    "hardware": "Sites, hardware",
    "host": "Host system",
    "engine": "Engine, patches",
    "network": "Network",
    "identity": "Identity",
    "settings": "Settings",
    "encryption": "Encryption",
    "logs": "Logs",
    "data": "Data, backup",
}
"""The layers of a service from the ground up, in words."""


class Owner(StrEnum):
    """Whose duty a layer is."""

    AWS = "A"
    SHARED = "S"
    YOURS = "Y"
    NONE = "-"
    """The service has no such layer."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service: prefixes of its types, and duties of AWS, both and the customer."""

    id: str
    title: str
    types: tuple[str, ...]
    layers: Mapping[str, Owner]
    """Whose each of `LAYERS` is."""
    aws: str
    shared: str
    yours: str


USUAL_LAYERS = "AAAYYYSYY"
USUAL_DUTIES = {
    "aws": "Sites, hosts, and the software of the service.",
    "shared": "Encryption: AWS encrypts, you choose the key and who may use it.",
    "yours": "Data, who may reach it, how the service is set, and its logs.",
}
"""The duties of a managed service that services.toml leaves out."""


@cache
def services() -> tuple[Service, ...]:
    """Return every service; the last takes what none of the others does."""
    tree = tomllib.loads(files(__package__).joinpath("services.toml").read_text(encoding="utf-8"))
    *found, other = (_service(raw) for raw in tree["services"])
    if other.id != OTHER:
        raise ValueError(f"services.toml must end with the service {OTHER!r}, which takes what is left")
    families = {kind: collector.family for kind, collector in all_collectors().items()}
    return (*found, *usual_services(families, [*found, other]), other)


def usual_services(families: Mapping[str, Family], known: Iterable[Service]) -> list[Service]:
    """Return services with the usual duties for types that no known service covers."""
    beginnings = tuple(beginning for one in known for beginning in one.types)
    left = [kind for kind, family in families.items() if family is not Family.OTHER and not kind.startswith(beginnings)]
    names = sorted({kind.split("::")[1] for kind in left})
    heads = ({"id": name.lower(), "title": name, "types": [f"AWS::{name}::"]} for name in names)
    return [_service({**head, "layers": USUAL_LAYERS, **USUAL_DUTIES}) for head in heads]


def _service(raw: Mapping[str, Any]) -> Service:
    owners = [Owner(letter) for letter in raw["layers"]]
    if len(owners) != len(LAYERS):
        raise ValueError(f"services.toml: {raw['id']} has {len(owners)} layers instead of {len(LAYERS)}")
    layers = dict(zip(LAYERS, owners, strict=True))
    return Service(**{**raw, "types": tuple(raw["types"]), "layers": layers})


@cache
def settled(resource_type: str) -> Service:
    """Return the service of a resource type."""
    matches = [
        (len(beginning), one) for one in services() for beginning in one.types if resource_type.startswith(beginning)
    ]
    return max(matches, key=lambda match: match[0])[1] if matches else services()[-1]
