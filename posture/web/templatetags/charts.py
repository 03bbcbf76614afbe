"""Charts and tables in templates. Built into every template."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import RequestContext

from posture.web.figures import Figure
from posture.web.picture_files import FORMATS, TABLE, offer
from posture.web.pictures import FormattedNumber, Panel
from posture.web.scoping import here_with
from posture.web.templatetags.words import NONE, figure

register = template.Library()

INLINE_ROWS_MAX = 100
"""Rows of a picture's table up to which the page has it in itself."""


@register.inclusion_tag("web/chart.html")
def chart(figure: Figure, *, heading: str = "") -> dict[str, Any]:
    """Draw a figure, with its numbers in a table one click away."""
    return {"figure": figure, "heading": heading, "json": figure.as_json()}


@register.inclusion_tag("web/picture_links.html", takes_context=True)
def picture_links(context: RequestContext, panel: Panel, name: str = "") -> dict[str, Any]:
    """Link to a picture's PNG and CSV, which the page's own URL answers from then on."""
    request: HttpRequest = context["request"]
    name = panel.id or name
    offer(request, name, panel)
    links = [(export.upper(), here_with(request, picture=name, export=export)) for export in FORMATS]
    return {"panel": panel, "links": links}


@register.simple_tag(takes_context=True)
def lazy_table_url(context: RequestContext, panel: Panel, name: str = "") -> str:
    """Return the URL of a picture's table if it is loaded once opened; else ""."""
    if len(panel.rows) <= INLINE_ROWS_MAX:
        return ""
    return here_with(context["request"], picture=panel.id or name, export=TABLE)


@register.filter
def cell(value: Any) -> str:
    """Write a cell of a picture's table."""
    if value is None:
        return NONE
    if isinstance(value, FormattedNumber):
        return value.words
    if isinstance(value, int):
        return figure(value)
    return f"{value:,.1f}" if isinstance(value, float) else str(value)


@register.simple_tag(takes_context=True)
def table(context: RequestContext, table: Any) -> str:
    """Write a table that `posture.web.tables.configure` has prepared."""
    request: HttpRequest = context["request"]
    table.frame = context.get("frame")
    html: str = table.as_html(request)
    return html
