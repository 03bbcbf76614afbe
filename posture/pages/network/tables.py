"""The table of VPCs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import django_tables2 as tables
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from posture.drawing import vpc_row
from posture.drawing.vpc_row import SmallVpc
from posture.history.scope import Scope
from posture.pages.network import queries
from posture.pages.network.isolation import Placement, VpcPicture
from posture.web.cards import CardTable
from posture.web.columns import NUMBER, AccountColumn
from posture.web.filters import Facet, FilterSet, Search
from posture.web.templatetags import marks, words


class VpcFilters(FilterSet):
    """Which VPCs are shown."""

    q = Search(fields=("name", "arn"))
    account_id = Facet(label="Account", field_name="account__account_id", named_by="account__name")
    region = Facet(label="Region")


class VpcTable(CardTable):
    """VPCs, each with what is public in it and what reaches it; drawn for the rows on the page alone."""

    is_swept_data = True
    row_link = ("network:vpc", {"resource_id": "resource_id"})
    name = tables.Column(verbose_name="VPC")
    drawing = tables.Column(
        "Subnets",
        accessor="resource_id",
        orderable=False,
        exclude_from_export=True,
        attrs={"td": {"class": "pl-vpcs-drawing"}},
    )
    account = AccountColumn()
    region = tables.Column()
    public = tables.Column("Public", accessor="resource_id", orderable=False, attrs=NUMBER)
    private = tables.Column("Private", accessor="resource_id", orderable=False, attrs=NUMBER)
    isolated = tables.Column("Isolated", accessor="resource_id", orderable=False, attrs=NUMBER)
    reached = tables.Column("Reached from the internet", accessor="resource_id", orderable=False)

    class Meta(CardTable.Meta):
        attrs: ClassVar = {"class": "table pl-table pl-cards pl-vpcs"}
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

    def render_drawing(self, value: int, record: Any) -> SafeString:
        """Draw the VPC as a row has room for it."""
        picture = self._picture(value, record)
        certain = sum(path.certain for path in picture.paths)
        subnets = [(placement.value, picture.count(placement)) for placement in Placement]
        return vpc_row.draw(SmallVpc(subnets, certain, len(picture.paths) - certain, not picture.has_subnets))

    def render_public(self, value: int, record: Any) -> int | SafeString:
        """Return the number of public subnets, with a mark where some could not be placed."""
        picture = self._picture(value, record)
        if picture.unknown:
            return format_html("{} {}", picture.public, marks.status("unknown", f"{picture.unknown} unknown"))
        return _shown(picture, Placement.PUBLIC)

    def render_private(self, value: int, record: Any) -> int | SafeString:
        """Return the number of private subnets."""
        return _shown(self._picture(value, record), Placement.PRIVATE)

    def render_isolated(self, value: int, record: Any) -> int | SafeString:
        """Return the number of isolated subnets."""
        return _shown(self._picture(value, record), Placement.ISOLATED)

    def render_reached(self, value: int, record: Any) -> str | SafeString:
        """Return what the internet reaches, in words."""
        picture = self._picture(value, record)
        if any(path.certain for path in picture.paths):
            return format_html("<strong>{}</strong>", _reached(picture))
        if picture.unseen or picture.paths:
            return marks.status("unknown")
        return format_html('<span class="pl-quiet">{}</span>', "nothing")

    def value_public(self, value: int, record: Any) -> int | str:
        """Export the number of public subnets, and of those that could not be placed."""
        return _exported(self._picture(value, record), Placement.PUBLIC)

    def value_private(self, value: int, record: Any) -> int | str:
        """Export the number of private subnets, as `value_public` does."""
        return _exported(self._picture(value, record), Placement.PRIVATE)

    def value_isolated(self, value: int, record: Any) -> int | str:
        """Export the number of isolated subnets, as `value_public` does."""
        return _exported(self._picture(value, record), Placement.ISOLATED)

    def value_reached(self, value: int, record: Any) -> str:
        """Export what the internet reaches, without marks; what is not certain is unknown, and never nothing."""
        picture = self._picture(value, record)
        if picture.unseen and any(path.certain for path in picture.paths):
            return f"{_reached(picture)}; not all could be read"
        is_unknown = (picture.unseen or picture.paths) and not any(path.certain for path in picture.paths)
        return "unknown" if is_unknown else _reached(picture)


def _shown(picture: VpcPicture, placement: Placement) -> int | SafeString:
    """Return a number of subnets; a mark where they could not be listed."""
    return picture.count(placement) if picture.has_subnets else marks.status("unknown", "Unknown")


def _exported(picture: VpcPicture, placement: Placement) -> int | str:
    """Return a number of subnets as a plain value: "1; 2 unknown" where some could not be placed."""
    if not picture.has_subnets:
        return "unknown"
    number = picture.count(placement)
    return f"{number}; {picture.unknown} unknown" if picture.unknown else number


def _reached(picture: VpcPicture) -> str:
    """Word which interfaces the internet reaches for certain, and on what."""
    paths = [path for path in picture.paths if path.certain]
    if not paths:
        return "nothing"
    ports = ", ".join(dict.fromkeys(path.ports for path in paths))
    return f"{words.plural(len(paths), 'interface')} on {ports}"
