"""OpenSearch: which software domains run, which moto does not keep."""

from __future__ import annotations

from typing import Any

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
    return answer
