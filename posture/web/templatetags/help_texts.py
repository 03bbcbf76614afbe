"""Help next to a figure: `{% help "score" %}`. Built into every template."""

from __future__ import annotations

import zlib

from django import template
from django.http import HttpRequest
from django.template.context import RequestContext

from posture.web.help import HELP
from posture.web.scoping import url_in_scope

register = template.Library()


@register.inclusion_tag("web/help.html", takes_context=True)
def help(context: RequestContext, key: str) -> dict[str, object]:  # noqa: A001 - the tag's name
    """Write a button that opens the text about a figure of `posture.web.help.HELP`."""
    request: HttpRequest = context["request"]
    one = HELP[key]
    number = getattr(request, "help_count", 0) + 1
    request.help_count = number  # type: ignore[attr-defined]  # a figure may be on a page more than once
    # Parts of a page come with requests of their own: the path keeps their ids apart from the page's.
    identity = f"help-{key}-{zlib.crc32(request.path.encode()):x}-{number}"
    url = url_in_scope(request, one.page, dict(one.kwargs)) if one.page else ""
    return {"help": one, "id": identity, "url": url}
