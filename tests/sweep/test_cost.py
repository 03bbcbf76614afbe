"""A sweep's cost is counted by service and region, and adds up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from posture.core.sweep import AccountResult, ServiceCost
from tests.sweep.fake_aws import Call, FakeAws, error

Swept = Callable[..., AccountResult]


def by_place(result: AccountResult) -> dict[tuple[str, str], ServiceCost]:
    return {(cost.service, cost.region): cost for cost in result.services}


def test_calls_are_counted_by_service_and_region(aws: FakeAws, swept: Swept) -> None:
    aws.regions = ("eu-central-1", "eu-west-1")
    aws.on["secretsmanager:ListSecrets"] = {"SecretList": []}

    result = swept()

    calls = {place: cost.calls for place, cost in by_place(result).items()}
    assert calls == {
        ("sts", "us-east-1"): 1,
        ("ec2", "us-east-1"): 1,
        ("secretsmanager", "eu-central-1"): 1,
        ("secretsmanager", "eu-west-1"): 1,
    }
    assert sum(calls.values()) == sum(result.calls.values())


def test_what_is_sent_again_is_counted_where_it_happened(aws: FakeAws, swept: Swept) -> None:
    aws.regions = ("eu-central-1", "eu-west-1")
    times = {"eu-west-1": 0}

    def throttled_twice(call: Call) -> Any:
        if call.region != "eu-west-1" or times["eu-west-1"] == 2:
            return {"SecretList": []}
        times["eu-west-1"] += 1
        return error("ThrottlingException", "Rate exceeded")

    aws.on["secretsmanager:ListSecrets"] = throttled_twice

    result = swept()

    cost = by_place(result)["secretsmanager", "eu-west-1"]
    assert (cost.calls, cost.retries, cost.throttles) == (3, 2, 2)
    assert by_place(result)["secretsmanager", "eu-central-1"].retries == 0
    assert (result.retries, result.throttles) == (2, 2)
    assert result.services[0] == cost, "the most calls come first"


def test_waiting_for_answers_is_summed(aws: FakeAws, swept: Swept) -> None:
    def slow(call: Call) -> Any:
        time.sleep(0.05)
        names = [f"arn:aws:secretsmanager:{call.region}:{call.account_id}:secret:{number}" for number in range(3)]
        return {"SecretList": [{"ARN": name, "Name": name} for name in names]}

    aws.on["secretsmanager:ListSecrets"] = slow
    aws.on["secretsmanager:GetResourcePolicy"] = slow

    cost = by_place(swept())["secretsmanager", "eu-central-1"]

    assert cost.calls == 4
    assert cost.seconds >= 4 * 0.05
