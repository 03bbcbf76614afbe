"""What a sweep cost, as an account's part keeps it and as parts are added up."""

from __future__ import annotations

from datetime import UTC, datetime

from posture.core.sweep import AccountResult, ServiceCost
from posture.orchestration import costs

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def result(*spent: ServiceCost) -> AccountResult:
    return AccountResult(
        "1", NOW, [], [], [], [], [], calls={"ec2:describe_vpcs": 7}, retries=2, services=spent, saved={"macie2:x": 3}
    )


def test_a_part_keeps_its_cost_by_service_and_by_region() -> None:
    kept = costs.cost_fields(
        result(
            ServiceCost("ec2", "eu-west-1", 4, 1, 1, 0.25),
            ServiceCost("ec2", "us-east-1", 3, 1, 0, 0.5),
            ServiceCost("iam", "us-east-1", 2, 0, 0, 2.0),
        )
    )
    assert kept["by_service"] == {"ec2": [7, 2, 1, 0.75], "iam": [2, 0, 0, 2.0]}
    assert kept["by_region"] == {"eu-west-1": [4, 1, 1, 0.25], "us-east-1": [5, 1, 0, 2.5]}
    assert (kept["saved"], kept["retries"], kept["calls"]) == (3, 2, {"ec2:describe_vpcs": 7})


def test_parts_add_up_and_the_slowest_comes_first() -> None:
    added = costs.sum_costs([{"ec2": [7, 2, 1, 0.5]}, {"iam": [2, 0, 0, 2.0], "ec2": [1, 0, 0, 0.5]}, {}])
    assert list(added) == ["iam", "ec2"]
    assert added["ec2"] == costs.CallCosts(8, 2, 1, 1.0)
    assert added["ec2"].milliseconds == 125
    assert costs.CallCosts().milliseconds == 0
