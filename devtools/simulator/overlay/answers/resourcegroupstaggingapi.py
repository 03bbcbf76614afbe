"""The tagging API, with page tokens that differ.

Random ids are fixed by region for reads, which would make them equal.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends

from devtools.simulator.overlay import backing
from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call


@answers("resourcegroupstaggingapi")
def get_resources(call: Call) -> dict[str, Any]:
    # The region's default VPC is made at the first look, and is to have the same ids whatever looks first.
    ec2_backends[call.account][call.region].describe_vpcs()
    backing.settle_chance(f"{call.account}/{call.region}/{call.params}")
    return call.beneath()
