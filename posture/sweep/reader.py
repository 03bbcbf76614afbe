"""Identifies the code that reads: what other code has read is not reused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from pathlib import Path

from posture.core.collector import Cadence, Collector

_PACKAGES = ("collectors", "core", "sweep")
"""Packages of `posture` that read resources and prepare them."""
_FUNCTIONS = {"gather", "population"}
"""Fields of a collector that are code."""


def reader_digest(collectors: Iterable[Collector]) -> str:
    """Return a digest of the code that reads and of the declarations of daily types."""
    hasher = hashlib.blake2b(_code().encode(), digest_size=16)
    for declaration in sorted(_declaration(each) for each in collectors if each.cadence is Cadence.DAILY):
        hasher.update(declaration.encode())
    return hasher.hexdigest()


def _declaration(collector: Collector) -> str:
    return repr([getattr(collector, each.name) for each in fields(collector) if each.name not in _FUNCTIONS])


@cache
def _code() -> str:
    hasher = hashlib.blake2b(digest_size=16)
    for package in _PACKAGES:
        for path in sorted((Path(__file__).parents[1] / package).rglob("*.py")):
            hasher.update(path.read_bytes())
    return hasher.hexdigest()
