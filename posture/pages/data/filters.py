"""Filters of open stores, as the URL has them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from posture.pages.data.exposure import DataExposure
from posture.pages.data.levels import NO_LEVEL
from posture.pages.data.queries import OpenStore
from posture.web import parameters


@dataclass(frozen=True, slots=True)
class StoreFilters:
    """The filters of open stores; empty for all."""

    exposure: str = ""
    kind: str = ""
    level: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> StoreFilters:
        """Return the filters that the URL sets."""
        exposure = parameters.choice(request, "way", list(DataExposure))
        return cls(exposure, parameters.text(request, "kind"), parameters.text(request, "level"))

    def has(self, one: OpenStore) -> bool:
        """Return True if an open store matches."""
        return (
            (not self.exposure or self.exposure in one.exposures)
            and (not self.kind or self.kind == one.finding.resource_type)
            and (not self.level or self.level == (one.level or NO_LEVEL))
        )
