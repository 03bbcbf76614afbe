"""Detective: whether there is a behaviour graph."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.wire import paged


@answers("detective")
def list_graphs(call: Call) -> dict[str, Any]:
    return paged(call, "GraphList", call.shelf().get("graphs", []))


@answers("detective")
def list_invitations(call: Call) -> dict[str, Any]:
    return paged(call, "Invitations", call.shelf().get("invitations", []))


@answers("detective")
def list_organization_admin_accounts(call: Call) -> dict[str, Any]:
    admin = call.world.peek(call.world.management, call.region, "detective").get("admin", "")
    return {"Administrators": [{"AccountId": admin}] if admin else []}
