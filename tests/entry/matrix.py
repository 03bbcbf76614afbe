"""Who gets what of the entry points' URLs."""

from __future__ import annotations

from tests.web.access import Page

MATRIX = {"entry:doors": Page()}
