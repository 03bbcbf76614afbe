"""CloudWatch Logs: more log groups than anybody would make one by one."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.wire import paged


@answers("logs")
def describe_log_groups(call: Call) -> dict[str, Any]:
    """Answer with as many groups as the shelf says, page by page."""
    many = int(call.shelf().get("many_log_groups", 0))
    if not many:
        return call.beneath()

    def group(number: int) -> dict[str, Any]:
        name = f"/aws/lambda/function-{number}"
        arn = f"arn:aws:logs:{call.region}:{call.account}:log-group:{name}"
        return {"logGroupName": name, "arn": f"{arn}:*", "logGroupArn": arn, "retentionInDays": 30}

    page = paged(call, "logGroups", range(many), most=50)
    return {**page, "logGroups": [group(number) for number in page["logGroups"]]}
