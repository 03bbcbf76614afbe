"""Charts and tables in templates. Built into every template."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import RequestContext

from posture.web.figures import Figure

register = template.Library()


@register.inclusion_tag("web/chart.html")
def chart(figure: Figure, *, heading: str = "") -> dict[str, Any]:
    """Draw a figure, with its numbers in a table one click away."""
    return {"figure": figure, "heading": heading, "json": figure.as_json()}


@register.simple_tag(takes_context=True)
def table(context: RequestContext, table: Any) -> str:
    """Write a table that `posture.web.tables.configure` has prepared."""
    request: HttpRequest = context["request"]
    table.frame = context.get("frame")
    html: str = table.as_html(request)
    return html
