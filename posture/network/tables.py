"""The table of VPCs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_tables2 as tables
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from posture.history.scope import Scope
from posture.network import queries
from posture.network.isolation import VpcPicture
from posture.web.columns import NUMBER, AccountColumn
from posture.web.filters import Facet, FilterSet, Search
from posture.web.tables import Table
from posture.web.templatetags import marks, words


class VpcFilters(FilterSet):
    """Which VPCs are shown."""

    q = Search(fields=("name", "arn"))
    account_id = Facet(label="Account", field_name="account__account_id", named_by="account__name")
    region = Facet(label="Region")


class VpcTable(Table):
    """VPCs, each with what is public in it and what reaches it; drawn for the rows on the page alone."""

    is_of_estate = True
    row_link = ("network:vpc", {"resource_id": "resource_id"})
    name = tables.Column(verbose_name="VPC")
    account = AccountColumn()
    region = tables.Column()
    public = tables.Column("Public subnets", accessor="resource_id", orderable=False, attrs=NUMBER)
    private = tables.Column("Private", accessor="resource_id", orderable=False, attrs=NUMBER)
    isolated = tables.Column("Isolated", accessor="resource_id", orderable=False, attrs=NUMBER)
    reached = tables.Column("Reached from the internet", accessor="resource_id", orderable=False)

    class Meta(Table.Meta):
        order_by = "name"
        empty_text = "No VPC in this scope."

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = scope
        self.drawn: dict[int, VpcPicture] = {}

    def before_render(self, request: HttpRequest) -> None:
        """Draw the page's rows together."""
        self.prepare([row.record for row in self.paginated_rows])

    def prepare(self, records: Sequence[Any]) -> None:
        """Draw the given records, and forget the others."""
        self.drawn = queries.pictures(self.scope, records)

    def _picture(self, resource_id: int, record: Any) -> VpcPicture:
        if resource_id not in self.drawn:
            self.prepare([record])
        return self.drawn[resource_id]

    def render_public(self, value: int, record: Any) -> int | SafeString:
        """Return the number of public subnets, with a mark where some could not be placed."""
        picture = self._picture(value, record)
        if picture.unknown:
            return format_html("{} {}", picture.public, marks.status("unknown", f"{picture.unknown} unknown"))
        return picture.public

    def render_private(self, value: int, record: Any) -> int:
        """Return the number of private subnets."""
        return self._picture(value, record).private

    def render_isolated(self, value: int, record: Any) -> int:
        """Return the number of isolated subnets."""
        return self._picture(value, record).isolated

    def render_reached(self, value: int, record: Any) -> str | SafeString:
        """Return what the internet reaches, in words."""
        picture = self._picture(value, record)
        if any(path.certain for path in picture.paths):
            return format_html("<strong>{}</strong>", _reached(picture))
        if picture.unseen or picture.paths:
            return marks.status("unknown", "Could not be told")
        return format_html('<span class="pl-quiet">{}</span>', "nothing")

    def value_public(self, value: int, record: Any) -> int:
        """Export the number of public subnets."""
        return self._picture(value, record).public

    def value_reached(self, value: int, record: Any) -> str:
        """Export what the internet reaches, without marks."""
        picture = self._picture(value, record)
        reached = _reached(picture)
        return f"{reached}; not all could be read" if picture.unseen else reached


def _reached(picture: VpcPicture) -> str:
    """Word which interfaces the internet reaches for certain, and on what."""
    paths = [path for path in picture.paths if path.certain]
    if not paths:
        return "nothing"
    ports = ", ".join(dict.fromkeys(path.ports for path in paths))
    return f"{words.plural(len(paths), 'interface')} on {ports}"
