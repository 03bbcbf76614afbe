"""The engine's answer: what is decided, by what, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """Whether a request is allowed."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request is allowed, with the reasons."""

    value: Answer
    by: tuple[str, ...] = ()
    """The statements that decide by their paths (`identity[0].Statement[2]`), or the layer that allows nothing."""
    unless: tuple[str, ...] = ()
    """Conditions that remain, in sentences: `if aws:SourceIp is in 203.0.113.0/24`."""
    blind: tuple[str, ...] = ()
    """What was not read: `scp[1][0] (organizations:DescribePolicy failed with AccessDenied)`."""
