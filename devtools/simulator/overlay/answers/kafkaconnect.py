"""MSK Connect, of which moto knows nothing: there is none."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call


@answers("kafkaconnect")
def list_connectors(call: Call) -> dict[str, Any]:
    return {"connectors": call.shelf().get("connectors", [])}
