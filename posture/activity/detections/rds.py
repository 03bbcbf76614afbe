"""Databases that are opened, copied out or lose their protection."""

from __future__ import annotations

from posture.activity.detection import detection
from posture.activity.events import Event
from posture.activity.policies import sharing
from posture.core.outcome import Severity

DATABASE = {"dBInstanceIdentifier": "orders"}
MODIFY = ("rds:ModifyDBInstance", "rds:ModifyDBCluster")


def _name(event: Event) -> str:
    keys = ("dBInstanceIdentifier", "dBClusterIdentifier", "dBSnapshotIdentifier", "dBClusterSnapshotIdentifier")
    return next((event.parameter(key) for key in keys if event.parameter(key)), "a database")


@detection(
    id="rds_snapshot_shared",
    title="Database snapshot shared with others",
    severity=Severity.HIGH,
    attack=("T1537",),
    events=("rds:ModifyDBSnapshotAttribute", "rds:ModifyDBClusterSnapshotAttribute"),
    fires=({"event": "rds:ModifyDBSnapshotAttribute", "requestParameters": {
        "dBSnapshotIdentifier": "s", "attributeName": "restore", "valuesToAdd": ["999999999999"],
    }},),
    quiet=({"event": "rds:ModifyDBSnapshotAttribute", "requestParameters": {
        "dBSnapshotIdentifier": "s", "attributeName": "restore", "valuesToRemove": ["999999999999"],
    }},),
)  # fmt: skip
def snapshot_shared(event: Event) -> str | None:
    """Return a sentence for everyone or accounts other than the own."""
    found = sharing(event, event.items("valuesToAdd")) if event.parameter("attributeName") == "restore" else ""
    return f"Shared snapshot {_name(event)} with {found}." if found else None


@detection(
    id="rds_database_made_public",
    title="Database made reachable from the internet",
    severity=Severity.HIGH,
    attack=("T1562.007",),
    events=(*MODIFY, "rds:CreateDBInstance", "rds:CreateDBCluster", "rds:RestoreDBInstanceFromDBSnapshot"),
    fires=({"event": "rds:ModifyDBInstance", "requestParameters": {**DATABASE, "publiclyAccessible": True}},),
    quiet=({"event": "rds:ModifyDBInstance", "requestParameters": {**DATABASE, "publiclyAccessible": False}},),
)
def made_public(event: Event) -> str | None:
    """Return a sentence where a database gets a public address."""
    is_public = event.flag("requestParameters.publiclyAccessible")
    return f"{_name(event)} has a public address." if is_public else None


@detection(
    id="rds_master_password_changed",
    title="Master password of a database changed",
    severity=Severity.MEDIUM,
    attack=("T1098",),
    events=MODIFY,
    fires=({"event": "rds:ModifyDBInstance", "requestParameters": {**DATABASE, "masterUserPassword": "****"}},),
    quiet=({"event": "rds:ModifyDBInstance", "requestParameters": {**DATABASE, "allocatedStorage": 20}},),
)
def password_changed(event: Event) -> str | None:
    """Return a sentence for each new password."""
    return f"Changed the master password of {_name(event)}." if event.parameter("masterUserPassword") else None


@detection(
    id="rds_snapshot_exported",
    title="Database snapshot exported to a bucket",
    severity=Severity.MEDIUM,
    attack=("T1537",),
    events=("rds:StartExportTask",),
    fires=({"event": "rds:StartExportTask", "requestParameters": {"sourceArn": "s", "s3BucketName": "b"}},),
    quiet=({"event": "rds:CancelExportTask", "requestParameters": {"exportTaskIdentifier": "t"}},),
)
def snapshot_exported(event: Event) -> str | None:
    """Return a sentence for each export."""
    return f"Exports {event.parameter('sourceArn')} to bucket {event.parameter('s3BucketName')}."


@detection(
    id="rds_activity_stream_stopped",
    title="Activity stream of a database stopped",
    severity=Severity.MEDIUM,
    attack=("T1562.008",),
    events=("rds:StopActivityStream",),
    fires=({"event": "rds:StopActivityStream", "requestParameters": {"resourceArn": "c"}},),
    quiet=({"event": "rds:StartActivityStream", "requestParameters": {"resourceArn": "c"}},),
)
def stream_stopped(event: Event) -> str | None:
    """Return a sentence where statements are recorded no more."""
    return f"Stopped the activity stream of {event.parameter('resourceArn')}."


@detection(
    id="rds_snapshot_deleted",
    title="Database snapshot deleted",
    severity=Severity.LOW,
    attack=("T1485", "T1490"),
    events=("rds:DeleteDBSnapshot", "rds:DeleteDBClusterSnapshot"),
    fires=({"event": "rds:DeleteDBSnapshot", "requestParameters": {"dBSnapshotIdentifier": "s"}},),
    quiet=({"event": "rds:CreateDBSnapshot", "requestParameters": {"dBSnapshotIdentifier": "s"}},),
)
def snapshot_deleted(event: Event) -> str | None:
    """Return a sentence for each copy that is gone."""
    return f"Deleted snapshot {_name(event)}."


@detection(
    id="rds_deletion_protection_removed",
    title="Database lost its deletion protection or backups",
    severity=Severity.MEDIUM,
    attack=("T1490",),
    events=MODIFY,
    fires=(
        {"event": "rds:ModifyDBInstance", "requestParameters": {**DATABASE, "deletionProtection": False}},
        {"event": "rds:ModifyDBInstance", "requestParameters": {**DATABASE, "backupRetentionPeriod": 0}},
    ),
    quiet=({"event": "rds:ModifyDBInstance", "requestParameters": {**DATABASE, "backupRetentionPeriod": 7}},),
)
def protection_removed(event: Event) -> str | None:
    """Return a sentence where a database can be deleted, or is backed up no more."""
    if event.get("requestParameters.deletionProtection") is False:
        return f"{_name(event)} is no longer protected from deletion."
    return (
        f"{_name(event)} is no longer backed up." if event.get("requestParameters.backupRetentionPeriod") == 0 else None
    )
