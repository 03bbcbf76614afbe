"""Which events a trail's selectors record, in either form. Declares no check."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.resource import Resource
from posture.core.values import Fields

READS, WRITES = "ReadOnly", "WriteOnly"
EVERYTHING = frozenset({READS, WRITES})
ALL_S3 = frozenset({"arn:aws:s3", "arn:aws:s3:::", "arn:aws-cn:s3", "arn:aws-us-gov:s3"})
"""Values of a basic selector that stand for every bucket."""


def management_events(trail: Resource) -> frozenset[str]:
    """Return which management events a trail records in full: `READS`, `WRITES`.

    A selector that leaves out a service, as KMS, records a part only, and counts for nothing.
    """
    basic = (
        _kinds(selector)
        for selector in trail.config.items_of("EventSelectors")
        if selector.get("IncludeManagementEvents") and not selector.get("ExcludeManagementEventSources")
    )
    advanced = (_advanced(one, "Management") for one in trail.config.items_of("AdvancedEventSelectors"))
    return frozenset().union(*basic, *advanced)


def s3_object_events(trail: Resource) -> frozenset[str]:
    """Return which object events of all buckets a trail records: `READS`, `WRITES`."""
    basic = (_kinds(one) for one in trail.config.items_of("EventSelectors") if _all_buckets(one))
    advanced = (_advanced(one, "Data", "AWS::S3::Object") for one in trail.config.items_of("AdvancedEventSelectors"))
    return frozenset().union(*basic, *advanced)


def _kinds(selector: Fields) -> frozenset[str]:
    kind = selector.get("ReadWriteType") or "All"
    return EVERYTHING if kind == "All" else EVERYTHING & {kind}


def _all_buckets(selector: Fields) -> bool:
    return any(
        data["Type"] == "AWS::S3::Object" and ALL_S3 & set(data.items_of("Values"))
        for data in selector.items_of("DataResources")
    )


def _advanced(selector: Fields, category: str, resource_type: str = "") -> frozenset[str]:
    """Return what an advanced selector records of a category; nothing if narrowed."""
    fields = dict(_fields(selector))
    wanted = {"eventCategory": [category], **({"resources.type": [resource_type]} if resource_type else {})}
    if any(fields.pop(name, None) != values for name, values in wanted.items()):
        return frozenset()
    read_only = fields.pop("readOnly", ["true", "false"])
    if fields:
        return frozenset()
    return frozenset({READS if value == "true" else WRITES for value in read_only or ()})


def _fields(selector: Fields) -> Iterator[tuple[str, list[str] | None]]:
    """Yield each field with the values that it must equal; None for other operators."""
    for field in selector.items_of("FieldSelectors"):
        others = [name for name in field if name not in {"Field", "Equals"} and field.get(name)]
        values = None if others else field.items_of("Equals")
        if values != [] and not _spans_s3(field):
            yield field["Field"], values


def _spans_s3(field: Fields) -> bool:
    """Return True for an ARN prefix that every bucket has."""
    starts = set(field.items_of("StartsWith"))
    return field["Field"] == "resources.ARN" and bool(starts) and starts <= {f"{arn.rstrip(':')}:::" for arn in ALL_S3}
