"""Reads from a trail's selectors which events it records, whichever of the two forms they have. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.resource import Resource
from posture.core.values import Fields

ALL_S3 = frozenset({"arn:aws:s3", "arn:aws:s3:::", "arn:aws-cn:s3", "arn:aws-us-gov:s3"})
"""Values of a basic selector that stand for every bucket."""


def records_management_events(trail: Resource) -> bool:
    """Tell whether the trail records both reading and writing management events."""
    basic = trail.config.items_of("EventSelectors")
    if any(selector.get("IncludeManagementEvents") and selector.get("ReadWriteType") == "All" for selector in basic):
        return True
    fields = [_equals(selector) for selector in trail.config.items_of("AdvancedEventSelectors")]
    return any(_category(selector) == "Management" and "readOnly" not in selector for selector in fields)


def records_s3_objects(trail: Resource, *, writes: bool) -> bool:
    """Tell whether the trail records writes to, or reads from, the objects of all buckets."""
    basic = trail.config.items_of("EventSelectors")
    wanted = {"All", "WriteOnly" if writes else "ReadOnly"}
    if any(selector.get("ReadWriteType") in wanted and _all_buckets(selector) for selector in basic):
        return True
    return any(_advanced_s3(selector, writes=writes) for selector in trail.config.items_of("AdvancedEventSelectors"))


def _all_buckets(selector: Fields) -> bool:
    return any(
        data["Type"] == "AWS::S3::Object" and ALL_S3 & set(data.items_of("Values"))
        for data in selector.items_of("DataResources")
    )


def _advanced_s3(selector: Fields, *, writes: bool) -> bool:
    names = {field["Field"] for field in selector.items_of("FieldSelectors")}
    fields = _equals(selector)
    if _category(fields) != "Data" or "AWS::S3::Object" not in fields.get("resources.type", ()):
        return False
    # Any other field, such as resources.ARN or eventName, narrows what is recorded.
    if not names <= {"eventCategory", "resources.type", "readOnly"}:
        return False
    return "readOnly" not in names or fields.get("readOnly") == ["false" if writes else "true"]


def _category(fields: dict[str, list[str]]) -> str:
    return next(iter(fields.get("eventCategory", ())), "")


def _equals(selector: Fields) -> dict[str, list[str]]:
    return dict(_pairs(selector))


def _pairs(selector: Fields) -> Iterator[tuple[str, list[str]]]:
    for field in selector.items_of("FieldSelectors"):
        yield field["Field"], field.items_of("Equals")
