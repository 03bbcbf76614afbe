"""Why findings opened and were resolved, and why resources went, in words."""

from __future__ import annotations

from posture.history.query import ClosedEpisode, ClosedVersion

OPENED = {
    "new": "came with the resource",
    "changed": "the resource was changed",
    "rule": "the rule changed",
    "parameter": "a parameter changed",
    "sight": "it became visible",
    "folded": "members were judged one by one before",
}

_CLOSED = {
    ClosedEpisode.Reason.CHANGED.value: "fixed",
    ClosedEpisode.Reason.DELETED.value: "the resource was deleted",
    ClosedEpisode.Reason.RULE.value: "the rule changed",
    ClosedEpisode.Reason.PARAMETER.value: "a parameter changed",
    ClosedEpisode.Reason.SCOPE.value: "the check no longer applies",
    ClosedEpisode.Reason.DETERMINED.value: "it can be judged again",
    ClosedEpisode.Reason.FOLDED.value: "it is kept with its group since",
    ClosedEpisode.Reason.ACCOUNT_LEFT.value: "the account left",
}

_LEFT = {
    ClosedVersion.Reason.DELETED.value: "deleted",
    ClosedVersion.Reason.FOLDED.value: "kept with its group since",
    ClosedVersion.Reason.ACCOUNT_LEFT.value: "the account left",
}


def closed_as(reason: str) -> str:
    """Return why a finding was closed, in words."""
    return _CLOSED.get(reason, reason)


def left_as(reason: str) -> str:
    """Return why a resource was removed, in words."""
    return _LEFT.get(reason, reason)
