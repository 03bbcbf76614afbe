"""A table that becomes a list of cards on narrow screens.

Each cell carries the heading of its column.

Pages that show one link `css/cards.css`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from posture.web.tables import Table


class CardTable(Table):
    """A table whose rows are cards where it would be wider than the screen."""

    class Meta(Table.Meta):
        attrs: ClassVar = {"class": "table pl-table pl-cards"}
        template_name = "web/cards.html"

    def card_rows(self) -> Iterator[tuple[list[tuple[str, str, Any]], str]]:
        """Yield each row's cells, with classes and headings, and the row's URL."""
        headings = [str(column.header) for column in self.columns]
        for cells, url in self.linked_rows():
            yield [(classes, heading, cell) for (classes, cell), heading in zip(cells, headings, strict=True)], url
