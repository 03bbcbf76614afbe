"""What one request, and one person, may take of the site.

The time of a statement, and requests at the same time.

A web process has a handful of threads. A person whose requests are all slow would otherwise hold every one of them.
All views count except those marked as `uncounted`, so that a new view is limited without being named.
"""

from __future__ import annotations

import logging
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import django_rq
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.template.loader import render_to_string
from psycopg.errors import QueryCanceled
from redis.exceptions import RedisError

from accounts.models import User
from posture.web import parameters, picture_files

logger = logging.getLogger(__name__)

KEY = "plumbline:requests:{}:{}"
"""Requests that a person has under way: a sorted set of their ids by when each is forgotten."""
EXPIRY_SECONDS = 120
"""After so long a request counts no more, so that a process that died gives its share back."""
MAX_WAITING = 1
"""Requests of a person that wait for a slot: with `PERSON_REQUESTS` they leave a thread of each process to others."""
WAIT_SECONDS = 2.0
POLL_SECONDS = 0.1
EXPORTS, PAGES, WAITING = "exports", "pages", "waiting"
RETRY_SECONDS = {PAGES: 2, EXPORTS: 30}
"""What `Retry-After` says of a refused request; pages load a refused part again by it."""
EXEMPT = "is_uncounted"
CACHE_DOWN = "the cache does not answer: requests are not counted"
WEB_CONNECTION = "plumbline-statement-timeout"
"""Names the receiver of a signal, so that it is connected once."""

Answer = Callable[[HttpRequest], HttpResponseBase]
View = TypeVar("View", bound=Callable[..., Any])


def limit_statements() -> None:
    """Set the statement timeout of the web on each database connection.

    The web server calls it; workers record whole accounts in one statement, and have none.
    """
    connection_created.connect(_set_timeout, dispatch_uid=WEB_CONNECTION, weak=False)


def _set_timeout(connection: Any, **_: Any) -> None:
    if settings.STATEMENT_SECONDS:
        with connection.cursor() as cursor:
            # Outside of any transaction, so that it holds for the session, which a pool hands on.
            cursor.execute(f"SET statement_timeout = {int(settings.STATEMENT_SECONDS) * 1000}")


class SlowQueries:
    """Middleware that answers 503 with advice where a statement took too long."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn a cancelled statement into a page; leave every other error alone."""
        if not is_timeout(exception):
            return None
        logger.warning("%s took longer than %s s and was cancelled", request.path, settings.STATEMENT_SECONDS)
        return _unavailable(is_down=False)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what nobody expected: 503 where the database does not answer, else 500.

    Reads nothing.
    """
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return _unavailable(is_down=not is_timeout(error))
    return HttpResponse(render_to_string("500.html"), status=500)


def _unavailable(*, is_down: bool) -> HttpResponse:
    """Return the page for a statement timeout, or for a database that is down."""
    page = render_to_string("503.html", {"is_down": is_down, "seconds": settings.STATEMENT_SECONDS})
    # Without the frame of other pages, which would ask the database again.
    return HttpResponse(page, status=503, headers={"Retry-After": "60"})


def is_timeout(exception: BaseException | None) -> bool:
    """Return True if PostgreSQL cancelled the statement that caused an error."""
    while exception is not None:
        if isinstance(exception, OperationalError) and isinstance(exception.__cause__, QueryCanceled):
            return True
        exception = exception.__cause__ or exception.__context__
    return False


def limit_exempt(view: View) -> View:
    """Mark a view as too cheap to count.

    It answers however much its person has under way.
    """
    setattr(view, EXEMPT, True)
    return view


@dataclass(frozen=True, slots=True)
class Slot:
    """A request's share of what its person may have under way.

    Without keys where the cache does not answer.
    """

    keys: tuple[str, ...] = ()
    member: str = ""

    def renew(self) -> None:
        """Count on for a request that is still at work."""
        try:
            for key in self.keys:
                django_rq.get_connection().zadd(key, {self.member: time.time() + EXPIRY_SECONDS})
        except RedisError:
            logger.warning(CACHE_DOWN)

    def release(self) -> None:
        """Count no more."""
        try:
            for key in self.keys:
                django_rq.get_connection().zrem(key, self.member)
        except RedisError:
            logger.warning(CACHE_DOWN)


_TAKE = """
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", ARGV[2])
if redis.call("ZCARD", KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
redis.call("ZADD", KEYS[1], ARGV[3], ARGV[1])
redis.call("EXPIRE", KEYS[1], ARGV[5])
return 1
"""
"""Adds a member to a sorted set of at most so many: in one step, so that two requests cannot refuse each other."""


def take_slot(user: User, kind: str, most: int) -> Slot | None:
    """Return a slot, or None where the person has `most` requests of a kind under way.

    Where the cache does not answer everybody gets one: a site without limits is better than none.
    """
    key, member, now = KEY.format(kind, user.pk), uuid.uuid4().hex, time.time()
    try:
        taken = django_rq.get_connection().eval(_TAKE, 1, key, member, now, now + EXPIRY_SECONDS, most, EXPIRY_SECONDS)
    except RedisError:
        logger.warning(CACHE_DOWN)
        return Slot()
    return Slot((key,), member) if taken else None


def wait_for_slot(user: User) -> Slot | None:
    """Return a slot for a page, if need be after a short wait.

    None where there is none, or others wait already.
    """
    slot = take_slot(user, PAGES, settings.PERSON_REQUESTS)
    if slot is not None:
        return slot
    waiting = take_slot(user, WAITING, MAX_WAITING)
    if waiting is None:
        return None
    until = time.monotonic() + WAIT_SECONDS
    try:
        while slot is None and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
            slot = take_slot(user, PAGES, settings.PERSON_REQUESTS)
    finally:
        waiting.release()
    return slot


def slots_for(user: User, kind: str) -> tuple[Slot, ...] | None:
    """Return the slots of a request, or None if the person has too many running.

    An export occupies a thread as a page does, so it takes a slot of each.
    """
    export = take_slot(user, EXPORTS, settings.PERSON_EXPORTS) if kind == EXPORTS else Slot()
    if export is None:
        return None
    page = wait_for_slot(user)
    if page is None:
        export.release()
        return None
    return export, page


class LimitRequests:
    """Middleware that answers 429 to a person with too many concurrent requests.

    Exports have a smaller limit of their own, and hold their slots until the last row has been sent.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = None
        try:
            response = self.get_response(request)
        finally:
            slots: tuple[Slot, ...] = getattr(request, "slots", ())
            if isinstance(response, StreamingHttpResponse):
                response.streaming_content = SlotReleasingStream(response.streaming_content, slots)
            else:
                for slot in slots:
                    slot.release()
        return response

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponse | None:
        """Take a slot for the view, or refuse."""
        is_export = parameters.is_on(request, "export") and not picture_files.is_table(request)
        kind = EXPORTS if is_export else PAGES
        is_cheap = getattr(view, EXEMPT, False) and kind == PAGES
        if is_cheap or not isinstance(request.user, User):
            return None
        slots = slots_for(request.user, kind)
        if slots is None:
            return refuse(kind)
        request.slots = slots  # type: ignore[attr-defined]  # read back above
        return None


def refuse(kind: str) -> HttpResponse:
    """Return the page that says that a person has too much under way."""
    seconds = RETRY_SECONDS[kind]
    page = render_to_string("429.html", {"kind": kind, "seconds": seconds})
    return HttpResponse(page, status=429, headers={"Retry-After": str(seconds)})


class SlotReleasingStream:
    """The pieces of an answer that is being sent.

    Its slots are released with the last, or when the client leaves.
    """

    def __init__(self, pieces: Any, slots: tuple[Slot, ...]) -> None:
        self._pieces, self._slots = pieces, slots

    def __iter__(self) -> Iterator[Any]:
        renewed = time.monotonic()
        try:
            for piece in self._pieces:
                if time.monotonic() - renewed > EXPIRY_SECONDS / 4:
                    for slot in self._slots:
                        slot.renew()
                    renewed = time.monotonic()
                yield piece
        finally:
            self.close()

    def close(self) -> None:
        """Release the slots, whether or not anything was sent."""
        for slot in self._slots:
            slot.release()
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()


def forbid_storing(get_response: Answer) -> Answer:
    """Keep browsers and proxies from storing what views answer.

    Findings, configurations, exports.

    Static files are answered before, and say how long they may be kept.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers["Cache-Control"] = "no-store, private"
        return response

    return answer
