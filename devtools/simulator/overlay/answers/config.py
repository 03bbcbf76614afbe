"""AWS Config, with the status of deliveries."""

from __future__ import annotations

import datetime as dt
from typing import Any

from moto.config.models import config_backends

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call


@answers("config")
def describe_delivery_channel_status(call: Call) -> dict[str, Any]:
    """Report successful deliveries, or the shelf's `delivery_error` (code, message)."""
    backend = config_backends[call.account][call.region]
    error = call.shelf().get("delivery_error")
    latest: dict[str, Any] = {"lastStatus": "FAILURE" if error else "SUCCESS", "lastAttemptTime": _today()}
    if error:
        latest |= {"lastErrorCode": error["code"], "lastErrorMessage": error["message"]}
    else:
        latest["lastSuccessfulTime"] = _today()
    stream = {"lastStatus": latest["lastStatus"], "lastStatusChangeTime": _today()}
    statuses = [
        {"name": name, "configHistoryDeliveryInfo": latest, "configStreamDeliveryInfo": stream}
        for name in backend.delivery_channels
    ]
    return {"DeliveryChannelsStatus": statuses}


def _today() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
