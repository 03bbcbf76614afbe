"""MemoryDB: there is none, where moto asks for a default subnet that accounts here do not have."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call


@answers("memorydb")
def describe_clusters(call: Call) -> dict[str, Any]:
    return {"Clusters": call.shelf().get("clusters", [])}
