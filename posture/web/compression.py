"""Compression of pages and parts of pages.

Exports and pictures go as they are.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressPages(GZipMiddleware):
    """Middleware that sends text by gzip, with padding of a random length.

    The padding, and CSRF tokens that are masked per answer, keep the length of a page from giving its secrets away
    (BREACH). Exports are streamed row by row: the compressor would hold their first rows back.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return the answer, compressed where that makes it smaller."""
        if response.streaming or not is_text(response.headers.get("Content-Type", "")):
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed


def is_text(content_type: str) -> bool:
    """Return True for content that is not compressed in itself, as PNG is."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in {"application/json", "image/svg+xml"}
