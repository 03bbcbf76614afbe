"""CloudWatch, with metrics that AWS publishes by itself."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call


@answers("cloudwatch")
def get_metric_statistics(call: Call) -> dict[str, Any]:
    """Answer with one point, where the shelf has the first dimension's metric."""
    dimensions = call.params.get("Dimensions") or [{"Value": ""}]
    value = call.shelf().get(call.params["MetricName"], {}).get(dimensions[0]["Value"])
    points = [] if value is None else [{"Timestamp": call.params["EndTime"], "Average": value, "Unit": "Count"}]
    return {"Label": call.params["MetricName"], "Datapoints": points}
