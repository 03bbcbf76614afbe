"""The WSGI application.

Recognises a call, asks identity and faults, then answers or passes on to moto.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from moto.s3.models import s3_backends

from devtools.simulator.overlay import backing, declared_answers, wire
from devtools.simulator.overlay.answers import amendments, load
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.faults import apply_faults
from devtools.simulator.overlay.identity import caller_of
from devtools.simulator.overlay.session_policies import require_permission
from devtools.simulator.overlay.terms import AwsError, Caller, Reply
from devtools.simulator.overlay.world import World

log = logging.getLogger(__name__)

StartResponse = Callable[[str, list[tuple[str, str]]], Any]

READS = ("Describe", "Get", "List", "BatchGet", "Search")
FAR_REACHING = {"organizations", "ram"}
"""Services in which a write in one account changes what others read."""

OVERSEEING = FAR_REACHING | {"cloudtrail", "guardduty", "inspector2", "macie2", "securityhub"}
"""Services that answer one account from what others hold."""

TIMELY = {"cloudtrail", "cloudwatch", "config", "iam", "secretsmanager"}
"""Services whose answers depend on the current time."""

REMEMBERED = 20_000


class Gateway:
    """The gateway of the simulated AWS.

    One lock around all answers, since moto is not made for threads.
    """

    def __init__(self, world: World, control: Callable[[Gateway, dict[str, Any], bytes], Reply]) -> None:
        load()
        self.world = world
        self.lock = threading.RLock()
        self._control = control
        self._replies: OrderedDict[tuple[Any, ...], tuple[tuple[Any, ...], Reply]] = OrderedDict()

    def replace_world(self, world: World) -> None:
        """Serve another world."""
        self.world = world
        self._replies.clear()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if environ.get("PATH_INFO", "").startswith("/_plumbline/"):
            reply = self._control(self, environ, body)
        else:
            reply = self.answer(environ, body)
        if reply.breaks_off:
            start_response(f"{reply.status} OK", [*reply.headers, ("Content-Length", "1000")])
            return _break_off(reply.body)
        start_response(f"{reply.status} OK", [*reply.headers, ("Content-Length", str(len(reply.body)))])
        return [reply.body]

    def answer(self, environ: dict[str, Any], body: bytes) -> Reply:
        """Return the reply to an AWS request."""
        claim = wire.signed_for(environ, body)
        if claim is None:
            return Reply.of(403, [], "Requests to the simulated AWS must be signed.")
        key, region, service = claim
        try:
            request = wire.fresh_request(environ, body)
            model, uri_params = wire.recognise(service, request)
        except AwsError as error:
            return wire.serialise(wire.nameless(service), error)
        try:
            caller = caller_of(
                self.world,
                key,
                environ.get("HTTP_X_AMZ_SECURITY_TOKEN"),
                environ.get("HTTP_X_MOTO_ACCOUNT_ID"),
                str(model.service_model.metadata["protocol"]),
                region,
            )
            call = self._call(caller, region, service, (model, uri_params, request), (environ, body))
            self.world.calls[caller.account, f"{service}:{call.operation}"] += 1
            session = self.world.sessions.get(key)
            if session is not None:
                require_permission(call, session.policies)
            return apply_faults(call, partial(self._remembered, call, environ, body))
        except AwsError as error:
            return wire.serialise(model, error)
        except Exception:
            # moto broke: say so as AWS would, in the protocol that the client expects, and leave a trace.
            log.exception("No answer to %s:%s.", service, model.name)
            return wire.serialise(model, AwsError("InternalFailure", "The simulator failed; see its log.", 500))

    def _call(self, caller: Caller, region: str, service: str, recognised: Any, raw: Any) -> Call:
        model, uri_params, request = recognised
        environ, body = raw

        def pass_on(call: Call, account: str | None) -> Reply:
            inner = environ | {"HTTP_X_MOTO_ACCOUNT_ID": account or call.account}
            return backing.answer(call.service, wire.fresh_request(inner, body))

        return Call(service, model, uri_params, request, caller, region, self.world, wire.parse, pass_on, wire.read)

    def _remembered(self, call: Call, environ: dict[str, Any], body: bytes) -> Reply:
        """Answer reads from memory while nothing has changed in the account.

        A sweep repeats itself week by week.
        """
        if not call.operation.startswith(READS) or call.service == "sts":
            with self.lock:
                self._settle_chance(call)
                reply = self._fresh(call)
            self.world.touch(None if call.service in FAR_REACHING or "Peering" in call.operation else call.account)
            return reply
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        key = (call.account, call.region, call.service, environ["REQUEST_METHOD"], call.request.full_path, target, body)
        stamp = self._stamp(call)
        known = self._replies.get(key)
        if known and known[0] == stamp:
            return known[1]
        with self.lock:
            # A first look at a region makes its default VPC.
            backing.settle_chance(f"{call.account}/{call.region}")
            reply = self._fresh(call)
            self._replies[key] = stamp, reply
            if len(self._replies) > REMEMBERED:
                self._replies.popitem(last=False)
        return reply

    def _stamp(self, call: Call) -> tuple[Any, ...]:
        """Return what must not have changed for a remembered reply to be true."""
        world = self.world
        states = (world.changes,) if call.service in OVERSEEING else (world.version, world.versions[call.account])
        return (*states, dt.datetime.now(dt.UTC).date()) if call.service in TIMELY else states

    def _settle_chance(self, call: Call) -> None:
        """Make the n-th write of a kind give the same ids in every run of a story."""
        write = f"{call.account}/{call.region}/{call.service}:{call.operation}"
        self.world.writes[write] += 1
        backing.settle_chance(f"{write}/{self.world.writes[write]}")

    def _fresh(self, call: Call) -> Reply:
        if call.service == "s3" and _belongs_to_another(call):
            return wire.serialise(call.model, AwsError("AccessDenied", "Access Denied", 403))
        handler = amendments.get((call.service, call.operation))
        if declared := declared_answers.declared_for(call):
            handler = partial(declared_answers.answer, declared=declared)
        if handler is None:
            return call.pass_on(call, None)
        answer: dict[str, Any] | AwsError | Reply
        try:
            answer = handler(call)
        except AwsError as error:
            answer = error
        return answer if isinstance(answer, Reply) else wire.serialise(call.model, answer)


def _belongs_to_another(call: Call) -> bool:
    """Return whether a bucket is another account's, which moto lets everybody read."""
    owner = s3_backends.bucket_accounts.get(call.uri_params.get("Bucket", ""))
    return owner is not None and owner[1] != call.account


def _break_off(start: bytes) -> Iterator[bytes]:
    """Send a part, then die, as a connection that is reset."""
    yield start
    raise ConnectionResetError("The simulated connection was reset.")
