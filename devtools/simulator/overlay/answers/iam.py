"""IAM, with root in the credential report and the summary, and central access."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

from moto.iam.models import AWSManagedPolicy, iam_backends

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.answers.organizations import require_management
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.session_policies import AWS_OWNED, aws_managed_policies
from devtools.simulator.overlay.terms import AwsError, Reply
from devtools.simulator.overlay.world import EVERYWHERE

COLUMNS = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(
        f"access_key_{number}_{column}"
        for number in (1, 2)
        for column in ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
    ),
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
]


def kept(call: Call) -> dict[str, Any]:
    return call.world.peek(call.account, EVERYWHERE, "iam")


@answers("iam")
def get_account_summary(call: Call) -> dict[str, Any]:
    answer = call.beneath()
    root = kept(call).get("root", {})
    answer["SummaryMap"] |= {
        "AccountMFAEnabled": int(root.get("mfa", False)),
        "AccountAccessKeysPresent": int(root.get("access_keys", 0)),
        "AccountPasswordPresent": int(root.get("password", True)),
    }
    return answer


@answers("iam")
def generate_credential_report(call: Call) -> dict[str, Any]:
    """Answer STARTED the first time, as AWS does; the report is ready at the next."""
    shelf = call.shelf(region=EVERYWHERE)
    if shelf.setdefault("report_asked", False):
        return {"State": "COMPLETE"}
    shelf["report_asked"] = True
    return {"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}


@answers("iam")
def get_credential_report(call: Call) -> dict[str, Any]:
    if not kept(call).get("report_asked"):
        raise AwsError("ReportNotPresent", "No report exists.", 410)
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="N/A", lineterminator="\n")
    writer.writeheader()
    writer.writerows([_dated(row) for row in kept(call).get("report", [])])
    now = dt.datetime.now(dt.UTC)
    return {"Content": out.getvalue().rstrip("\n").encode(), "ReportFormat": "text/csv", "GeneratedTime": now}


def _dated(row: dict[str, str]) -> dict[str, str]:
    """Turn `3 days ago` into a date.

    What is used every week must look so in every week.
    """
    return {key: _date(value) for key, value in row.items()}


def _date(value: str) -> str:
    if not value.endswith(" days ago"):
        return value
    at = dt.datetime.now(dt.UTC) - dt.timedelta(days=int(value.split(maxsplit=1)[0]))
    # Nothing was used later today than now.
    return min(at, at.replace(hour=8, minute=14, second=0)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


@answers("iam")
def get_account_authorization_details(call: Call) -> dict[str, Any]:
    """Answer with when roles were used last, which moto does not keep."""
    answer = call.beneath()
    used = kept(call).get("last_used", {})
    for role in answer.get("RoleDetailList", []):
        if when := used.get(role["RoleName"]):
            last = dt.datetime.fromisoformat(_date(when))
            role["RoleLastUsed"] = {"LastUsedDate": last, "Region": call.world.regions[0]}
    return answer


@answers("iam", "AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy")
def attach_policy(call: Call) -> Reply:
    """Attach a policy; of AWS's own, moto learns those alone that something has."""
    arn = str(call.params["PolicyArn"])
    known = iam_backends[call.account]["aws"].managed_policies
    found = aws_managed_policies().get(arn.removeprefix(AWS_OWNED))
    if found and arn.startswith(AWS_OWNED) and arn not in known:
        known[arn] = AWSManagedPolicy.from_data(found["Name"], call.account, call.region, found)
    return call.pass_on(call, None)


@answers("iam")
def list_organizations_features(call: Call) -> dict[str, Any]:
    require_management(call)
    features = call.world.organization.get("root_features", [])
    return {"OrganizationId": call.world.organization["id"], "EnabledFeatures": features}
