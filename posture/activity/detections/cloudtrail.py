"""Trails that are stopped, removed or narrowed."""

from __future__ import annotations

from posture.activity.detection import detection
from posture.activity.events import Event, pick
from posture.core.outcome import Severity

TRAIL = {"name": "org-trail"}


@detection(
    id="cloudtrail_logging_stopped",
    title="Trail stopped",
    severity=Severity.CRITICAL,
    attack=("T1562.008",),
    events=("cloudtrail:StopLogging",),
    fires=({"event": "cloudtrail:StopLogging", "requestParameters": TRAIL},),
    quiet=(
        {"event": "cloudtrail:StartLogging", "requestParameters": TRAIL},
        {"event": "cloudtrail:StopLogging", "requestParameters": TRAIL, "errorCode": "AccessDenied"},
    ),
)
def logging_stopped(event: Event) -> str | None:
    """Return a sentence for each trail that records no more."""
    return f"Stopped trail {event.parameter('name')}."


@detection(
    id="cloudtrail_trail_deleted",
    title="Trail deleted",
    severity=Severity.CRITICAL,
    attack=("T1562.008",),
    events=("cloudtrail:DeleteTrail", "cloudtrail:DeleteEventDataStore"),
    fires=({"event": "cloudtrail:DeleteTrail", "requestParameters": TRAIL},),
    quiet=({"event": "cloudtrail:CreateTrail", "requestParameters": TRAIL},),
)
def trail_deleted(event: Event) -> str | None:
    """Return a sentence for each trail or event data store that is gone."""
    return f"Deleted {event.parameter('name') or event.parameter('eventDataStore')}."


@detection(
    id="cloudtrail_selectors_narrowed",
    title="Trail no longer records all management events",
    severity=Severity.HIGH,
    attack=("T1562.008",),
    events=("cloudtrail:PutEventSelectors",),
    fires=(
        {"event": "cloudtrail:PutEventSelectors", "requestParameters": {
            "trailName": "org-trail", "eventSelectors": [{"readWriteType": "ReadOnly"}],
        }},
        {"event": "cloudtrail:PutEventSelectors", "requestParameters": {
            "trailName": "org-trail", "eventSelectors": [{"readWriteType": "All", "includeManagementEvents": False}],
        }},
        {"event": "cloudtrail:PutEventSelectors", "requestParameters": {
            "trailName": "org-trail", "advancedEventSelectors": [
                {"fieldSelectors": [{"field": "eventCategory", "equals": ["Data"]}]},
            ],
        }},
    ),
    quiet=(
        {"event": "cloudtrail:PutEventSelectors", "requestParameters": {
            "trailName": "org-trail", "eventSelectors": [{"readWriteType": "All", "includeManagementEvents": True}],
        }},
        {"event": "cloudtrail:PutEventSelectors", "requestParameters": {
            "trailName": "org-trail", "advancedEventSelectors": [
                {"fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]},
            ],
        }},
    ),
)  # fmt: skip
def selectors_narrowed(event: Event) -> str | None:
    """Return a sentence where write events of the management plane are missed."""
    simple = event.items("eventSelectors")
    advanced = event.items("advancedEventSelectors")
    is_whole = any(
        pick(one, "readWriteType") != "ReadOnly"
        and pick(one, "includeManagementEvents") is not False
        and not pick(one, "excludeManagementEventSources")
        for one in simple
    ) or any(_selects_management(one) for one in advanced)
    return None if is_whole else f"Trail {event.parameter('trailName')} misses management events that change something."


def _selects_management(selector: object) -> bool:
    """Return True for a selector of management events that leaves out no writes."""
    fields = pick(selector, "fieldSelectors")
    fields = fields if isinstance(fields, list) else []
    selects = any(
        pick(one, "field") == "eventCategory" and "Management" in (pick(one, "equals") or ()) for one in fields
    )
    others = [one for one in fields if pick(one, "field") != "eventCategory"]
    # Reads may be left out: writes are then still recorded.
    leaves_writes = all(pick(one, "field") == "readOnly" and pick(one, "equals") == ["false"] for one in others)
    return selects and leaves_writes


@detection(
    id="cloudtrail_trail_weakened",
    title="Trail lost its coverage or validation",
    severity=Severity.HIGH,
    attack=("T1562.008",),
    events=("cloudtrail:UpdateTrail",),
    fires=(
        {"event": "cloudtrail:UpdateTrail", "requestParameters": {**TRAIL, "isMultiRegionTrail": False}},
        {"event": "cloudtrail:UpdateTrail", "requestParameters": {**TRAIL, "enableLogFileValidation": False}},
    ),
    quiet=({"event": "cloudtrail:UpdateTrail", "requestParameters": {**TRAIL, "isMultiRegionTrail": True}},),
)
def trail_weakened(event: Event) -> str | None:
    """Return a sentence where coverage or validation is given up."""
    lost = {
        "isMultiRegionTrail": "other regions",
        "isOrganizationTrail": "other accounts",
        "includeGlobalServiceEvents": "events of global services",
        "enableLogFileValidation": "validation of its files",
    }
    found = [what for key, what in lost.items() if event.get(f"requestParameters.{key}") is False]
    return f"Trail {event.parameter('name')} gave up {', '.join(found)}." if found else None
