"""Who gets what of the practices' URLs."""

from __future__ import annotations

from tests.web.access import Page

MATRIX = {
    "practices:list": Page(),
    "practices:detail": Page(kwargs=lambda _: {"practice_id": "encryption"}),
    "practices:responsibility": Page(),
    "practices:framework": Page(kwargs=lambda _: {"framework_id": "cis_aws_7"}),
}
