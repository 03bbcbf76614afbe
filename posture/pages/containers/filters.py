"""Filters of images, as the URL has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from django.http import HttpRequest

from posture.pages.containers.usage import STATE_NAMES, Image, ImageState
from posture.pages.containers.ways import WAYS, WayOfRunning
from posture.web import parameters


class Trait(StrEnum):
    """What else images can be listed by."""

    REACHED = "reached"
    PUBLIC_REGISTRY = "public-registry"
    MUTABLE = "mutable-tag"
    ACROSS = "cross-account"


TRAITS: Mapping[Trait, tuple[str, Callable[[Image], bool]]] = {
    Trait.REACHED: ("internet-facing", lambda image: image.is_public),
    Trait.PUBLIC_REGISTRY: ("public registry", lambda image: image.is_from_public_registry),
    Trait.MUTABLE: ("mutable tag", lambda image: image.is_by_mutable_tag),
    Trait.ACROSS: ("pulled from another account", lambda image: image.pulls_across_accounts),
}
"""Each trait in words, and which images have it."""


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """The filters of images; empty for all."""

    state: str = ""
    way: str = ""
    trait: str = ""
    text: str = ""

    @property
    def is_empty(self) -> bool:
        """Return True if every image is shown."""
        return not any(getattr(self, one.name) for one in fields(self))

    @property
    def words(self) -> str:
        """The filters in words; empty for all."""
        parts = [
            STATE_NAMES[ImageState(self.state)] if self.state else "",
            WAYS[WayOfRunning(self.way)].name if self.way else "",
            TRAITS[Trait(self.trait)][0] if self.trait else "",
            f"“{self.text}”" if self.text else "",
        ]
        return ", ".join(part for part in parts if part)

    def has(self, image: Image) -> bool:
        """Return True if an image matches."""
        return (
            (not self.state or image.state == self.state)
            and (not self.way or WayOfRunning(self.way) in image.ways)
            and (not self.trait or TRAITS[Trait(self.trait)][1](image))
            and (not self.text or self.text.casefold() in _text(image))
        )


def filter_of(request: HttpRequest) -> ImageFilter:
    """Return the filters of a request."""
    return ImageFilter(
        parameters.choice(request, "state", list(ImageState)),
        parameters.choice(request, "way", list(WayOfRunning)),
        parameters.choice(request, "trait", list(Trait)),
        parameters.text(request, "q").strip(),
    )


def _text(image: Image) -> str:
    names = [f"{one.host}/{one.repository}:{one.tag}" for one in image.references]
    return " ".join((image.name, image.digest, *names, *(one.name for one in image.workloads))).casefold()
