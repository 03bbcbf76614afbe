"""Preload what pages need, and exempt it from garbage collection.

A collection walks all objects that there are. Most of a server's stay for good: modules, checks, collectors, compiled
templates. To walk these takes 0.1 s, again and again, in whichever request it falls.
"""

from __future__ import annotations

import gc
from pathlib import Path

from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver

from posture.checks import all_checks
from posture.collectors import all_collectors
from posture.frameworks import all_frameworks


def preload() -> None:
    """Load all pages, checks and templates; a broken one stops the start."""
    get_resolver().url_patterns  # noqa: B018 the look itself imports the pages
    for load in (all_checks, all_collectors, all_frameworks):
        load()
    folder = Path(settings.BASE_DIR, "templates")
    for path in folder.rglob("*.html"):
        get_template(str(path.relative_to(folder)))
    gc.collect()
    gc.freeze()
