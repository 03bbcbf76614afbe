"""What a check says of a resource."""

from __future__ import annotations

from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """The four outcomes; UNKNOWN never counts as good."""

    PASS = "pass"  # noqa: S105 - the word, not a secret
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Severity(IntEnum):
    """How much a failing check matters; the number sorts."""

    CRITICAL = 4
    HIGH = 3
    MEDIUM = 2
    LOW = 1

    @property
    def weight(self) -> int:
        """The weight in the score."""
        return WEIGHTS[self]

    @property
    def label(self) -> str:
        """The word that people read."""
        return self.name.capitalize()


WEIGHTS = (0, 1, 3, 10, 40)
"""The weights in the score by the severity's number."""

TIME_LIMITS = {
    Severity.CRITICAL: timedelta(days=7),
    Severity.HIGH: timedelta(days=30),
    Severity.MEDIUM: timedelta(days=90),
    Severity.LOW: timedelta(days=180),
}
"""Within what time findings of a severity are to be fixed."""


class Outcome(NamedTuple):
    """A judgement: status, a sentence with the reason, and the paths that decided.

    A tuple, since thousands are made at every sweep. Paths are dotted with list indexes, as
    `IpPermissions[0].IpRanges[1].CidrIp`; paths into observed fields start with `observed.`, into tags with `tags.`.
    """

    status: Status
    reason: str
    evidence: tuple[str, ...] = ()
    moves_score: bool = True
    """False where it is unknown for a reason that says nothing of the account."""


def passed(reason: str, *evidence: str) -> Outcome:
    """The resource is as it should be."""
    return Outcome(Status.PASS, reason, evidence)


def failed(reason: str, *evidence: str) -> Outcome:
    """The resource is not as it should be."""
    return Outcome(Status.FAIL, reason, evidence)


def not_applicable(reason: str, *evidence: str) -> Outcome:
    """There is nothing here to judge; the resource counts neither way."""
    return Outcome(Status.NOT_APPLICABLE, reason, evidence)


def unknown(reason: str, *evidence: str) -> Outcome:
    """It is unknown. Rarely needed: reading an unknown field says this by itself."""
    return Outcome(Status.UNKNOWN, reason, evidence)
