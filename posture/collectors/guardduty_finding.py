"""GuardDuty's unarchived findings of the account, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from posture.core.collector import Ask, Column, Family, collector
from posture.core.gap import GapReason
from posture.core.resource import Resource
from posture.core.values import Unknown

MAX_FINDINGS = 1000
"""As many findings are read for one region of an account; that there are more is said."""
AT_ONCE = 50
"""As many ids does GetFindings take."""
BANDS = ((9.0, "CRITICAL"), (7.0, "HIGH"), (4.0, "MEDIUM"), (0.0, "LOW"))
"""GuardDuty's severity levels by their lowest number (GuardDuty User Guide)."""
IDENTIFIERS = (
    ("InstanceDetails", "InstanceId"),
    ("AccessKeyDetails", "UserName"),
    ("EksClusterDetails", "Arn"),
    ("EcsClusterDetails", "Arn"),
    ("LambdaDetails", "FunctionArn"),
    ("RdsDbInstanceDetails", "DbInstanceArn"),
    ("RdsLimitlessDbDetails", "DbShardGroupArn"),
    ("EbsSnapshotDetails", "SnapshotArn"),
    ("Ec2ImageDetails", "ImageArn"),
    ("RecoveryPointDetails", "RecoveryPointArn"),
)
"""Where each kind of resource has the name that people know it by."""


@collector(
    resource_type="AWS::GuardDuty::Finding",
    title="GuardDuty finding",
    plural="GuardDuty findings",
    service="guardduty",
    family=Family.SECURITY,
    actions=("guardduty:GetFindings", "guardduty:ListDetectors", "guardduty:ListFindings"),
    columns=(
        Column("SeverityBand", "Severity"),
        Column("Type", "Type"),
        Column("ResourceId", "Resource"),
        Column("CreatedAt", "First seen"),
        Column("observed.UpdatedAt", "Last seen"),
        Column("observed.Count", "Times"),
    ),
    observed=("UpdatedAt", "Count"),
)
def findings(ask: Ask) -> Iterator[Resource]:
    """Signs of an attack, or of something already taken over, that wait for somebody to look.

    Findings of member accounts, which an administrator sees as well, are left to those accounts.
    """
    for detector in ask.pages("guardduty", "list_detectors", "DetectorIds"):
        yield from _of_detector(ask, detector)


def _of_detector(ask: Ask, detector: str) -> Iterator[Resource]:
    ids = list(islice(_ids(ask, detector), MAX_FINDINGS + 1))
    chunks = [ids[start : start + AT_ONCE] for start in range(0, min(len(ids), MAX_FINDINGS), AT_ONCE)]
    for found in ask.each(lambda chunk: _read(ask, detector, chunk), chunks):
        yield from (_finding(ask, raw) for raw in found)
    if len(ids) > MAX_FINDINGS:
        yield _further(ask, detector)


def _ids(ask: Ask, detector: str) -> Iterator[str]:
    criterion = {"service.archived": {"Equals": ["false"]}, "accountId": {"Equals": [ask.account_id]}}
    return ask.pages(
        "guardduty",
        "list_findings",
        "FindingIds",
        DetectorId=detector,
        FindingCriteria={"Criterion": criterion},
        SortCriteria={"AttributeName": "severity", "OrderBy": "DESC"},
    )


def _read(ask: Ask, detector: str, ids: Sequence[str]) -> list[Mapping[str, Any]]:
    found = ask.pages("guardduty", "get_findings", "Findings", DetectorId=detector, FindingIds=list(ids))
    return [raw for raw in found if raw["AccountId"] == ask.account_id]


def _finding(ask: Ask, raw: Mapping[str, Any]) -> Resource:
    severity, resource = float(raw["Severity"]), raw.get("Resource") or {}
    return ask.resource(
        {
            "Id": raw["Id"],
            "Type": raw["Type"],
            "Title": raw.get("Title"),
            "Severity": severity,
            "SeverityBand": next(name for lowest, name in BANDS if severity >= lowest),
            "ResourceType": resource.get("ResourceType"),
            "ResourceId": _resource_id(resource),
            "CreatedAt": raw.get("CreatedAt"),
            "UpdatedAt": raw.get("UpdatedAt"),
            "Count": (raw.get("Service") or {}).get("Count"),
        },
        arn=raw["Arn"],
        name=str(raw.get("Title") or raw["Type"]),
    )


def _resource_id(resource: Mapping[str, Any]) -> str | None:
    buckets = [bucket.get("Arn") for bucket in resource.get("S3BucketDetails") or ()]
    named = [(resource.get(kind) or {}).get(key) for kind, key in IDENTIFIERS]
    return next((str(one) for one in (*buckets, *named) if one), None)


def _further(ask: Ask, detector: str) -> Resource:
    """Return a marker for the unread findings beyond the maximum: there, and unknown."""
    unread = Unknown("guardduty:GetFindings", f"MoreThan{MAX_FINDINGS}", GapReason.TIMED_OUT)
    keys = ("Type", "Severity", "SeverityBand", "ResourceId", "CreatedAt")
    return ask.resource(
        dict.fromkeys(keys, unread),
        arn=ask.arn("guardduty", f"detector/{detector}/finding/further"),
        name=f"Further findings, beyond {MAX_FINDINGS}",
    )
