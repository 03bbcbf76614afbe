"""Links that keep the scope. Built into every template."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import template
from django.http import HttpRequest
from django.template.context import RequestContext

from posture.web.filters import FilterSet
from posture.web.scoping import here_with, scope_query, url_in_scope

register = template.Library()


@register.simple_tag(takes_context=True)
def link(context: RequestContext, page: str, **arguments: object) -> str:
    """Return a page's URL in the current scope.

    `{% link "findings:detail" finding_id=f.pk q_severity="high" %}`.

    Arguments that start with `q_` go into the query, the others into the path.
    """
    query = {name.removeprefix("q_"): value for name, value in arguments.items() if name.startswith("q_")}
    kwargs = {name: value for name, value in arguments.items() if not name.startswith("q_")}
    return url_in_scope(_request(context), page, kwargs, **query)


@register.simple_tag(takes_context=True)
def here(context: RequestContext, **query: object) -> str:
    """Return this page's URL with some parameters changed.

    `{% here as_of="" %}` drops one.
    """
    return here_with(_request(context), **query)


@register.simple_tag(takes_context=True)
def here_at(context: RequestContext, parameter: str, value: object) -> str:
    """Return this page's URL with one parameter changed, named by a variable."""
    return here_with(_request(context), **{parameter: value})


@register.simple_tag(takes_context=True)
def here_sorted(context: RequestContext, table: Any, column: Any) -> str:
    """Return this page's URL ordered by a column; reversed if it already is."""
    return here_with(_request(context), **{table.prefixed_order_by_field: str(column.order_by_alias.next)})


@register.simple_tag(takes_context=True)
def clear_filters(context: RequestContext, filters: FilterSet) -> str:
    """Return this page's URL with no filter on."""
    return here_with(_request(context), **dict.fromkeys(filters.filters, ""))


@register.inclusion_tag("web/hidden_fields.html", takes_context=True)
def hidden_query(context: RequestContext, *changed: str) -> dict[str, object]:
    """Write the page's parameters as hidden fields, except those of the form."""
    query = _request(context).GET
    fields = [(name, value) for name in query if name not in {*changed, "page"} for value in query.getlist(name)]
    return {"fields": fields}


@register.inclusion_tag("web/hidden_fields.html", takes_context=True)
def hidden_scope(context: RequestContext) -> dict[str, object]:
    """Write the scope's parameters alone as hidden fields of a GET form."""
    return {"fields": list(scope_query(_request(context)).items())}


def _request(context: RequestContext) -> HttpRequest:
    request: HttpRequest = context["request"]
    return request


@register.filter
def web_address(text: str) -> str:
    """Return a typed text if it is an address that may be a link, else nothing.

    Only http and https, and nothing before the host that looks like another one.
    """
    if not text.isprintable() or any(letter.isspace() for letter in text):
        return ""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return ""
    return text if parts.scheme in {"http", "https"} and host and "@" not in parts.netloc else ""
