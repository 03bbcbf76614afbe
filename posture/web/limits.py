"""What one request, and one person, may take of the site: the time of a statement, and requests at the same time.

A web process has a handful of threads. A person whose requests are all slow would otherwise hold every one of them.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import django_rq
from django.conf import settings
from django.db import OperationalError
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.template.loader import render_to_string
from psycopg.errors import QueryCanceled
from redis.exceptions import RedisError

from accounts.models import User
from posture.web import parameters

logger = logging.getLogger(__name__)

KEY = "plumbline:requests:{}:{}"
"""Requests that a person has under way: a sorted set of their ids by when each is forgotten."""
EXPIRY_SECONDS = 120
"""After so long a request counts no more, so that a process that died gives its share back."""
RETRY_SECONDS = 5
EXPORTS, PAGES = "exports", "pages"
WEB_CONNECTION = "plumbline-statement-timeout"
"""Names the receiver of a signal, so that it is connected once."""

Answer = Callable[[HttpRequest], HttpResponseBase]


def limit_statements() -> None:
    """Give each database connection of this process the time-out of the web's statements.

    The web server calls it; workers record whole accounts in one statement, and have none.
    """
    connection_created.connect(_set_timeout, dispatch_uid=WEB_CONNECTION, weak=False)


def _set_timeout(connection: Any, **_: Any) -> None:
    if settings.STATEMENT_SECONDS:
        with connection.cursor() as cursor:
            # Outside of any transaction, so that it holds for the session, which a pool hands on.
            cursor.execute(f"SET statement_timeout = {int(settings.STATEMENT_SECONDS) * 1000}")


class SlowQueries:
    """Answers 503 with what to do where a statement took too long."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn a cancelled statement into a page; leave every other error alone."""
        if not is_timeout(exception):
            return None
        logger.warning("%s took longer than %s s and was cancelled", request.path, settings.STATEMENT_SECONDS)
        context = {"seconds": settings.STATEMENT_SECONDS}
        # Without the frame of other pages, which would ask the database again.
        return HttpResponse(render_to_string("503.html", context), status=503, headers={"Retry-After": "60"})


def is_timeout(exception: BaseException | None) -> bool:
    """Return True where an error, or what caused it, is a statement that PostgreSQL cancelled."""
    while exception is not None:
        if isinstance(exception, OperationalError) and isinstance(exception.__cause__, QueryCanceled):
            return True
        exception = exception.__cause__ or exception.__context__
    return False


@dataclass(frozen=True, slots=True)
class Slot:
    """A request's share of what its person may have under way; empty where the cache does not answer."""

    key: str = ""
    member: str = ""

    def renew(self) -> None:
        """Count on for a request that is still at work."""
        if self.key:
            _attempt(lambda: django_rq.get_connection().zadd(self.key, {self.member: time.time() + EXPIRY_SECONDS}))

    def release(self) -> None:
        """Count no more."""
        if self.key:
            _attempt(lambda: django_rq.get_connection().zrem(self.key, self.member))


def _attempt(action: Callable[[], Any]) -> None:
    try:
        action()
    except RedisError:
        logger.warning("the cache does not answer: requests are not counted")


def take_slot(user: User, kind: str, most: int) -> Slot | None:
    """Return a slot, or None where the person has `most` requests of a kind under way.

    Where the cache does not answer everybody gets one: a site without limits is better than none.
    """
    slot, now = Slot(KEY.format(kind, user.pk), uuid.uuid4().hex), time.time()
    try:
        with django_rq.get_connection().pipeline() as pipe:
            pipe.zremrangebyscore(slot.key, "-inf", now)
            pipe.zadd(slot.key, {slot.member: now + EXPIRY_SECONDS})
            pipe.zcard(slot.key)
            pipe.expire(slot.key, EXPIRY_SECONDS)
            taken = pipe.execute()[2]
    except RedisError:
        logger.warning("the cache does not answer: requests are not counted")
        return Slot()
    if taken <= most:
        return slot
    slot.release()
    return None


def limit_requests(get_response: Answer) -> Answer:
    """Answer 429 to a person who has as many requests under way as one may have.

    Exports have a smaller limit of their own, and hold their slot until the last row has been sent.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return get_response(request)
        kind = EXPORTS if parameters.is_on(request, "export") else PAGES
        slot = take_slot(request.user, kind, settings.PERSON_EXPORTS if kind == EXPORTS else settings.PERSON_REQUESTS)
        if slot is None:
            return refuse(kind)
        try:
            response = get_response(request)
        except BaseException:
            slot.release()
            raise
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = Held(response.streaming_content, slot)
        else:
            slot.release()
        return response

    return answer


def refuse(kind: str) -> HttpResponse:
    """Return the page that says that a person has too much under way."""
    context = {"kind": kind, "seconds": RETRY_SECONDS}
    return HttpResponse(render_to_string("429.html", context), status=429, headers={"Retry-After": str(RETRY_SECONDS)})


class Held:
    """The pieces of an answer that is being sent; its slot is released with the last, or when the client leaves."""

    def __init__(self, pieces: Any, slot: Slot) -> None:
        self._pieces, self._slot = pieces, slot

    def __iter__(self) -> Iterator[Any]:
        renewed = time.monotonic()
        try:
            for piece in self._pieces:
                if time.monotonic() - renewed > EXPIRY_SECONDS / 4:
                    self._slot.renew()
                    renewed = time.monotonic()
                yield piece
        finally:
            self.close()

    def close(self) -> None:
        """Release the slot, whether or not anything was sent."""
        self._slot.release()
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()


def forbid_storing(get_response: Answer) -> Answer:
    """Keep browsers and proxies from storing what views answer: findings, configurations, exports.

    Static files are answered before, and say how long they may be kept.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers["Cache-Control"] = "no-store, private"
        return response

    return answer
