"""Judge and investigate exported events from the command line.

`plumbline activity`, or `manage.py activity`.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from posture.activity.actors import Actor, access_key, channel, index_sessions, principal, resolve
from posture.activity.detection import Detection
from posture.activity.events import Event
from posture.activity.signals import DetectionReport, SignalGroup, detect, group
from posture.activity.sources import EventFiles, SourceError, read_path
from posture.core.outcome import Severity

DESCRIPTION = "Find risky activity in CloudTrail events: exported files, folders or .zip. Nothing is sent anywhere."
UNREADABLE = 2
"""The exit code where files cannot be read."""
SEVERITIES = {severity.name.lower(): severity for severity in Severity}
ADDRESSES_SHOWN = 5
REJECTED_SHOWN = 20
SUBJECT_KEYS = ("name", "id", "arn", "identifier")
"""Endings of request parameters that name what was acted on."""


@dataclass(frozen=True, slots=True)
class Query:
    """What an investigation asks for."""

    principal: str
    address: str
    key: str
    since: datetime | None
    until: datetime | None

    @property
    def is_asked(self) -> bool:
        """Return True if anything narrows the events."""
        return any((self.principal, self.address, self.key, self.since, self.until))

    def matches(self, event: Event, actor: Actor) -> bool:
        """Return True for events that were asked for."""
        wanted = self.principal.lower()
        names = (actor.name, actor.via, actor.service, principal(event))
        return (
            (not wanted or any(wanted in name.lower() for name in names))
            and (not self.address or self.address == event.address)
            and (not self.key or self.key in {access_key(event), event.text(ISSUED_KEY)})
            and (not self.since or event.time >= self.since)
            and (not self.until or event.time < self.until)
        )


ISSUED_KEY = "responseElements.credentials.accessKeyId"
"""The temporary key that an event handed out: the session begins with it."""


@dataclass(frozen=True, slots=True)
class ActivityOutput:
    """All that is printed."""

    log: EventFiles
    report: DetectionReport
    groups: Sequence[SignalGroup]
    timeline: Sequence[tuple[Event, Actor]] | None
    """Events that were asked for; None if nothing was."""
    fired: Mapping[int, Sequence[Detection]]
    """Detections by the `id()` of the event at which they fired."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument(
        "--from-files", type=Path, required=True, metavar="PATH", help="file, folder or .zip of events, as .json or .gz"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--fail-on",
        choices=tuple(SEVERITIES),
        help="end with 1 where a detection of this severity or a higher one fires or could not be judged",
    )
    asked = parser.add_argument_group("investigation", "Show the timeline of what matches all of these.")
    asked.add_argument("--principal", default="", metavar="TEXT", help="part of a person's, role's or ARN's name")
    asked.add_argument("--address", default="", metavar="IP", help="address of the caller")
    asked.add_argument("--key", default="", metavar="ID", help="access key that signed or was handed out")
    asked.add_argument("--since", type=_start, metavar="TIME", help="from this UTC time or day, as 2026-11-02T09:00")
    asked.add_argument("--until", type=_end, metavar="TIME", help="before this UTC time, or to the end of this day")


def _start(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"write it as 2026-11-02 or 2026-11-02T09:00, not as {text!r}") from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _end(text: str) -> datetime:
    is_day = len(text) == len("2026-11-02")
    return _start(text) + (timedelta(days=1) if is_day else timedelta())


def run(options: dict[str, Any], out: TextIO, err: TextIO) -> int:
    """Read, judge and print.

    Return 1 where something severe fires, 2 where nothing can be read.
    """
    try:
        log = read_path(options["from_files"])
    except (SourceError, OSError) as error:
        err.write(f"{_plain(str(error))}\n")
        return UNREADABLE
    _print_rejected(log, err)
    if not log.events:
        err.write("There is no CloudTrail event at this path: files end in .json, .jsonl, .gz of these, or .zip.\n")
        return UNREADABLE
    query = Query(*(options[name] for name in ("principal", "address", "key", "since", "until")))
    found = _find(log, query)
    out.writelines(f"{line}\n" for line in (_json(found) if options["json"] else _text(found)))
    limit = SEVERITIES.get(options["fail_on"] or "")
    if limit is None:
        return 0
    concerned = [one.detection for one in found.report.signals] + [one.detection for one in found.report.unjudged]
    severe = any(one.severity >= limit for one in concerned)
    # What could not be read may be as bad as what fires.
    return int(severe or bool(log.rejected))


def _find(log: EventFiles, query: Query) -> ActivityOutput:
    """Judge events and keep what was asked for.

    All are judged, so that bursts and chains of roles are whole.
    """
    report = detect(log.events)
    timeline = None
    if query.is_asked:
        sessions = index_sessions(log.events)
        actors = ((event, resolve(event, sessions)) for event in log.events)
        timeline = [(event, actor) for event, actor in actors if query.matches(event, actor)]
        report.signals = [one for one in report.signals if query.matches(one.event, one.actor)]
        report.unjudged = [one for one in report.unjudged if query.matches(one.event, resolve(one.event, sessions))]
    fired: dict[int, list[Detection]] = defaultdict(list)
    for signal in report.signals:
        fired[id(signal.event)].append(signal.detection)
    return ActivityOutput(log, report, group(report.signals), timeline, fired)


def _print_rejected(log: EventFiles, err: TextIO) -> None:
    for one in log.rejected[:REJECTED_SHOWN]:
        where = f"{one.file}, record {one.record}" if one.record else one.file
        err.write(f"{_plain(where)}: not read: {_plain(one.reason)}\n")
    if len(log.rejected) > REJECTED_SHOWN:
        err.write(f"{len(log.rejected) - REJECTED_SHOWN} more were not read.\n")


def _text(found: ActivityOutput) -> Iterator[str]:
    for one in found.groups:
        yield from _group_lines(one)
    for unjudged in found.report.unjudged:
        where = f"{unjudged.event.time:%Y-%m-%d %H:%M:%S} {unjudged.event.key}"
        yield _plain(f"Not judged by {unjudged.detection.id}: {where}: {unjudged.reason}")
    if found.timeline is not None:
        yield f"Timeline of {len(found.timeline)} events:"
        yield from (_timeline_line(found, event, actor) for event, actor in found.timeline)
    yield from _summary(found)


def _group_lines(one: SignalGroup) -> Iterator[str]:
    yield f"{one.detection.severity.label}: {one.detection.title} [{one.detection.id}]"
    yield f"    {_plain(one.actor.label)}"
    addresses = ", ".join(one.addresses[:ADDRESSES_SHOWN]) or "no address"
    more = len(one.addresses) - ADDRESSES_SHOWN
    addresses += f" and {more} more" if more > 0 else ""
    when = f"{one.first:%Y-%m-%d %H:%M:%S} UTC"
    when += f" to {one.last:%Y-%m-%d %H:%M:%S} UTC" if len(one.signals) > 1 else ""
    calls = f"{len(one.signals)} times" if len(one.signals) > 1 else "once"
    channels = ", ".join(sorted({channel(signal.event) for signal in one.signals}))
    yield f"    {calls}, {when}, from {_plain(addresses)}, by {channels}"
    for reason, count in Counter(_sentence(signal.reason, signal.event) for signal in one.signals).most_common(3):
        yield f"    {_plain(reason)}{f' ({count} times)' if count > 1 else ''}"


def _sentence(reason: str, event: Event) -> str:
    return f"{reason} AWS refused it: {event.error}." if event.error else reason


def _timeline_line(found: ActivityOutput, event: Event, actor: Actor) -> str:
    parts = [f"{event.time:%Y-%m-%d %H:%M:%S}", event.account, event.region, event.key, subject(event)]
    parts += [f"refused: {event.error}"] if event.error else []
    parts += [actor.label, f"{event.address} by {channel(event)}"]
    parts += [f"[{one.id}]" for one in found.fired.get(id(event), ())]
    return _plain("  ".join(part for part in parts if part))


def subject(event: Event) -> str:
    """Return what an event acted on: a name or ARN of its request, else a resource."""
    parameters = event.get("requestParameters")
    pairs = parameters.items() if isinstance(parameters, Mapping) else ()
    named = (value for key, value in pairs if str(key).lower().endswith(SUBJECT_KEYS) and isinstance(value, str))
    return next(named, "") or next(_resource_arns(event), "")


def _resource_arns(event: Event) -> Iterator[str]:
    resources = event.get("resources")
    for one in resources if isinstance(resources, list) else ():
        if isinstance(one, Mapping) and isinstance(one.get("ARN"), str):
            yield one["ARN"]


def _summary(found: ActivityOutput) -> Iterator[str]:
    log, report = found.log, found.report
    counts = Counter(one.detection.severity for one in found.groups)
    signals = [f"{counts[severity]} {severity.label.lower()}" for severity in Severity if counts[severity]]
    left_out = f", {log.duplicates:,} duplicates dropped" if log.duplicates else ""
    left_out += f", {len(log.rejected):,} not read" if log.rejected else ""
    period = f"{log.events[0].time:%Y-%m-%d %H:%M} to {log.events[-1].time:%Y-%m-%d %H:%M} UTC"
    yield f"{len(log.events):,} events of {log.files:,} files, {period}{left_out}: {', '.join(signals) or 'no signal'}."
    by_need: dict[str, list[str]] = defaultdict(list)
    for one in report.not_watched:
        by_need[str(one.needs)].append(one.id)
    for need, ids in sorted(by_need.items()):
        yield f"Not watched, since there are no {need}: {', '.join(sorted(ids))}."


def _json(found: ActivityOutput) -> Iterator[str]:
    log = found.log
    content: dict[str, Any] = {
        "events": len(log.events),
        "files": log.files,
        "duplicates": log.duplicates,
        "not_read": [{"file": one.file, "record": one.record, "reason": one.reason} for one in log.rejected],
        "signals": [_group_row(one) for one in found.groups],
        "not_judged": [
            {"detection": one.detection.id, "reason": one.reason, **_event_row(one.event)}
            for one in found.report.unjudged
        ],
        "not_watched": [{"detection": one.id, "needs": str(one.needs)} for one in found.report.not_watched],
    }
    if found.timeline is not None:
        content["timeline"] = [_timeline_row(found, event, actor) for event, actor in found.timeline]
    yield json.dumps(content, indent=1)


def _timeline_row(found: ActivityOutput, event: Event, actor: Actor) -> dict[str, Any]:
    detections = [one.id for one in found.fired.get(id(event), ())]
    return {**_event_row(event), "actor": _actor_row(actor), "detections": detections}


def _group_row(one: SignalGroup) -> dict[str, Any]:
    return {
        "detection": one.detection.id,
        "title": one.detection.title,
        "severity": one.detection.severity.label.lower(),
        "attack": list(one.detection.attack),
        "actor": _actor_row(one.actor),
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "count": len(one.signals),
        "addresses": one.addresses,
        "events": [{"reason": signal.reason, **_event_row(signal.event)} for signal in one.signals],
    }


def _actor_row(actor: Actor) -> dict[str, Any]:
    return {
        "kind": str(actor.kind),
        "name": actor.name,
        "account": actor.account,
        "basis": actor.basis,
        "via": actor.via,
        "service": actor.service,
        "machine": actor.machine,
        "self_chosen": actor.is_self_chosen,
    }


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "event_id": event.id,
        "event": event.key,
        "time": event.time.isoformat(),
        "account": event.account,
        "region": event.region,
        "address": event.address,
        "channel": channel(event),
        "principal": principal(event),
        "key": access_key(event),
        "subject": subject(event),
        "error": event.error,
    }


def _plain(text: str) -> str:
    """Return text of an event without what a terminal would act on."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
