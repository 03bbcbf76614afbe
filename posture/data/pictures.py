"""The data stores by classification as bars, for the overview."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.utils.safestring import SafeString

from posture.data.queries import Risk
from posture.drawing import bars
from posture.drawing.bars import Bar, Part
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure, plural

ABBREVIATION_MAX = 4
"""Letters up to which a classification is an abbreviation, as PII."""


def by_classification(request: HttpRequest, risks: Sequence[Risk]) -> tuple[str, SafeString]:
    """Return the point of the picture, and how many stores of each level there are and are open."""
    exposed, stores = sum(one.exposed for one in risks), sum(one.stores for one in risks)
    verb = "is" if exposed == 1 else "are"
    title = f"{figure(exposed)} of {plural(stores, 'data store')} {verb} open"
    url = url_in_scope(request, "data:map")
    shown = [_bar(one, url) for one in risks]
    return title, bars.draw(shown, title, bars.Columns(figures=76))


def level_name(level: str) -> str:
    """Return what a classification is called: "PII", "Confidential", "Unclassified"."""
    if not level:
        return "Unclassified"
    return level.upper() if len(level) < ABBREVIATION_MAX else level.capitalize()


def _bar(one: Risk, url: str) -> Bar:
    rest = Part(one.stores - one.exposed, is_hatched=not one.level)
    words = f"{figure(one.exposed)} open of {figure(one.stores)}" if one.exposed else figure(one.stores)
    title = f"{level_name(one.level)}: {one.exposed} open of {plural(one.stores, 'store')}"
    return Bar(level_name(one.level), [Part(one.exposed, "critical"), rest], words, url, title)
