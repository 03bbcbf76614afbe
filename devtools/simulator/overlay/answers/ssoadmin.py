"""IAM Identity Center: the instances that were made, where moto invents one."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.wire import paged


@answers("sso-admin")
def list_instances(call: Call) -> dict[str, Any]:
    return paged(call, "Instances", call.shelf().get("instances", []))
