"""Properties of resources that a practice asks for, by kind.

Which share is encrypted at rest and in transit, supported, backed up, logged. The figures are check counts, and each
leads to the findings that it counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest

from posture.collectors import all_collectors
from posture.drawing import properties as drawing
from posture.drawing.properties import PropertyRow, PropertyShare
from posture.web.pictures import Panel, PanelValue
from posture.web.practice_pictures import CheckTotals
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure

AS_READ = ", as far as it was read"
ROWS_MAX = 16
"""Kinds that the picture shows, those that lack most first; the table has all."""
PROPERTIES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "encryption": {
        "In transit": (
            "_tls_required", "_tls_enforced", "_requires_tls", "_uses_tls", "_offers_tls", "_modern_tls",
            "_modern_tls_to_origins", "_listens_by_tls", "_https", "_by_https", "_http_redirected",
            "_insecure_transport_denied", "_clients_encrypted", "_brokers_encrypted", "_between_nodes", "_ikev2",
        ),
        "At rest": ("_encrypted", "_encrypted_with_kms", "_encrypted_with_own_key", "_encryption_default"),
    },
    "legacy": {
        "In support": ("_supported", "_supported_version", "_maintained_image", "_platform_latest"),
        "Takes new versions": ("_minor_upgrades", "_minor_upgrades_automatic", "_upgrades", "_software_updated"),
        "Current generation": (
            "_current_generation", "_current_nodes", "_hvm", "_uses_template", "_imdsv2_required", "_modern_tls",
        ),
    },
    "data": {
        "Backed up": (
            "_backups_kept", "_snapshots_kept", "_backed_up", "_recoverable", "_versioning_enabled", "_snapshotted",
        ),
        "Kept from deletion": ("_deletion_protected", "_object_lock_enabled", "_vault_locked"),
        "In a second place": ("_multi_az", "_replicated", "_copies_elsewhere"),
    },
    "activity": {
        "Requests logged": (
            "_logs", "_logs_accesses", "_logs_access", "_logs_queries", "_logs_exported", "_logs_delivered",
            "_access_logging_enabled", "_flow_logs_enabled", "_flow_logs", "_logs_connections", "_connection_logged",
            "_errors_logged", "_logging_configured", "_audit_log_exported",
        ),
        "Audit log written": ("_audit_log_written", "_audit_logs", "_logs_executions", "_exec_logged"),
        "Kept and delivered": ("_audit_events_kept", "_delivered", "_delivering", "_log_validation_enabled"),
    },
}  # fmt: skip
"""How the ids of the checks end that judge each property of a practice; the first that fits counts."""


def properties_panel(request: HttpRequest, practice_id: str, judged: Sequence[CheckTotals]) -> Panel | None:
    """Return the share of each kind that has each property; None without any."""
    columns = list(PROPERTIES.get(practice_id, ()))
    by_kind: dict[str, dict[str, list[CheckTotals]]] = {}
    for one in judged:
        column = property_of(practice_id, one.check.id)
        if column and one.total:
            by_kind.setdefault(one.check.resource_type, {}).setdefault(column, []).append(one)
    if not by_kind:
        return None
    rows = [
        PropertyRow(_kind_name(kind), [_share(request, found.get(column, ())) for column in columns])
        for kind, found in by_kind.items()
    ]
    rows.sort(
        key=lambda row: (-sum(one.failed for one in row.shares), -sum(one.unknown for one in row.shares), row.name)
    )
    used = [place for place in range(len(columns)) if any(row.shares[place].total for row in rows)]
    columns = [columns[place] for place in used]
    rows = [PropertyRow(row.name, [row.shares[place] for place in used]) for row in rows]
    title = _title(columns, rows)
    return Panel(
        title,
        "Findings",
        url_in_scope(request, "findings:list", None, practice=practice_id, group="none"),
        drawing.draw(columns, rows[:ROWS_MAX], title),
        ("Kind", *(f"{name}: {part}" for name in columns for part in ("yes", "no", "not seen"))),
        [_table_row(row) for row in rows],
        drawing.draw_narrow(_totals(request, practice_id, columns, judged), title),
        id="properties",
    )


def _totals(
    request: HttpRequest, practice_id: str, columns: Sequence[str], judged: Sequence[CheckTotals]
) -> list[PropertyRow]:
    """Return a row for each property, over all kinds."""
    return [
        PropertyRow(name, [_share(request, [one for one in judged if property_of(practice_id, one.check.id) == name])])
        for name in columns
    ]


def property_of(practice_id: str, check_id: str) -> str:
    """Return the property of a practice that a check judges; empty for none."""
    for name, endings in PROPERTIES.get(practice_id, {}).items():
        if check_id.endswith(tuple(endings)):
            return name
    return ""


def _share(request: HttpRequest, found: Sequence[CheckTotals]) -> PropertyShare:
    passed, failed = sum(one.passed for one in found), sum(one.failed for one in found)
    unknown = sum(one.unknown for one in found)
    ids = [one.check.id for one in found]
    status = "fail" if failed else "unknown"
    url = url_in_scope(request, "findings:list", None, status=status, check=ids, group="none")
    return PropertyShare(passed, failed, unknown, url if failed or unknown else "")


def _kind_name(resource_type: str) -> str:
    collector = all_collectors().get(resource_type)
    return collector.plural if collector else resource_type


def _title(columns: Sequence[str], rows: Sequence[PropertyRow]) -> str:
    """Return "In transit: 3 of 40 not; at rest: all 85"."""
    parts: list[str] = []
    for place, name in enumerate(columns):
        failed = sum(row.shares[place].failed for row in rows)
        total = sum(row.shares[place].total for row in rows)
        words = f"{figure(failed)} of {figure(total)} not" if failed else f"{figure(total)} judged, none fails"
        parts.append(f"{name.lower() if parts else name}: {words}")
    unseen = any(one.unknown for row in rows for one in row.shares)
    return "; ".join(parts) + (AS_READ if unseen else "")


def _table_row(row: PropertyRow) -> Sequence[PanelValue]:
    return row.name, *(number for one in row.shares for number in (one.passed, one.failed, one.unknown))
