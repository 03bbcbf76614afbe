"""CloudTrail's events, as exported trails and LookupEvents give them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

DEPTH_MAX = 60
"""Levels of values in an event; AWS's own have fewer than twenty."""
VALUES_MAX = 50_000
"""Values in an event; AWS cuts events at 256 KB."""
API_VERSION = re.compile(r"20\d\d_?\d\d_?\d\d(v\d)?$")
HOST_SUFFIX = ".amazonaws.com"


class EventError(ValueError):
    """A value is no CloudTrail event, or one beyond the bounds."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; whatever it says was written by others."""

    raw: Mapping[str, Any]
    id: str
    time: datetime
    source: str
    """The service, as `iam`."""
    name: str
    """The operation without the API's version, as `CreateFunction`."""

    @property
    def key(self) -> str:
        """The event as detections name it: `iam:CreateUser`."""
        return f"{self.source}:{self.name}"

    @property
    def account(self) -> str:
        """The account whose trail has the event."""
        return self.text("recipientAccountId") or self.text("userIdentity.accountId")

    @property
    def region(self) -> str:
        """The region that received the request."""
        return self.text("awsRegion")

    @property
    def address(self) -> str:
        """The caller's IP address, or the name of the service that called."""
        return self.text("sourceIPAddress")

    @property
    def error(self) -> str:
        """The code of the error by which AWS refused; empty if it was done."""
        return self.text("errorCode")

    @property
    def is_read(self) -> bool:
        """Return True for a call that changes nothing."""
        return self.flag("readOnly")

    @property
    def is_data(self) -> bool:
        """Return True for a data event, which trails record only if configured."""
        return self.text("eventCategory") == "Data" or self.raw.get("managementEvent") is False

    @property
    def is_omitted(self) -> bool:
        """Return True if CloudTrail left out the parameters for their size."""
        return self.flag("requestParameters.omitted")

    def get(self, path: str) -> Any:
        """Return the value at a dotted path, whatever the case of its keys, or None."""
        value: Any = self.raw
        for key in path.split("."):
            value = pick(value, key)
        return value

    def text(self, path: str) -> str:
        """Return the text at a path; empty for anything else."""
        value = self.get(path)
        return value if isinstance(value, str) else ""

    def flag(self, path: str) -> bool:
        """Return True for true at a path, be it a text."""
        value = self.get(path)
        return value is True or (isinstance(value, str) and value.lower() == "true")

    def parameter(self, path: str) -> str:
        """Return the text of a request parameter; empty for anything else."""
        return self.text(f"requestParameters.{path}")

    def items(self, path: str) -> list[Any]:
        """Return the request parameter's list, out of `items` or `member` if wrapped."""
        value = self.get(f"requestParameters.{path}")
        for wrapper in ("items", "member", "item"):
            value = value[wrapper] if isinstance(value, Mapping) and wrapper in value else value
        if value is None:
            return []
        return list(value) if isinstance(value, list) else [value]


def pick(value: Any, key: str) -> Any:
    """Return a mapping's value by its key, whose case CloudTrail changes, or None."""
    if not isinstance(value, Mapping):
        return None
    if key in value:
        return value[key]
    lowered = key.lower()
    return next((found for name, found in value.items() if isinstance(name, str) and name.lower() == lowered), None)


def parse_event(raw: Any) -> Event:
    """Return an event of a trail or of LookupEvents; raises EventError."""
    if isinstance(raw, Mapping) and isinstance(raw.get("CloudTrailEvent"), str):
        raw = _loads(raw["CloudTrailEvent"])
    if not isinstance(raw, Mapping):
        raise EventError("it is no JSON object")
    _refuse_large(raw)
    texts = {key: raw.get(key) for key in ("eventID", "eventTime", "eventSource", "eventName")}
    if missing := [key for key, value in texts.items() if not isinstance(value, str) or not value]:
        raise EventError(f"it has no {', '.join(missing)}")
    source = str(texts["eventSource"]).removesuffix(HOST_SUFFIX)
    name = API_VERSION.sub("", str(texts["eventName"]))
    return Event(raw, str(texts["eventID"]), parse_time(str(texts["eventTime"])), source, name)


def parse_time(text: str) -> datetime:
    """Return an ISO 8601 time in UTC; raises EventError."""
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise EventError("its time cannot be read") from error


def parse_records(text: str) -> Iterator[Event | EventError]:
    """Yield a file's events, and an error for each record that is none.

    The text is a trail's file (`Records`), an answer of LookupEvents (`Events`), a list, one event, or JSON lines.
    """
    try:
        records = _records(_loads(text))
    except EventError:
        lines = [line for line in text.splitlines() if line.strip()]
        records = lines if len(lines) > 1 else [text]
    for record in records:
        try:
            yield parse_event(_loads(record) if isinstance(record, str) else record)
        except EventError as error:
            yield error


def _records(content: Any) -> list[Any]:
    if isinstance(content, Mapping):
        for key in ("Records", "Events"):
            if isinstance(content.get(key), list):
                return list(content[key])
    return content if isinstance(content, list) else [content]


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise EventError("it is nested too deeply") from error
    except ValueError as error:
        raise EventError("it is no valid JSON") from error


def _refuse_large(raw: Mapping[str, Any]) -> None:
    """Refuse an event of more levels or values than AWS writes."""
    level: list[Any] = [raw]
    count = 0
    for _ in range(DEPTH_MAX):
        level = [inner for value in level for inner in _inner(value)]
        count += len(level)
        if count > VALUES_MAX:
            raise EventError(f"it has more than {VALUES_MAX:,} values")
        if not level:
            return
    raise EventError(f"it has more than {DEPTH_MAX} levels")


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
