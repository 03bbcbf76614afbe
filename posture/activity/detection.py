"""What a detection is: a pure judgement of events, with its own examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from posture.activity import detections
from posture.activity.actors import principal
from posture.activity.events import Event
from posture.core.outcome import Severity
from posture.core.registry import declared

Judge = Callable[[Event], str | None]
Example = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""One event or several, of which only what matters is written."""


class Needs(StrEnum):
    """The kind of events that a detection reads."""

    WRITE = "write events"
    READ = "read events"
    DATA = "data events"


@dataclass(frozen=True, slots=True)
class Count:
    """Fire where as many events of one key are within a period."""

    count: int
    within: timedelta
    by: Callable[[Event], str] = principal
    distinct: Callable[[Event], str] | None = None
    """Count different values instead of events."""


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """Fire at a value that is new for a key, once the key has been known for a while."""

    value: Callable[[Event], str]
    known_for: timedelta
    by: Callable[[Event], str] = principal


@dataclass(frozen=True, slots=True)
class Detection:
    """One detection; see `detection` for what its parts mean."""

    id: str
    title: str
    severity: Severity
    attack: tuple[str, ...]
    events: tuple[str, ...]
    needs: Needs
    form: Count | FirstSeen | None
    includes_failed: bool
    fires: tuple[Example, ...]
    quiet: tuple[Example, ...]
    judge: Judge
    module: str


def detection(  # noqa: PLR0913 - what users read of a detection is written at it
    *,
    id: str,  # noqa: A002 - the word that users read
    title: str,
    severity: Severity,
    attack: Sequence[str],
    events: Sequence[str],
    fires: Sequence[Example],
    quiet: Sequence[Example],
    needs: Needs = Needs.WRITE,
    form: Count | FirstSeen | None = None,
    includes_failed: bool = False,
) -> Callable[[Judge], Detection]:
    """Make a detection of a function that returns a sentence, or None.

    `events` are names as `iam:CreateUser`; none means every event. `attack` are techniques of MITRE ATT&CK. Calls
    that AWS refused are judged only if `includes_failed`. `fires` and `quiet` are examples, which a test runs.
    """

    def declare(judge: Judge) -> Detection:
        return Detection(
            id,
            title,
            severity,
            tuple(attack),
            tuple(events),
            needs,
            form,
            includes_failed,
            tuple(fires),
            tuple(quiet),
            judge,
            judge.__module__,
        )

    return declare


def times(number: int, part: Mapping[str, Any], *, minutes: float = 1) -> Sequence[Mapping[str, Any]]:
    """Return one event as often as asked, some minutes apart."""
    return [{**part, "minute": at * minutes} for at in range(number)]


def all_detections() -> dict[str, Detection]:
    """Return all detections by their ids."""
    return declared(detections.__name__, Detection, "id")
