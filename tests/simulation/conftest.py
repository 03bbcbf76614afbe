"""Clients of the simulated Organization that work as the product does.

They assume the role in each account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from devtools.simulator.declared import Declared, Hour, Week
from devtools.simulator.simulator import Simulator, client_at

SMALL_ORGANIZATION = ("alder-finch-management", "security-tooling", "log-archive")

Clients = Callable[..., Any]


def base_credentials(declared: Declared) -> dict[str, str]:
    """Return the credentials of Plumbline's own identity."""
    return {"AccessKeyId": declared.organization["access_key"], "SecretAccessKey": "unchecked"}


@pytest.fixture(scope="session")
def small_organization(declared_organization: Declared) -> Declared:
    """Return three accounts and one event, which are applied in a second."""
    event = {"kind": "secret", "account": "security-tooling", "new": "siem/second", "set": {"rotation": 0}}
    bucket = {"kind": "bucket", "account": "security-tooling"}
    return replace(
        declared_organization,
        accounts=[declared_organization.by_name[name] for name in SMALL_ORGANIZATION],
        weeks=[Week(0, "The first sweep", []), Week(1, "A secret appears", [event])],
        digest="small",
        hours=[
            Hour("A bucket appears", [{**bucket, "new": "af-for-an-hour", "set": {}}]),
            Hour("It is gone", [{**bucket, "name": "af-for-an-hour", "remove": True}]),
        ],
    )


@pytest.fixture
def credentials(simulated_organization: Simulator, declared_organization: Declared) -> Callable[[str], dict[str, str]]:
    """Assume the role in an account, given by name."""
    sts = client_at(simulated_organization.url, "sts", credentials=base_credentials(declared_organization))

    def assume(name: str) -> dict[str, str]:
        answer = sts.assume_role(
            RoleArn=role_arn(declared_organization, name),
            RoleSessionName="plumbline",
            ExternalId=declared_organization.organization["external_id"],
        )
        found: dict[str, str] = answer["Credentials"]
        return found

    return assume


@pytest.fixture
def client(simulated_organization: Simulator, credentials: Callable[[str], dict[str, str]]) -> Clients:
    """Return a client of a service in an account, acting by the assumed role."""

    def make(service: str, account: str, region: str = "eu-central-1") -> Any:
        return client_at(simulated_organization.url, service, region, credentials=credentials(account))

    return make


def role_arn(declared: Declared, name: str) -> str:
    return f"arn:aws:iam::{declared.by_name[name].id}:role/{declared.organization['role']}"
