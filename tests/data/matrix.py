"""Who gets what of the data pages' URLs."""

from __future__ import annotations

from tests.web.access import Page

MATRIX = {"data:map": Page(), "data:summary": Page()}
