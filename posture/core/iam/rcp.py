"""Which requests resource control policies bind."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from posture.core.iam.logic import Truth, all_of, negated
from posture.core.iam.request import Request

FILE = Path(__file__).with_name("rcp_services.toml")
_SPARED_ACTIONS = frozenset({"kms:retiregrant"})


@dataclass(frozen=True, slots=True)
class CoveredServices:
    """The services that RCPs cover and do not cover, as of a date."""

    as_of: date
    covered: frozenset[str]
    not_covered: frozenset[str]

    def covers(self, service: str) -> Truth:
        """Return whether RCPs cover a service, by its IAM prefix."""
        if service in self.covered:
            return True
        return False if service in self.not_covered else None


@cache
def covered_services() -> CoveredServices:
    """Return the services that RCPs cover."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return CoveredServices(found["as_of"], frozenset(found["covered"]), frozenset(found["not_covered"]))


def binds(request: Request) -> Truth:
    """Return whether RCPs of the resource's account bind a request."""
    resource = request.resource
    if request.caller.is_service_linked or resource.is_aws_managed_key or request.action_lower in _SPARED_ACTIONS:
        return False
    return all_of((negated(resource.is_management), covered_services().covers(request.service)))
