"""`/metrics`, for Prometheus by a token and for admins in a browser.

Nobody else learns anything.
"""

from __future__ import annotations

import hmac

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from accounts.models import User
from posture.observability.metrics import SiteCollector

REFUSAL = (
    "Metrics are for admins, and for whoever brings the bearer token that PLUMBLINE_METRICS_TOKEN holds; "
    "see docs/observability.md.\n"
)


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the metrics in the form that the asker accepts."""
    if not may_read(request):
        return _refuse()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(SiteCollector())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)


def may_read(request: HttpRequest) -> bool:
    """Return True for a request with the token, or of a logged-in admin."""
    scheme, _, brought = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        known: str = settings.METRICS_TOKEN
        # As bytes, since the comparison in constant time refuses other letters than ASCII's.
        return bool(known) and hmac.compare_digest(brought.strip().encode(), known.encode())
    return isinstance(request.user, User) and request.user.is_active and request.user.is_admin


def _refuse() -> HttpResponse:
    """Refuse; where a token would do, say so by the status."""
    if not settings.METRICS_TOKEN:
        return HttpResponse(REFUSAL, status=403, content_type="text/plain; charset=utf-8")
    challenge = {"WWW-Authenticate": 'Bearer realm="metrics"'}
    return HttpResponse(REFUSAL, status=401, content_type="text/plain; charset=utf-8", headers=challenge)
