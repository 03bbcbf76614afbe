"""The pages of the styleguide, for admins: nothing in them is anybody's data."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import admin_required
from posture.core.outcome import Severity
from posture.pages.styleguide import parts, tokens
from posture.pages.styleguide.drawings import all_examples
from posture.web.templatetags.marks import STATES

FIRST_PARTS, FIRST_PICTURES = 9, 13
FRAME = ("plumbline", "parts", "frame", "plotly", "print")
"""Sheets that each page has by itself."""
CHAPTERS = (
    ("tokens", "Tokens"),
    ("parts", "Parts"),
    ("more_parts", "More parts"),
    ("pictures", "Pictures"),
    ("more_pictures", "More pictures"),
)
"""Parts and pictures are on two pages each, so that none is too long for a phone."""


@admin_required
@require_safe
def show_tokens(request: HttpRequest) -> HttpResponse:
    """Show colours with their contrast and distances, type sizes and constants."""
    context = {
        "colours": tokens.colours(),
        "pairs": tokens.pairs(),
        "apart": tokens.APART,
        "sizes": tokens.font_sizes(),
        "constants": {**tokens.constants(), **tokens.others()},
    }
    return _show(request, "tokens", context)


@admin_required
@require_safe
def show_parts(request: HttpRequest) -> HttpResponse:
    """Show severities, states, and each part of `templates/web` with examples."""
    context = {"severities": list(Severity), "states": list(STATES), **_parts(request, slice(None, FIRST_PARTS))}
    return _show(request, "parts", context)


@admin_required
@require_safe
def show_more_parts(request: HttpRequest) -> HttpResponse:
    """Show the other parts."""
    return _show(request, "more_parts", _parts(request, slice(FIRST_PARTS, None)))


def _parts(request: HttpRequest, some: slice) -> dict[str, object]:
    names = [(name, f"styleguide/web/{name}.html") for name in parts.shown()[some]]
    return {"parts": names, **parts.context(request)}


@admin_required
@require_safe
def show_pictures(request: HttpRequest) -> HttpResponse:
    """Show each picture of `posture.drawing` with examples."""
    return _show(request, "pictures", {"pictures": list(all_examples())[:FIRST_PICTURES]})


@admin_required
@require_safe
def show_more_pictures(request: HttpRequest) -> HttpResponse:
    """Show the other pictures."""
    return _show(request, "more_pictures", {"pictures": list(all_examples())[FIRST_PICTURES:]})


def _show(request: HttpRequest, chapter: str, context: dict[str, object]) -> HttpResponse:
    names = (path.stem for path in (settings.BASE_DIR / "static" / "css").glob("*.css"))
    sheets = [f"css/{name}.css" for name in sorted(names) if name not in FRAME]
    common = {"chapters": CHAPTERS, "chapter": chapter, "sheets": sheets}
    return render(request, f"styleguide/{chapter}.html", {**common, **context})
