"""The container pages: the estate, the images that run, and one image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.functional import cached_property

from posture.pages.containers import estate, queries, squares
from posture.pages.containers.filters import TRAITS, ImageFilter, filter_of
from posture.pages.containers.tables import ImageTable, badge, severity_counts
from posture.pages.containers.usage import STATE_NAMES, STATE_ORDER, Image, ImageState, facts_of
from posture.pages.containers.ways import WAYS
from posture.web.lists import TablePage
from posture.web.pages import DetailPage, ScopedPage
from posture.web.scoping import url_in_scope

REBUILD_FIRST = 4
USES_MAX = 50
"""Workloads that an image's page names; the rest are counted."""
WAITING = (ImageState.FIXABLE, ImageState.CRITICAL, ImageState.GONE, ImageState.NEVER, ImageState.STALE)


class EstatePage(ScopedPage):
    """How containers run, whose each layer is, and the images."""

    template_name = "containers/estate.html"

    def context(self) -> dict[str, Any]:
        request, found = self.request, queries.load_estate(self.scope)
        columns = estate.columns(request, found)
        waiting = [one for one in found.images if one.state in WAITING]
        return {
            "estate": found,
            "heading": estate.heading(found),
            "columns": columns,
            "layers": estate.layer_rows(columns),
            "title": estate.estate_title(columns) if columns else "",
            "accounts": len({one.account_pk for one in found.workloads}),
            "hosts": [one for one in found.workloads if one.recognized_by],
            "squares": squares.square_rows(request, found.images, found.ways),
            "squares_title": squares.title(found.images),
            "rebuild": waiting[:REBUILD_FIRST],
            "blind": sum(found.blind.values()),
        }


class ImageList(TablePage):
    """The images that run, the worst first."""

    heading, noun = "Running images", "image"
    table = ImageTable
    template_name = "containers/images.html"

    @cached_property
    def chosen(self) -> ImageFilter:
        """The filters of the URL."""
        return filter_of(self.request)

    @cached_property
    def every(self) -> Sequence[Image]:
        """All images of the scope."""
        return queries.load_estate(self.scope).images

    def rows(self) -> Sequence[Image]:
        return [image for image in self.every if self.chosen.has(image)]

    def context(self) -> dict[str, Any]:
        return {
            "chosen": self.chosen,
            "total": len(self.every),
            "states": self._counted(
                "state",
                [
                    (state.value, STATE_NAMES[state], lambda one, state=state: one.state is state)
                    for state in STATE_ORDER
                ],
            ),
            "traits": self._counted("trait", [(trait.value, *TRAITS[trait]) for trait in TRAITS]),
            "ways": [
                (way.value, facts.name) for way, facts in WAYS.items() if any(way in image.ways for image in self.every)
            ],
        }

    def _counted(self, name: str, options: Sequence[tuple[str, str, Any]]) -> list[dict[str, Any]]:
        """Return links to the images that have a property, with their number."""
        current = getattr(self.chosen, name)
        found = []
        for value, words, has in options:
            number = sum(map(has, self.every))
            if number or value == current:
                url = url_in_scope(self.request, "containers:images", None, **{name: value})
                found.append({"words": words, "count": number, "url": url, "is_current": value == current})
        return found


class ImagePage(DetailPage[Image]):
    """One image that runs: what is in it, where it is from, and what runs it."""

    template_name, name, missing = "containers/image.html", "image", "No running image has this name."

    def load(self) -> Image | None:
        return queries.find_image(self.scope, self.kwargs["image_id"])

    def context(self) -> dict[str, Any]:
        image = self.thing
        uses = sorted(image.uses, key=lambda use: (use[0].is_public is not True, -use[1], use[0].name))
        return {
            "badge": badge(image.state),
            "has_scan": bool(image.stored and (image.stored.scanned_at or image.stored.counts is not None)),
            "counts": severity_counts(image),
            "facts": list(facts_of(image)),
            "uses": [
                {
                    "workload": workload,
                    "units": units,
                    "way": WAYS[workload.way],
                    "account": self.scope.by_pk[workload.account_pk],
                }
                for workload, units in uses[:USES_MAX]
            ],
            "more_uses": max(0, len(uses) - USES_MAX),
            "names": sorted(
                {f"{one.host}/{one.repository}{f':{one.tag}' if one.tag else ''}" for one in image.references}
            ),
        }
