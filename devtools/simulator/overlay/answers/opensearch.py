"""OpenSearch: domains with their VPC and software, which moto does not keep."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call

NEWEST = {
    "CurrentVersion": "OpenSearch_2_17_R20260801",
    "NewVersion": "",
    "UpdateAvailable": False,
    "Cancellable": False,
    "UpdateStatus": "COMPLETED",
    "OptionalDeployment": False,
}


@answers("opensearch")
def describe_domains(call: Call) -> dict[str, Any]:
    answer = call.beneath()
    for domain in answer["DomainStatusList"]:
        domain["ServiceSoftwareOptions"] = NEWEST
        network = domain.get("VPCOptions")
        if network and network.get("SubnetIds"):
            subnet = ec2_backends[call.account][call.region].get_subnet(network["SubnetIds"][0])
            network["VPCId"] = subnet.vpc_id
    return answer
