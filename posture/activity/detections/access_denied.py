"""Calls that AWS refuses."""

from __future__ import annotations

from datetime import timedelta

from posture.activity.actors import calling_service
from posture.activity.detection import Count, detection, times
from posture.activity.events import Event
from posture.core.outcome import Severity

DENIALS = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation")
DENIED = {"event": "iam:ListUsers", "errorCode": "AccessDenied"}


def _operation(event: Event) -> str:
    return event.key


def _varied(number: int, *, minutes: float = 0.1) -> list[dict[str, object]]:
    return [{**DENIED, "event": f"iam:List{at}", "minute": at * minutes} for at in range(number)]


@detection(
    id="access_denied_burst",
    title="Many different calls refused",
    severity=Severity.MEDIUM,
    attack=("T1580", "T1087.004"),
    events=(),
    includes_failed=True,
    form=Count(10, timedelta(minutes=5), distinct=_operation),
    fires=(_varied(10),),
    quiet=(_varied(9), times(30, DENIED, minutes=0.1), _varied(12, minutes=2)),
)
def denied_burst(event: Event) -> str | None:
    """Return a sentence for a refused call.

    Only different ones count, since a broken program repeats one.
    """
    is_direct = not calling_service(event)
    return "Ten different calls were refused within five minutes." if event.error in DENIALS and is_direct else None
