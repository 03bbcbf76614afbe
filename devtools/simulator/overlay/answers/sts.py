"""STS, which assumes roles by the rules of `identity`."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay import identity
from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call

answers("sts", "AssumeRole")(identity.assume_role)


@answers("sts")
def get_caller_identity(call: Call) -> dict[str, Any]:
    return {"Account": call.account, "Arn": call.caller.arn, "UserId": call.caller.user_id}
