"""AWS's shared responsibility model by service, from services.toml.

A resource type belongs to the service that names it, or else to the one that names the longest
beginning of it. A type of a service that the file leaves out gets a service with the usual duties.
The file is read once; a fault in it stops the start.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

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
TITLES = {
    "Events": "EventBridge",
    "GlobalAccelerator": "Global Accelerator",
    "Logs": "CloudWatch Logs",
    "NetworkFirewall": "Network Firewall",
    "Route53Domains": "Route 53 domains",
    "SSO": "IAM Identity Center",
    "StepFunctions": "Step Functions",
}
"""How AWS calls a service that services.toml leaves out, where its types call it otherwise."""


@cache
def services() -> tuple[Service, ...]:
    """Return the services of the file; the last takes what is left."""
    tree = tomllib.loads(files(__package__).joinpath("services.toml").read_text(encoding="utf-8"))
    found = tuple(_service(raw) for raw in tree["services"])
    if found[-1].id != OTHER:
        raise ValueError(f"services.toml must end with the service {OTHER!r}, which takes what is left")
    return found


def usual_service(resource_type: str) -> Service | None:
    """Return a service with the usual duties for a type of AWS; None for any other."""
    provider, _, rest = resource_type.partition("::")
    name, separator, _ = rest.partition("::")
    if provider != "AWS" or not separator:
        return None
    head = {"id": name.lower(), "title": TITLES.get(name, name), "types": [f"AWS::{name}::"]}
    return _service({**head, "layers": USUAL_LAYERS, **USUAL_DUTIES})


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
    if matches:
        return max(matches, key=lambda match: match[0])[1]
    return usual_service(resource_type) or services()[-1]
