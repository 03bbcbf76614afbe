"""Filters of the objects in an upload."""

from __future__ import annotations

from posture.pages.manifests.tables import LEVELS
from posture.web.filters import Facet, FilterSet, Search


class ObjectFilters(FilterSet):
    """Which objects are shown."""

    q = Search(fields=("name", "namespace", "file"))
    kind = Facet(label="Kind")
    namespace = Facet(label="Namespace", words=lambda value: value or "none")
    level = Facet(label="Pod Security Standard", words=lambda value: LEVELS.get(value, "makes no pods"))
    change = Facet(label="Since the last upload", words=lambda value: value.capitalize() or "As before")
