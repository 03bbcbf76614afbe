"""What each kind of person gets from a URL.

Rows of an area's `tests/<area>/matrix.py`.

    MATRIX = {
        "findings:list": Page(),
        "findings:detail": Page(kwargs=lambda world: {"finding_id": …}, stranger=404),
    }

Redirects to the login are written LOGIN, other answers as their status.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.urls import URLResolver, get_resolver

from tests.web.world import World

LOGIN = "login"
PERSONAS = ("anonymous", "owner", "stranger", "executive", "admin")
Answer = int | str


def nothing(world: World) -> Mapping[str, Any]:
    """Return no arguments."""
    return {}


@dataclass(frozen=True)
class Page:
    """What a GET (or `method`) of the URL answers to each persona.

    `stranger` owns something else.
    """

    anonymous: Answer = LOGIN
    owner: Answer = 200
    stranger: Answer = 200
    executive: Answer = 200
    admin: Answer = 200
    kwargs: Callable[[World], Mapping[str, Any]] = nothing
    query: Callable[[World], Mapping[str, Any]] = nothing
    method: str = "get"
    data: Mapping[str, Any] = field(default_factory=dict)
    is_scoped: bool = True
    """Whether it shows what the scope in its URL holds; a person's own pages do not."""


def admins_only(**changes: Any) -> Page:
    """Return the row of a page that is the admins' alone."""
    return Page(**{"owner": 403, "stranger": 403, "executive": 403, **changes})


def matrix() -> dict[str, Page]:
    """Return all areas' rows; two areas may not claim one URL."""
    rows: dict[str, Page] = {}
    for path in sorted(Path(__file__).parent.parent.glob("*/matrix.py")):
        module = importlib.import_module(f"tests.{path.parent.name}.matrix")
        twice = rows.keys() & module.MATRIX.keys()
        assert not twice, f"{path} claims {twice}, which another area has already"
        rows |= module.MATRIX
    return rows


def urls(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[str]:
    """Yield the qualified name of every URL of the site.

    One without a name as its pattern.
    """
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = ":".join(part for part in (namespace, entry.namespace) if part)
            yield from urls(entry, inner)
        else:
            yield f"{namespace}:{entry.name}" if namespace and entry.name else entry.name or str(entry.pattern)
