"""The slots of an Outpost are read in all, and of each host by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from posture.collectors.outposts_outpost import outposts
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW, EXAMPLE_REGION
from posture.core.values import Unknown
from posture.sweep.ask import AccountAsk, Location
from tests.collectors.recorded import Recorded

ANSWERS = json.loads((Path(__file__).parent / "answers" / "outposts_outpost.json").read_text())


def observed(answers: dict[str, Any]) -> Any:
    """Return the observed fields of the account's own Outpost."""
    location = Location(EXAMPLE_ACCOUNT, EXAMPLE_REGION, "aws", EXAMPLE_NOW, b"key of tests")
    own, _ = outposts.gather(AccountAsk(outposts, location, Recorded(answers)))
    return own.raw_observed


def test_slots_are_kept_for_each_host() -> None:
    found = observed(ANSWERS)
    assert found["AssetCapacities"] == [
        {"AssetId": "1234567890", "InstanceType": "m5.xlarge", "Count": 4},
        {"AssetId": "1234567890", "InstanceType": "c5.large", "Count": 6},
        {"AssetId": "1234567891", "InstanceType": "m5.xlarge", "Count": 8},
    ]
    assert {"InstanceType": "m5.xlarge", "Count": 12} in found["InstanceTypeCapacities"]


def test_hardware_that_is_refused_has_unknown_slots() -> None:
    refused = [{"error": "AccessDeniedException"}]
    assert isinstance(observed({**ANSWERS, "outposts:list_assets": refused})["AssetCapacities"], Unknown)
