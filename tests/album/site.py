"""The site, with its error pages at URLs of their own."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from posture.urls import urlpatterns as whole_site
from tests.album.scenes import Scene

ERRORS = sorted(one.name for one in (settings.BASE_DIR / "templates").glob("[0-9]*.html"))
"""The templates of errors: whatever begins with a status."""
WORDS = {"seconds": 30, "minutes": 12, "limit": "address", "wrong": "The date 2026-13-01 is none.", "kind": "pages"}
"""What those templates are given by the code that uses them."""


def show_error(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with an error page, but with status 200."""
    return render(request, name, WORDS)


urlpatterns = [*whole_site, *(path(f"errors/{name}", show_error, {"name": name}) for name in ERRORS)]


def extra_scenes(persona: str) -> list[Scene]:
    """Return the error pages, as one person opens them: they look the same to all."""
    return [Scene(f"error:{name}", f"/errors/{name}", persona) for name in ERRORS if persona == "admin"]
