"""`/healthz` and `/readyz` for load balancers and orchestrators.

They show strangers no more than that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import django_rq
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from redis import RedisError

logger = logging.getLogger(__name__)

FRESH = {"Cache-Control": "no-store"}


def probes(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer the probes ahead of every other middleware.

    An orchestrator calls them by a container's address, over plain HTTP and without a login; the site
    itself goes on insisting on its own name, HTTPS and a session.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        probe = PROBES.get(request.path_info) if request.method in {"GET", "HEAD"} else None
        return probe() if probe else get_response(request)

    return answer


def healthz() -> HttpResponse:
    """Answer 200 as long as this process serves requests."""
    return HttpResponse("ok", content_type="text/plain", headers=FRESH)


def readyz() -> JsonResponse:
    """Answer 200 if the site works, else 503; the body names what does not."""
    parts = {name: _works(name, look) for name, look in LOOKS.items()}
    return JsonResponse(
        {name: "ok" if works else "unavailable" for name, works in parts.items()},
        status=200 if all(parts.values()) else 503,
        headers=FRESH,
    )


def _works(name: str, look: Callable[[], bool]) -> bool:
    try:
        return look()
    except (DatabaseError, RedisError) as error:
        logger.warning("Not ready: %s: %s", name, error)
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _queue() -> bool:
    return bool(django_rq.get_connection("default").ping())


def _migrations() -> bool:
    """Return True if every migration of this code is applied; then cached."""
    global _migrated  # noqa: PLW0603 one flag for the process
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


_migrated = False
LOOKS: dict[str, Callable[[], bool]] = {"database": _database, "queue": _queue, "migrations": _migrations}

PROBES: dict[str, Callable[[], HttpResponse]] = {"/healthz": healthz, "/readyz": readyz}
