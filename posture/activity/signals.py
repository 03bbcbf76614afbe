"""Run detections over events."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from posture.activity.actors import Actor, index_sessions, resolve
from posture.activity.detection import Count, Detection, FirstSeen, Needs, all_detections
from posture.activity.events import Event

OMITTED = "CloudTrail left out the request for its size"


@dataclass(frozen=True, slots=True)
class Signal:
    """One event at which a detection fired."""

    detection: Detection
    event: Event
    actor: Actor
    reason: str
    """A sentence on what was done."""


@dataclass(frozen=True, slots=True)
class UnjudgedEvent:
    """An event that a detection could not judge."""

    detection: Detection
    event: Event
    reason: str


@dataclass(slots=True)
class DetectionReport:
    """What detections made of events."""

    signals: list[Signal] = field(default_factory=list)
    unjudged: list[UnjudgedEvent] = field(default_factory=list)
    not_watched: list[Detection] = field(default_factory=list)
    """Detections whose kind of events was not among those given."""


@dataclass(frozen=True, slots=True)
class SignalGroup:
    """Signals of one detection and actor."""

    detection: Detection
    actor: Actor
    signals: Sequence[Signal]

    @property
    def first(self) -> datetime:
        """The time of the first signal."""
        return self.signals[0].event.time

    @property
    def last(self) -> datetime:
        """The time of the last signal."""
        return self.signals[-1].event.time

    @property
    def addresses(self) -> list[str]:
        """The addresses that the calls came from."""
        return sorted({signal.event.address for signal in self.signals if signal.event.address})


def detect(events: Sequence[Event], detections: Iterable[Detection] | None = None) -> DetectionReport:
    """Judge events, which must be in the order of their times."""
    chosen = list(all_detections().values() if detections is None else detections)
    sessions = index_sessions(events)
    report = DetectionReport(not_watched=_not_watched(chosen, events))
    index: dict[str, list[_Runner]] = defaultdict(list)
    for one in chosen:
        runner = _Runner(one)
        for key in one.events or ("",):
            index[key].append(runner)
    for event in events:
        for runner in (*index.get(event.key, ()), *index.get("", ())):
            judged = runner.judge(event)
            if isinstance(judged, UnjudgedEvent):
                report.unjudged.append(judged)
            elif judged:
                report.signals.append(Signal(runner.detection, event, resolve(event, sessions), judged))
    return report


def group(signals: Iterable[Signal]) -> list[SignalGroup]:
    """Return signals by detection and actor, the most severe and recent first."""
    groups: dict[tuple[str, str], list[Signal]] = defaultdict(list)
    for signal in signals:
        groups[signal.detection.id, signal.actor.label].append(signal)
    found = [SignalGroup(found[0].detection, found[0].actor, found) for found in groups.values()]
    return sorted(found, key=lambda one: (one.detection.severity, one.last), reverse=True)


def _not_watched(chosen: Iterable[Detection], events: Sequence[Event]) -> list[Detection]:
    # LookupEvents gives sign-ins as reads, so that those alone do not show that reads were exported.
    given = {
        Needs.WRITE: True,
        Needs.READ: any(event.is_read and not event.is_data and event.source != "signin" for event in events),
        Needs.DATA: any(event.is_data for event in events),
    }
    return [one for one in chosen if not given[one.needs]]


class _Runner:
    """One detection with what it remembers of earlier events."""

    def __init__(self, detection: Detection) -> None:
        self.detection = detection
        self.recent: dict[str, deque[tuple[datetime, str]]] = defaultdict(deque)
        self.since: dict[str, datetime] = {}
        self.known: set[tuple[str, str]] = set()

    def judge(self, event: Event) -> str | UnjudgedEvent | None:
        """Return a sentence if the detection fires, None if not."""
        if event.error and not self.detection.includes_failed:
            return None
        if event.is_omitted and self.detection.events:
            return UnjudgedEvent(self.detection, event, OMITTED)
        try:
            reason = self.detection.judge(event)
        # An odd event must neither end the run nor pass: it is shown as not judged.
        except Exception as error:  # noqa: BLE001
            return UnjudgedEvent(self.detection, event, f"{type(error).__name__}: {error}")
        return reason if reason and self._is_due(event) else None

    def _is_due(self, event: Event) -> bool:
        """Return True where the events so far make this one a signal."""
        form = self.detection.form
        if isinstance(form, Count):
            return self._is_burst(event, form)
        return form is None or self._is_new(event, form)

    def _is_burst(self, event: Event, form: Count) -> bool:
        recent = self.recent[form.by(event)]
        recent.append((event.time, form.distinct(event) if form.distinct else event.id))
        while event.time - recent[0][0] > form.within:
            recent.popleft()
        if len({value for _, value in recent}) < form.count:
            return False
        # One signal for a burst: the next one needs as many events again.
        recent.clear()
        return True

    def _is_new(self, event: Event, form: FirstSeen) -> bool:
        key, value = form.by(event), form.value(event)
        since = self.since.setdefault(key, event.time)
        is_known = (key, value) in self.known
        self.known.add((key, value))
        return not is_known and event.time - since >= form.known_for
