"""Account Management: regions and contacts."""

from __future__ import annotations

from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.answers.ec2 import CLOSED_REGIONS
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.wire import paged
from devtools.simulator.overlay.world import EVERYWHERE


@answers("account")
def list_regions(call: Call) -> dict[str, Any]:
    regions = [{"RegionName": r, "RegionOptStatus": "ENABLED_BY_DEFAULT"} for r in call.world.regions]
    regions += [{"RegionName": r, "RegionOptStatus": "DISABLED"} for r in CLOSED_REGIONS]
    wanted = call.params.get("RegionOptStatusContains")
    return paged(call, "Regions", [r for r in regions if not wanted or r["RegionOptStatus"] in wanted], most=50)


@answers("account")
def get_contact_information(call: Call) -> dict[str, Any]:
    account = call.params.get("AccountId") or call.account
    contact = call.world.peek(account, EVERYWHERE, "account").get("contact")
    if contact is None:
        raise AwsError("ResourceNotFoundException", "No contact information found for the account.")
    return {"ContactInformation": contact}
