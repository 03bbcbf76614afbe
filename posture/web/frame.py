"""Views of the frame: palette, keyboard shortcuts and tour."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from posture.web import palette as palettes
from posture.web import parameters, tours
from posture.web.keyboard import sections
from posture.web.scoping import require_user, url_in_scope


@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """Return what fits a search as the options of the palette's list box."""
    text = parameters.text(request, "q")
    groups = palettes.search(request, text)
    context = {"groups": groups, "text": text, "count": sum(len(group.entries) for group in groups)}
    return render(request, "web/palette_found.html", context)


@require_POST
def record_opened(request: HttpRequest) -> HttpResponse:
    """Note what a person opened from the palette."""
    palettes.record_opened(require_user(request), request.POST.get("key", ""))
    return HttpResponse(status=204)


@require_safe
def shortcuts(request: HttpRequest) -> HttpResponse:
    """List the keyboard shortcuts: as a page, and in the dialog of other pages."""
    part = bool(getattr(request, "htmx", None))
    template = "web/shortcuts_list.html" if part else "web/shortcuts.html"
    return render(request, template, {"sections": sections(require_user(request))})


@require_POST
def switch_shortcuts(request: HttpRequest) -> HttpResponse:
    """Switch single-key shortcuts on or off for the person."""
    is_on = bool(request.POST.get("on"))
    User.objects.filter(pk=require_user(request).pk).update(has_shortcuts=is_on)
    messages.success(request, f"Single-key shortcuts are {'on' if is_on else 'off'}.")
    return redirect(url_in_scope(request, "accounts:profile"))


@require_safe
def tour(request: HttpRequest) -> HttpResponse:
    """Show the tour of the person's role, also after it was dismissed."""
    return render(request, "web/tour_page.html", {"tour": tours.tour_of(request)})


@require_POST
def dismiss_tour(request: HttpRequest) -> HttpResponse:
    """Put the tour away for good; it stays reachable from the profile."""
    User.objects.filter(pk=require_user(request).pk, tour_dismissed_at=None).update(tour_dismissed_at=timezone.now())
    page = request.POST.get("page", "")
    return redirect(url_in_scope(request, page if page in tours.START_PAGES else "dashboard:overview"))
