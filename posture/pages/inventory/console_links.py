"""Links to resources in the AWS console."""

from __future__ import annotations

from urllib.parse import urlencode

from posture.history.query import ResourceRecord

CONSOLES = {
    "aws": "https://console.aws.amazon.com",
    "aws-cn": "https://console.amazonaws.cn",
    "aws-us-gov": "https://console.amazonaws-us-gov.com",
}
"""By partition."""


def console_url(record: ResourceRecord) -> str:
    """Return a resource's page in the AWS console; empty if it has none."""
    parts = record.arn.split(":")
    is_own = record.account.organization.is_simulated or record.members is not None
    # The console finds no object of Kubernetes by an ARN.
    is_own = is_own or record.type.startswith("Kubernetes::")
    if is_own or parts[0] != "arn" or parts[1] not in CONSOLES:
        return ""
    return f"{CONSOLES[parts[1]]}/go/view?{urlencode({'arn': record.arn})}"
