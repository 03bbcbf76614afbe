"""A small simulated Organization that answers and refuses, ready in seconds.

Its management account holds the caller; two member accounts have the role, one has none, one is suspended.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from devtools.simulator.declared import GLOBAL
from devtools.simulator.kinds.identity import deploy_role
from devtools.simulator.simulator import Simulator
from posture import permissions
from tests.simulator import Simulators

KEY = "AKIAPLUMBLINETESTS01"
EXTERNAL_ID = "plumbline-external-id-of-tests"
ROLE_NAME = "PlumblineReadOnly"
REGION = "eu-central-1"
ACCOUNTS = {
    "management": "111111111111",
    "payments": "222222222221",
    "website": "222222222222",
    "roleless": "222222222223",
    "suspended": "222222222224",
}


@dataclass
class Estate:
    """What was built: account ids by name, and the running simulator."""

    simulator: Simulator
    management: str
    payments: str
    website: str
    roleless: str
    suspended: str
    organization_id: str
    root: str
    unit: str

    @property
    def url(self) -> str:
        """Where the simulated AWS answers."""
        return self.simulator.url

    @property
    def caller(self) -> str:
        """The ARN of the identity that sweeps."""
        return f"arn:aws:iam::{self.management}:user/plumbline"

    def session(self) -> boto3.Session:
        """Return a boto3 session of the identity that sweeps."""
        return boto3.Session(aws_access_key_id=KEY, aws_secret_access_key="s", region_name=REGION)

    def role_arn(self, account_id: str) -> str:
        """Return the role's ARN in an account."""
        return f"arn:aws:iam::{account_id}:role/{ROLE_NAME}"


@contextmanager
def estate_in(simulators: Simulators) -> Iterator[Estate]:
    """Borrow a simulator in which the Organization is founded."""
    with simulators.empty() as simulator:
        yield _found(simulator)


def _found(simulator: Simulator) -> Estate:
    management = ACCOUNTS["management"]
    facts = {
        "management": management,
        "email": "management@example.com",
        "name": "management",
        "regions": [REGION, "us-east-1"],
        "reserved_ids": {f"{name}@example.com": account_id for name, account_id in ACCOUNTS.items()},
    }
    simulator.control.put("*", GLOBAL, "organization", **facts)
    organizations = simulator.client("organizations", management)
    organization = organizations.create_organization(FeatureSet="ALL")["Organization"]
    simulator.control.put("*", GLOBAL, "organization", id=organization["Id"])
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="Production")["OrganizationalUnit"]["Id"]
    members = {name: _member(organizations, name) for name in ("payments", "website", "roleless", "suspended")}
    organizations.move_account(AccountId=members["payments"], SourceParentId=root, DestinationParentId=unit)
    organizations.tag_resource(ResourceId=members["payments"], Tags=[{"Key": "owner", "Value": "payments-team"}])
    estate = Estate(simulator, management, **members, organization_id=organization["Id"], root=root, unit=unit)
    simulator.control.ask("POST", "callers", account=management, access_key=KEY, arn=estate.caller)
    for account_id in (management, members["payments"], members["website"], members["suspended"]):
        make_role(estate, account_id)
    for account_id in (members["payments"], members["website"]):
        simulator.client("s3", account_id, REGION).create_bucket(
            Bucket=f"data-of-{account_id}", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    organizations.close_account(AccountId=members["suspended"])
    return estate


def make_role(
    estate: Estate,
    account_id: str,
    external_id: str = EXTERNAL_ID,
    actions: Sequence[str] | None = None,
    name: str = ROLE_NAME,
) -> None:
    """Create the role that sweeps assume.

    It has today's actions and trusts the caller with the external id.
    """
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": estate.caller},
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = estate.simulator.client("iam", account_id)
    deploy_role(iam, name, trust, permissions.management_actions() if actions is None else actions)


def _member(organizations: Any, name: str) -> str:
    made = organizations.create_account(Email=f"{name}@example.com", AccountName=name)
    return str(made["CreateAccountStatus"]["AccountId"])
