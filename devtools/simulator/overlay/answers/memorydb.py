"""MemoryDB: there is none; moto asks for a subnet that accounts here lack."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call


@answers("memorydb")
def describe_clusters(call: Call) -> dict[str, Any]:
    return {"Clusters": call.shelf().get("clusters", [])}
