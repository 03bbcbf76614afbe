"""App Runner, of which moto knows nothing."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError

SUMMARY = ("ServiceName", "ServiceId", "ServiceArn", "ServiceUrl", "CreatedAt", "UpdatedAt", "Status")


@answers("apprunner")
def list_services(call: Call) -> dict[str, Any]:
    services = call.shelf().get("services", {})
    return {"ServiceSummaryList": [{key: one[key] for key in SUMMARY} for one in services.values()]}


@answers("apprunner")
def describe_service(call: Call) -> dict[str, Any]:
    return {"Service": _service(call, call.params["ServiceArn"])}


@answers("apprunner")
def list_tags_for_resource(call: Call) -> dict[str, Any]:
    _service(call, call.params["ResourceArn"])
    return {"Tags": call.shelf().get("tags", {}).get(call.params["ResourceArn"], [])}


def _service(call: Call, arn: str) -> Any:
    found = call.shelf().get("services", {}).get(arn)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"{arn} does not exist.", 400)
    return found
