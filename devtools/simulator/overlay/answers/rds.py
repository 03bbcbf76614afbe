"""Parameters of RDS, of which moto knows those alone that somebody set."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call

DEFAULTS = {
    "aurora-mysql": ("require_secure_transport", "OFF"),
    "aurora-postgresql": ("rds.force_ssl", "0"),
    "mysql": ("require_secure_transport", "0"),
    "postgres": ("rds.force_ssl", "1"),
}
"""By the engine that the name of a default group begins with; PostgreSQL requires TLS since version 15."""


@answers("rds", "DescribeDBParameters")
def describe_db_parameters(call: Call) -> dict[str, Any]:
    return {"Parameters": _parameters(str(call.params["DBParameterGroupName"]))}


@answers("rds", "DescribeDBClusterParameters")
def describe_db_cluster_parameters(call: Call) -> dict[str, Any]:
    return {"Parameters": _parameters(str(call.params["DBClusterParameterGroupName"]))}


def _parameters(group: str) -> list[dict[str, str]]:
    engine = next((name for name in DEFAULTS if group.startswith(f"default.{name}")), None)
    if engine is None:
        return []
    parameter, value = DEFAULTS[engine]
    return [{"ParameterName": parameter, "ParameterValue": value, "Source": "system"}]
