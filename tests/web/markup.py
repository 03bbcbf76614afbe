"""Markup of pages, independent of how templates are laid out."""

from __future__ import annotations

import re


def squeeze(html: str) -> str:
    """Return HTML with white space collapsed, and none before the end of a tag."""
    return re.sub(r"\s+(?=/?>)", "", " ".join(html.split()))


def compact(html: str) -> str:
    """Return HTML with white space collapsed, and none next to a tag."""
    return re.sub(r"\s*(<[^<>]+>)\s*", r"\1", squeeze(html))


def join_tags(html: str) -> str:
    """Return HTML with white space collapsed, and none between two tags."""
    return squeeze(html).replace("> <", "><")
