"""AWS Global Accelerator, of which moto knows nothing: there is none."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call


@answers("globalaccelerator")
def list_accelerators(call: Call) -> dict[str, Any]:
    return {"Accelerators": call.shelf().get("accelerators", [])}
