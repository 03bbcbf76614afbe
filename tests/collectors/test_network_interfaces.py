"""A service's interfaces are one entry; those that the internet reaches are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from posture.collectors.ec2_network_interface import is_public, network_interfaces
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW, EXAMPLE_REGION
from posture.core.population import members
from posture.core.resource import Resource
from posture.sweep.ask import AccountAsk, Location
from posture.sweep.population_aggregation import fold
from tests.collectors.recorded import Recorded

ANSWERS = json.loads((Path(__file__).parent / "answers" / "ec2_network_interface.json").read_text())


def gathered(answers: dict[str, Any]) -> dict[str, Resource]:
    location = Location(EXAMPLE_ACCOUNT, EXAMPLE_REGION, "aws", EXAMPLE_NOW, b"key of tests")
    found = [*network_interfaces.gather(AccountAsk(network_interfaces, location, Recorded(answers)))]
    return {resource.name: resource for resource in fold(found, (), [network_interfaces])[0]}


def test_managed_interfaces_without_a_public_address_are_a_population() -> None:
    found = gathered(ANSWERS)

    assert set(found) == {"payments-web-1", "eni-0c1", "lambda interfaces in subnet-0b22"}
    population = found["lambda interfaces in subnet-0b22"]
    assert population.raw_observed["Count"] == 2
    assert population.arn.endswith(f":{EXAMPLE_ACCOUNT}:network-interface/subnet-0b22/lambda")
    assert {group["GroupId"] for each in members(population) for group in each.raw_config["Groups"]} == {
        "sg-0123456789abcdef0",
        "sg-0fedcba9876543210",
    }


def test_another_member_of_a_population_is_no_drift() -> None:
    more = json.loads(json.dumps(ANSWERS))
    interfaces = more["ec2:describe_network_interfaces"]["NetworkInterfaces"]
    interfaces.append({**interfaces[1], "NetworkInterfaceId": "eni-0b3", "PrivateIpAddress": "10.20.64.11"})

    name = "lambda interfaces in subnet-0b22"
    assert gathered(more)[name].raw_observed["Count"] == 3
    assert gathered(more)[name].hash == gathered(ANSWERS)[name].hash


def test_another_public_address_is_no_drift_but_losing_it_is() -> None:
    moved, lost = (json.loads(json.dumps(ANSWERS)) for _ in range(2))
    web = moved["ec2:describe_network_interfaces"]["NetworkInterfaces"][0]
    for association in (web["Association"], web["PrivateIpAddresses"][0]["Association"]):
        association["PublicIp"] = "203.0.113.99"
    web = lost["ec2:describe_network_interfaces"]["NetworkInterfaces"][0]
    del web["Association"], web["PrivateIpAddresses"][0]["Association"]

    before = gathered(ANSWERS)["payments-web-1"]
    assert before.raw_observed["Association"] == {"PublicIp": "203.0.113.25"}
    assert gathered(moved)["payments-web-1"].hash == before.hash
    assert gathered(lost)["payments-web-1"].hash != before.hash


def test_a_customer_owned_address_is_not_public() -> None:
    assert not is_public({"Association": {"CustomerOwnedIp": "192.168.10.4", "AllocationId": "eipalloc-1"}})
    assert is_public({"PrivateIpAddresses": [{"Association": {"PublicIp": "203.0.113.9"}}]})
