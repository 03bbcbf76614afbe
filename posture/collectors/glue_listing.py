"""Whether a region's Glue catalog is in use. Declares no collector."""

from __future__ import annotations

from posture.core.collector import Ask

GET_DATABASES = "glue:GetDatabases"


def has_databases(ask: Ask) -> bool:
    """Whether the catalog has a database, without which it holds nothing."""
    return any(True for _ in ask.pages("glue", "get_databases", "DatabaseList", MaxResults=1, AttributesToGet=["NAME"]))
