"""The executive overview."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show how the scope stands, how it got there and what to do first."""
    return render(request, "dashboard/overview.html", {})
