"""Redshift Serverless, of which moto knows nothing: there is none."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call


@answers("redshift-serverless")
def list_namespaces(call: Call) -> dict[str, Any]:
    return {"namespaces": call.shelf().get("namespaces", [])}
