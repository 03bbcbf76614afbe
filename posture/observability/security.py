"""Security events as log lines of one shape: who did what from where.

They carry no secret, and mask no name.

An operator who looks into an attack needs the names and addresses; docs/observability.md lists the events.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from posture.observability import clients

LOGGER = "plumbline.security"
logger = logging.getLogger(LOGGER)

EVENTS: Mapping[str, str] = {
    "login": "logged in",
    "login_failed": "failed to log in",
    "login_locked": "was refused another login",
    "logout": "logged out",
    "password_changed": "changed the own password",
    "password_failed": "gave a wrong old password",
    "password_locked": "was refused another change of the password",
    "password_set": "set a person's password",
    "person_added": "added a person",
    "role_changed": "changed a person's role",
    "access_changed": "changed whether a person may log in",
    "owner_changed": "changed what a person owns",
    "organization_added": "added an organization",
    "organization_connected": "connected an organization",
    "organization_paused": "paused an organization",
    "organization_resumed": "resumed an organization",
    "organization_deleted": "deleted the draft of an organization",
    "setting_changed": "changed a setting",
    "attested": "attested what no API reports",
    "attestation_withdrawn": "took back an attestation",
    "manifests_uploaded": "uploaded manifests",
    "manifests_removed": "removed a source of manifests",
    "parameter_changed": "changed a parameter of checks",
    "cluster_connected": "had a Kubernetes cluster read",
    "cluster_disconnected": "had a Kubernetes cluster read no more",
    "rotation_started": "started a change of the external id",
    "rotation_completed": "completed a change of the external id",
    "rotation_cancelled": "cancelled a change of the external id",
    "exported": "exported a table or picture",
}
"""Each event with what a line says of it."""
WARNINGS = {"login_failed", "login_locked", "password_failed", "password_locked"}
VALUE_LENGTH_MAX = 200
"""Characters of a value: names are typed by anybody."""


def record(event: str, request: HttpRequest | None, *, user: str | None = None, **fields: Any) -> None:
    """Log an event by the request's person, or by the name that was typed.

    Fields are names, numbers and lists of these; hand in no secret.
    """
    who = user if user is not None else _person(request)
    where = clients.address(request) if request is not None else ""
    shortened = {name: _shorten(value) for name, value in fields.items()}
    level = logging.WARNING if event in WARNINGS else logging.INFO
    extra = {"event": event, "user": _shorten(who), "address": where, **shortened}
    logger.log(level, "%s %s", _shorten(who) or "somebody", EVENTS[event], extra=extra)


def _person(request: HttpRequest | None) -> str:
    return str(getattr(getattr(request, "user", None), "username", ""))


def _shorten(value: Any) -> Any:
    text = str(value)
    return text if len(text) <= VALUE_LENGTH_MAX else f"{text[:VALUE_LENGTH_MAX]}…"
