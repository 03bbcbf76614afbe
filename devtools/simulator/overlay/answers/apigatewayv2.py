"""HTTP APIs: their authorizers, which moto can make and not list."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call


@answers("apigatewayv2")
def get_authorizers(call: Call) -> dict[str, Any]:
    return {"Items": call.shelf().get("authorizers", {}).get(call.params["ApiId"], [])}
