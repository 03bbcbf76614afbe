"""What would let a stranger in is a fingerprint before it leaves the collector."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from posture.collectors.ec2_instance import instances
from posture.collectors.ec2_launch_template import launch_templates
from posture.collectors.ec2_vpn_connection import vpn_connections
from posture.collectors.outposts_site import sites
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW, EXAMPLE_REGION
from posture.core.collector import Collector
from posture.core.values import plain
from posture.sweep.ask import AccountAsk, Location
from tests.collectors.recorded import Recorded


@pytest.mark.parametrize(
    ("collector", "secrets"),
    [
        (vpn_connections, ["CANARY-KEY"]),
        (instances, ["hunter22", "IyEvYmluL2Jhc2gKZXhwb3J0IERCX1BBU1NXT1JEPWh1bnRlcjIyCg=="]),
        (launch_templates, ["CANARY-KEY", "Q0FOQVJZLUtFWQ=="]),
        (sites, ["A. Person", "1234567"]),
    ],
)
def test_no_secret_and_no_person_is_kept(collector: Collector, secrets: list[str]) -> None:
    file = Path(__file__).parent / "answers" / f"{collector.module.rsplit('.', 1)[1]}.json"
    location = Location(EXAMPLE_ACCOUNT, EXAMPLE_REGION, "aws", EXAMPLE_NOW, b"key of tests")
    found = list(collector.gather(AccountAsk(collector, location, Recorded(json.loads(file.read_text())))))

    kept = json.dumps([plain([r.raw_config, r.raw_observed, r.raw_tags]) for r in found], ensure_ascii=False)
    assert found
    assert all(secret in file.read_text() for secret in secrets[-1:])
    assert not [secret for secret in secrets if secret in kept]
