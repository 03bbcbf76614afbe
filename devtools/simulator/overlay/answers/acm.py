"""ACM: certificates of the data, since moto's have keys that cannot be saved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError
from devtools.simulator.overlay.wire import paged

MOMENTS = ("NotBefore", "NotAfter", "CreatedAt")


@answers("acm")
def list_certificates(call: Call) -> dict[str, Any]:
    listed = [
        {key: each[key] for key in ("CertificateArn", "DomainName")} for each in call.shelf().get("certificates", [])
    ]
    return paged(call, "CertificateSummaryList", listed)


@answers("acm")
def describe_certificate(call: Call) -> dict[str, Any]:
    """Answer with what uses it, too; EXPIRED once it has ended."""
    found = _found(call)
    made: dict[str, Any] = {key: value for key, value in found.items() if key != "Tags"}
    made |= {key: dt.datetime.fromisoformat(found[key]) for key in MOMENTS}
    made["InUseBy"] = call.shelf().get("used", {}).get(found["CertificateArn"], [])
    if made["NotAfter"] < dt.datetime.now(dt.UTC):
        made["Status"] = "EXPIRED"
    return {"Certificate": made}


@answers("acm")
def list_tags_for_certificate(call: Call) -> dict[str, Any]:
    return {"Tags": _found(call)["Tags"]}


def _found(call: Call) -> Mapping[str, Any]:
    arn = call.params["CertificateArn"]
    for each in call.shelf().get("certificates", []):
        if each["CertificateArn"] == arn:
            found: Mapping[str, Any] = each
            return found
    raise AwsError("ResourceNotFoundException", f"Could not find certificate {arn}.", 400)
