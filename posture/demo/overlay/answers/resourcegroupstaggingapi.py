"""The tagging API: page tokens that differ, which chance, settled by region for reads, would make alike."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends

from posture.demo.overlay import backing
from posture.demo.overlay.answers import answers
from posture.demo.overlay.calls import Call


@answers("resourcegroupstaggingapi")
def get_resources(call: Call) -> dict[str, Any]:
    # The region's default VPC is made at the first look, and is to have the same ids whatever looks first.
    ec2_backends[call.account][call.region].describe_vpcs()
    backing.settle_chance(f"{call.account}/{call.region}/{call.params}")
    return call.beneath()
