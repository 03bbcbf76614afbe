"""IAM's credential report and its rows, for two collectors: root, and the users.

AWS makes the report on request, takes some seconds for it, and hands out the same one for four hours.
"""

from __future__ import annotations

import base64
import csv
import io
import time
from collections.abc import Iterator, Mapping
from typing import Any

from posture.collectors.enablement import unless_off
from posture.core.collector import Ask
from posture.core.gap import GapReason
from posture.core.values import Unknown, UnknownFieldError

ACTIONS = ("iam:GenerateCredentialReport", "iam:GetCredentialReport")
NOT_READY = ("ReportNotPresent", "ReportExpired", "ReportInProgress")
ROOT = "<root_account>"
LAST_USED = (
    "password_last_used",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
)
IGNORED = ("password_next_rotation",)
NOTHING = frozenset({"N/A", "no_information", "not_supported", ""})
"""What the report writes where there is no value."""

WAITS = (0.5, 1.0, 2.0, *[4.0] * 10)
"""Seconds between looks; a large account's report takes half a minute."""

Row = dict[str, Any]


def rows(ask: Ask) -> Iterator[Row]:
    """Yield a row for root and each user: the report's column names and typed values."""
    content = base64.b64decode(_report(ask)["Content"]).decode()
    for row in csv.DictReader(io.StringIO(content)):
        yield {column: _value(text) for column, text in row.items()}


def _report(ask: Ask) -> Mapping[str, Any]:
    for seconds in WAITS:
        state = unless_off(ask.call("iam", "generate_credential_report")) or {}
        if state.get("State") == "COMPLETE":
            report = unless_off(ask.call("iam", "get_credential_report", absent=NOT_READY))
            if report is not None:
                return report
        time.sleep(seconds)
    raise UnknownFieldError(Unknown("iam:GetCredentialReport", "ReportInProgress", GapReason.TIMED_OUT))


def _value(text: str) -> Any:
    if text in NOTHING:
        return None
    if text in {"true", "false"}:
        return text == "true"
    # The report writes +00:00 where AWS's APIs write Z.
    return text.replace("+00:00", "Z")
