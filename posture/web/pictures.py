"""A picture as pages show it, with its point as title and its numbers as a table.

A page builds a `Panel` and includes `web/picture.html`, or `web/picture_body.html` within a section of its own. That
offers the table, PNG and CSV: `posture.web.picture_files` answers the page's own URL with `?picture=<id>&export=png`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from django.utils.safestring import SafeString

PanelValue = str | int | float | None
"""A figure as it is, or words; None where there is none."""


class FormattedNumber(float):
    """A figure that a page writes in a way of its own, as +0.25.

    Files have it as it is.
    """

    words: str

    def __new__(cls, value: float, words: str) -> Self:
        """Join a figure and its words."""
        made = super().__new__(cls, value)
        made.words = words
        return made

    def __reduce__(self) -> tuple[type[Self], tuple[float, str]]:
        """Return what a copy is made from: pages are kept."""
        return type(self), (float(self), self.words)


@dataclass(frozen=True, slots=True)
class Panel:
    """A picture with its point as title, a link, and its numbers as a table."""

    title: str
    noun: str
    url: str
    drawing: SafeString
    columns: Sequence[str]
    rows: Sequence[Sequence[PanelValue]]
    narrow: SafeString | None = None
    """The same picture for a phone, where it does not fit as it is."""
    id: str = ""
    """The picture's name in the page and its URL, where the template gives none."""
    about: str = ""
    """What it shows besides the scope: the one account or VPC that its page is about."""
