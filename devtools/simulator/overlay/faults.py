"""Faults that are applied to calls.

Deny, throttle, slow down or break any action in any account and region.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from fnmatch import fnmatchcase

from devtools.simulator.overlay import wire
from devtools.simulator.overlay.actions import iam_action
from devtools.simulator.overlay.buckets import Buckets
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.fault_rules import CAUSES, Fault
from devtools.simulator.overlay.terms import SEEDING_KEY, AwsError, Reply

DENIED_CODES = {"ec2": "UnauthorizedOperation", "query": "AccessDenied", "rest-xml": "AccessDenied"}
THROTTLED = {
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "query": ("Throttling", "Rate exceeded", 400),
    "rest-xml": ("SlowDown", "Please reduce your request rate.", 503),
    "json": ("ThrottlingException", "Rate exceeded", 400),
    "rest-json": ("TooManyRequestsException", "Rate exceeded", 429),
}

DELAY_POLL_SECONDS = 0.1
"""For so many seconds a slow answer sleeps before it looks whether it still has to be slow."""

_buckets = Buckets()
_counter_lock = threading.Lock()
"""Calls come in many threads, and a fault that is to hit once may not hit twice."""


def where(call: Call) -> tuple[str, str, str]:
    """Return what AWS counts calls by."""
    return call.account, call.region, f"{call.service}:{call.operation}"


def apply_faults(call: Call, proceed: Callable[[], Reply]) -> Reply:
    """Return the call's reply, spoiled by the first fault that meets it.

    Raises the fault's error where it has one.

    Whoever brings data in is spared.
    """
    if call.caller.access_key == SEEDING_KEY:
        return proceed()
    for fault in list(call.world.faults.values()):
        with _counter_lock:
            is_hit = _matches(fault, call)
        if not is_hit:
            continue
        if fault.effect == "slow":
            _delay(fault, call)
            continue
        if fault.effect == "cut":
            return _cut(proceed())
        if fault.effect == "loop":
            return fault.first.get(where(call)) or fault.first.setdefault(where(call), _loop(call, proceed()))
        return _apply_effect(fault, call)
    return proceed()


def _matches(fault: Fault, call: Call) -> bool:
    """Return whether a rule hits this call, and count it."""
    names = {f"{call.service}:{call.operation}".lower(), iam_action(call.service, call.operation).lower()}
    matches = (
        any(fnmatchcase(name, pattern.lower()) for pattern in fault.actions for name in names)
        and any(fnmatchcase(call.account, pattern) for pattern in fault.accounts)
        and any(fnmatchcase(call.region, pattern) for pattern in fault.regions)
    )
    if not matches or fault.times == 0:
        return False
    fault.seen += 1
    if fault.seen % fault.every:
        return False
    if fault.effect == "limit" and _buckets.admit((fault.id, *where(call)), fault.rate, fault.burst):
        return False
    if fault.times is not None:
        fault.times -= 1
    fault.hits += 1
    return True


def _delay(fault: Fault, call: Call) -> None:
    """Wait for as long as a fault says, or until it is taken away."""
    left = fault.seconds
    while left > 0 and fault.id in call.world.faults:
        time.sleep(min(left, DELAY_POLL_SECONDS))
        left -= DELAY_POLL_SECONDS


def _cut(reply: Reply) -> Reply:
    """Drop the second half of a body, as a proxy with a full disk does."""
    return Reply(reply.status, reply.headers, reply.body[: len(reply.body) // 2])


def _loop(call: Call, reply: Reply) -> Reply:
    """Give the same page and the same token for ever."""
    token = wire.page_token(call.model)
    return wire.serialise(call.model, {**wire.read(call, reply), token: "again"}) if token else reply


def _apply_effect(fault: Fault, call: Call) -> Reply:
    if fault.effect == "deny":
        raise denial(call, fault.cause, fault.policy)
    if fault.effect in {"throttle", "limit"}:
        raise AwsError(*THROTTLED[protocol(call)])
    if fault.effect == "error":
        code = "ServiceUnavailable" if fault.status == 503 else "InternalFailure"  # noqa: PLR2004
        message = fault.message or "The request processing has failed because of an unknown error."
        raise AwsError(fault.code or code, message, fault.status)
    if fault.effect == "html":
        status = 502 if fault.status == 500 else fault.status  # noqa: PLR2004
        return Reply.of(status, [("Content-Type", "text/html")], "<html><h1>502 Bad Gateway</h1></html>")
    return Reply(200, (("Content-Type", "text/xml"),), b"<?xml", breaks_off=True)


def protocol(call: Call) -> str:
    """Return the protocol family of the call's service, which decides how errors look."""
    return str(call.model.service_model.metadata["protocol"])


def denial(call: Call, cause: str = "identity", policy: str = "") -> AwsError:
    """Return AccessDenied as the service words it."""
    action = iam_action(call.service, call.operation)
    bucket = call.uri_params.get("Bucket")
    resource = f' on resource: "arn:aws:s3:::{bucket}"' if bucket else ""
    ending = CAUSES[cause].format(action=action, policy=policy)
    message = f"User: {call.caller.arn} is not authorized to perform: {action}{resource} {ending}"
    kind = protocol(call)
    if kind == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
    status = 400 if kind == "json" else 403
    return AwsError(DENIED_CODES.get(kind, "AccessDeniedException"), message, status)
