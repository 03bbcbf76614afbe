"""Each picture of a page as a file.

The page's own URL with `?picture=<id>&export=png` or `csv`.

The page's view runs as for the page, with its scope, filters and dates; what it draws is offered by the tag
`picture_links`, and the middleware here answers with the one that was asked for instead of the page. So a file never
shows what the page would not, and a page's author does nothing for it. `&export=table` answers with the picture's
table, which a page loads once it is opened where it is long.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.text import slugify

from posture.drawing import png, sheet, stylesheet
from posture.history import query
from posture.observability import security
from posture.web import parameters
from posture.web.exports import csv_of
from posture.web.pictures import Panel
from posture.web.scoping import here_with, requested_scope, scope_of
from posture.web.templatetags.words import moment

logger = logging.getLogger(__name__)

PICTURE, EXPORT, THEME = "picture", "export", "theme"
PART_HEADER = "HTTP_HX_REQUEST"
FORMATS, TABLE = ("png", "csv"), "table"
NAME_MAX = 80
"""Characters of a file's name."""
Answer = Callable[[HttpRequest], HttpResponseBase]
View = Callable[..., HttpResponseBase]


def is_requested(request: HttpRequest) -> bool:
    """Return True where a URL asks for one of the page's pictures."""
    return parameters.has(request, PICTURE)


def is_table(request: HttpRequest) -> bool:
    """Return True if the URL asks for a picture's table, a part of its page."""
    return is_requested(request) and parameters.text(request, EXPORT) == TABLE


def offer(request: HttpRequest, name: str, panel: Panel) -> None:
    """Keep a picture that the page draws, in case its file is asked for.

    No two may share a name.
    """
    offered: dict[str, Panel] = request.__dict__.setdefault("pictures", {})
    if offered.setdefault(name, panel) is not panel:
        raise ValueError(f"two pictures of this page are called {name!r}")


class PictureFiles:
    """Middleware that answers with a picture's file where the URL asks for one."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_table(request):
            request.wants_part = request.META.get(PART_HEADER) is not None  # type: ignore[attr-defined]  # read below
            # The view draws its page, not the part that lists send to htmx: the picture may be outside of it.
            request.META = {key: value for key, value in request.META.items() if key != PART_HEADER}
            request.__dict__.pop("headers", None)
        response = self.get_response(request)
        wanted: tuple[str, str, str] | None = getattr(request, "wanted_picture", None)
        if wanted is None or response.status_code != HttpResponse.status_code:
            return response
        return _file(request, *wanted)

    def process_view(
        self, request: HttpRequest, view: View, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """Note what is asked for, and give the view the URL of its page."""
        if not is_requested(request):
            return None
        found = [parameters.text(request, name) for name in (PICTURE, EXPORT, THEME)]
        name, export, theme = found[0], found[1], found[2] or stylesheet.THEMES[0]
        if export not in {*FORMATS, TABLE} or request.method not in {"GET", "HEAD"}:
            return _refuse("A picture is exported by ?picture=…&export=png or ?picture=…&export=csv.")
        if theme not in stylesheet.THEMES:
            return _refuse(f"A theme is {' or '.join(stylesheet.THEMES)}.")
        parameters.remove(request, (PICTURE, EXPORT, THEME))
        request.wanted_picture = (name, export, theme)  # type: ignore[attr-defined]  # read back above
        return None


def _file(request: HttpRequest, name: str, export: str, theme: str) -> HttpResponse:
    offered: Mapping[str, Panel] = getattr(request, "pictures", {})
    panel = offered.get(name)
    if panel is None:
        there = f"It has: {', '.join(sorted(offered))}." if offered else "It has none now."
        return _refuse(f"This page has no picture of that name. {there}", status=404)
    if export == TABLE:
        return _table(request, panel)
    if export == "csv":
        return _attachment(request, panel, "csv", csv_of(panel.columns, panel.rows).encode(), "text/csv; charset=utf-8")
    try:
        drawn = png.render(sheet.compose(panel.title, panel.drawing, _footer(request, panel)), _rules(theme), _fonts())
    except png.TooLargeError as error:
        return _refuse(f"This picture is too large for a PNG: {error}. Its table is exported as CSV.")
    except png.RenderError:
        logger.exception("the picture %s of %s could not be rendered", name, request.path)
        return _refuse("This picture could not be drawn as PNG. Its table is exported as CSV.", status=503)
    return _attachment(request, panel, "png", drawn, "image/png")


def _table(request: HttpRequest, panel: Panel) -> HttpResponse:
    """Return a picture's table as a part of its page, or as a page of its own."""
    if request.wants_part:  # type: ignore[attr-defined]  # set above
        return HttpResponse(render_to_string("web/picture_table.html", {"panel": panel}))
    return render(request, "web/picture_table_page.html", {"panel": panel, "back": here_with(request)})


def _attachment(request: HttpRequest, panel: Panel, suffix: str, content: bytes, content_type: str) -> HttpResponse:
    name = slugify(f"{panel.about} {panel.title}")[:NAME_MAX].strip("-") or "picture"
    security.record("exported", request, target=request.get_full_path())
    disposition = f'attachment; filename="{name}-{_as_of(request):%Y-%m-%d}.{suffix}"'
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})


def _footer(request: HttpRequest, panel: Panel) -> list[str]:
    """Return the footer: whose, what of it, and as of when."""
    what = requested_scope(request)
    organization = what.organization.name if what.organization else ""
    return [organization, panel.about or what.name, f"as of {moment(_as_of(request))}"]


def _as_of(request: HttpRequest) -> datetime:
    """Return the page's date: the `as_of` of the URL, else the last sweep's."""
    scope = scope_of(request)
    _, last = query.get_running_and_last(scope)
    return last.as_of if scope.as_of is None and last else scope.now


@cache
def _rules(theme: str) -> str:
    folder = Path(settings.BASE_DIR) / "static" / "css"
    sheets = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.css"))]
    return stylesheet.resolve(sheets, theme)


@cache
def _fonts() -> Sequence[Path]:
    return sorted((Path(settings.BASE_DIR) / "static" / "vendor" / "ttf").glob("*.ttf"))


def _refuse(sentence: str, status: int = 400) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
