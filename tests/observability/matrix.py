"""Who gets what of the metrics."""

from __future__ import annotations

from tests.web.access import Page

MATRIX = {"observability:metrics": Page(anonymous=403, owner=403, stranger=403, executive=403, is_scoped=False)}
