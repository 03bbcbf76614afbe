"""Listings of CodeBuild, which describes things in batches. Declares no collector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from posture.core.collector import Ask

_AT_ONCE = 100


def project_names(ask: Ask) -> list[str]:
    """Return the names of all projects; without any, there are no report groups."""
    return list(ask.pages("codebuild", "list_projects", "projects"))


def in_batches(ask: Ask, operation: str, key: str, name: str, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield what an operation returns under `key`; `name` is its list of ids."""
    for start in range(0, len(ids), _AT_ONCE):
        some: dict[str, Any] = {name: ids[start : start + _AT_ONCE]}
        yield from ask.pages("codebuild", operation, key, **some)
