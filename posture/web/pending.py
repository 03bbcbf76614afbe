"""Holds the URL of a page that is not built yet, so that other pages can link to it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posture.web.scoping import scope_of


@require_safe
def pending(request: HttpRequest, **kwargs: object) -> HttpResponse:
    """Say that there is no page here yet."""
    scope_of(request)
    return render(request, "web/pending.html", status=501)
