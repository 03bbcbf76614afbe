"""Which requests resource control policies bind."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from posture.core.iam.logic import Truth, negated
from posture.core.iam.request import Request

FILE = Path(__file__).with_name("rcp_services.toml")
_SPARED_ACTIONS = frozenset({"kms:retiregrant"})


@dataclass(frozen=True, slots=True)
class CoveredServices:
    """The services that RCPs cover, by their IAM prefixes, as of a date."""

    as_of: date
    prefixes: frozenset[str]


@cache
def covered_services() -> CoveredServices:
    """Return the services that RCPs cover."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return CoveredServices(found["as_of"], frozenset(found["covered"]))


def binds(request: Request) -> Truth:
    """Return whether RCPs of the resource's account bind a request."""
    return is_subject(request) if request.service in covered_services().prefixes else False


def is_subject(request: Request) -> Truth:
    """Return whether RCPs would bind a request if they covered its service."""
    resource = request.resource
    if request.caller.is_service_linked or resource.is_aws_managed_key or request.action_lower in _SPARED_ACTIONS:
        return False
    return negated(resource.is_management)
