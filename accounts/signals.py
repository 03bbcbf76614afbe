"""Logins and logouts as security events."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from posture.observability import security


@receiver(user_logged_in)
def log_login(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """Log a login."""
    security.record("login", request, user=user.get_username())


@receiver(user_logged_out)
def log_logout(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """Log a logout; a session that had ended before has no person."""
    if user is not None:
        security.record("logout", request, user=user.get_username())


@receiver(user_login_failed)
def log_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Log a failed login with the name that was typed."""
    security.record("login_failed", request, user=str(credentials.get("username") or ""))
