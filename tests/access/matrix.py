"""Who gets what of the URL of access."""

from __future__ import annotations

from tests.web.access import Page

MATRIX = {"access:ask": Page()}
