"""Filters of permissions, as the URL has them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.http import HttpRequest

from posture.pages.permissions.tables import PermissionRow
from posture.web import parameters


@dataclass(frozen=True, slots=True)
class PermissionFilters:
    """A search and choices; empty for all."""

    text: str = ""
    level: str = ""
    is_refused: bool = False

    @classmethod
    def of(cls, request: HttpRequest, levels: Collection[str]) -> PermissionFilters:
        """Return the filters that the URL sets."""
        return cls(
            text=parameters.text(request, "q"),
            level=parameters.choice(request, "level", levels),
            is_refused=parameters.is_on(request, "refused"),
        )

    def has(self, row: PermissionRow) -> bool:
        """Return True if a permission matches."""
        is_shown = not self.is_refused or row.refused > 0
        return is_shown and self.level in {"", row.level} and row.permission.has(self.text)
