"""How often a password may be tried.

Every limit is looked at before a password is hashed, which is what costs time.

As OWASP advises ("Blocking Brute Force Attacks", "Slow Down Online Guessing Attacks with Device Cookies"):

- A name at an address: django-axes, which keeps its counts in the database. Nobody is locked out by what strangers do
  elsewhere, and attempts during a lock-out do not make it longer.
- An address, whatever the names: against one machine that tries a few passwords for each of many people.
- A name, whatever the addresses: against many machines. It is wide, so that one machine alone never reaches it.
- A device that a name has logged in with carries a signed cookie, and has a count of its own instead of all three: an
  attack on a name, or from behind the same address, keeps nobody away from the browser that they always use.

Counts are in Valkey. Where that does not answer, those of django-axes are left.
"""

from __future__ import annotations

import logging
import unicodedata
from dataclasses import dataclass
from typing import Any

import django_rq
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.crypto import get_random_string, salted_hmac
from redis.exceptions import RedisError

from posture.observability import security
from posture.observability.clients import address_group

logger = logging.getLogger(__name__)

QUARTER, HOUR = 900, 3600
DEVICE_COOKIE = "plumbline_device"
DEVICE_SECONDS = 180 * 24 * HOUR
SALT = "accounts.device"
LONGEST_NAME = 150


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` failures in `seconds`, which begin with the first."""

    kind: str
    most: int
    seconds: int

    def count(self, of: str) -> int:
        """Return the failures so far; 0 where the cache does not answer."""
        try:
            return int(django_rq.get_connection().get(self._key(of)) or 0)
        except RedisError:
            logger.warning("the cache does not answer: failed logins are not counted")
            return 0

    def add(self, of: str) -> None:
        """Count a failure."""
        try:
            with django_rq.get_connection().pipeline() as pipe:
                pipe.set(self._key(of), 0, ex=self.seconds, nx=True)
                pipe.incr(self._key(of))
                pipe.execute()
        except RedisError:
            logger.warning("the cache does not answer: failed logins are not counted")

    def clear(self, of: str) -> None:
        """Forget the failures."""
        try:
            django_rq.get_connection().delete(self._key(of))
        except RedisError:
            logger.warning("the cache does not answer: failed logins are not counted")

    def is_reached(self, of: str) -> bool:
        """Return True where not another attempt is allowed."""
        return self.count(of) >= self.most

    def _key(self, of: str) -> str:
        # Names are typed by anybody: of any length, and often passwords by mistake.
        return f"plumbline:failures:{self.kind}:{salted_hmac(SALT, of).hexdigest()[:32]}"


ADDRESS = Limit("address", 60, QUARTER)
NAME = Limit("name", 100, HOUR)
DEVICE = Limit("device", 8, QUARTER)
PASSWORD = Limit("password", 8, QUARTER)
"""Failures with the old password when a person changes it."""


def name_of(request: HttpRequest) -> str:
    """Return the user name of a login form, as Django looks it up."""
    return unicodedata.normalize("NFKC", request.POST.get("username", "").strip())[: LONGEST_NAME + 1]


def reached(request: HttpRequest, name: str) -> Limit | None:
    """Return the limit that keeps an attempt from being made at all."""
    if is_known_device(request, name):
        return None
    if ADDRESS.is_reached(address_group(request)):
        return ADDRESS
    return NAME if NAME.is_reached(name) else None


def count_failure(request: HttpRequest, name: str) -> None:
    """Count an attempt whose password was hashed, and wrong."""
    if is_known_device(request, name):
        DEVICE.add(_device(request))
    else:
        ADDRESS.add(address_group(request))
        NAME.add(name)


def is_known_device(request: HttpRequest, name: str) -> bool:
    """Return True for a browser from which the name has logged in before.

    Too many failures since then revoke that.
    """
    device = _device(request)
    return bool(device) and device.startswith(_mark(name)) and not DEVICE.is_reached(device)


def _device(request: HttpRequest) -> str:
    try:
        found = signing.loads(request.COOKIES.get(DEVICE_COOKIE, ""), salt=SALT, max_age=DEVICE_SECONDS)
    except signing.BadSignature:
        return ""
    return found if isinstance(found, str) else ""


def _mark(name: str) -> str:
    return salted_hmac(SALT, name).hexdigest()


def remember_device(request: HttpRequest, response: HttpResponseBase, name: str) -> None:
    """Let this browser carry that a name has logged in with it.

    The cookie names nobody, and opens nothing.
    """
    if device := _device(request):
        DEVICE.clear(device)
    value = signing.dumps(f"{_mark(name)}:{get_random_string(16)}", salt=SALT)
    response.set_cookie(
        DEVICE_COOKIE, value, max_age=DEVICE_SECONDS, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )


def skip_axes(request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
    """Leave a known device to its own count; django-axes asks."""
    return is_known_device(request, str((credentials or {}).get("username") or ""))


def lock_out(request: HttpRequest, _response: Any = None, credentials: dict[str, Any] | None = None) -> HttpResponse:
    """Answer for django-axes where a name has failed too often at an address."""
    return refuse(request, "name and address", str((credentials or {}).get("username") or name_of(request)), QUARTER)


def refuse(request: HttpRequest, limit: str, name: str, seconds: int) -> HttpResponse:
    """Log a lock-out and return its page."""
    security.record("login_locked", request, user=name, limit=limit)
    page = render_to_string("accounts/locked_out.html", {"limit": limit, "minutes": seconds // 60})
    return HttpResponse(page, status=429, headers={"Retry-After": str(seconds)})
