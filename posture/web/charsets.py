"""Refuse requests whose Content-Type Django cannot read.

Django decodes even the query of the URL by the charset that the header of the body names, and does so while it makes
the request: a charset that makes no text (`hex`, `undefined`) ends in an exception that no middleware sees.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

REFUSAL = b"The Content-Type of this request cannot be read: its text must be encoded as UTF-8.\n"

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def refuse_charsets(application: Application) -> Application:
    """Answer 400 for charsets other than UTF-8 and for undecodable parameters."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if is_readable(environ.get("CONTENT_TYPE", "")):
            return application(environ, start_response)
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(REFUSAL)))]
        start_response("400 Bad Request", headers)
        return [REFUSAL]

    return answer


def is_readable(content_type: str) -> bool:
    """Return True if Django can read a Content-Type.

    Its charset must be UTF-8, or one that Python does not know.
    """
    try:
        charset = parse_header_parameters(content_type)[1].get("charset")
        return charset is None or _name_of(charset) in {"utf-8", ""}
    except (ValueError, LookupError):
        return False


def _name_of(charset: str) -> str:
    """Return Python's name of a charset.

    Empty for none that it knows, which Django reads as UTF-8.
    """
    try:
        return codecs.lookup(charset).name
    except LookupError:
        return ""
