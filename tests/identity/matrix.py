"""Who gets what of the identity pages' URLs."""

from __future__ import annotations

from tests.web.access import Page

MATRIX = {
    "identity:overview": Page(),
    "identity:list": Page(),
    "identity:outside": Page(),
    "identity:center": Page(),
    "identity:keys": Page(),
}
