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
from posture.pages.network.subnets import Placement
from posture.pages.network.vpc_analysis import VpcAnalysis
from posture.web.cards import CardTable
from posture.web.columns import NUMBER, AccountColumn
from posture.web.templatetags import marks, words


class VpcTable(CardTable):
    """VPCs with their subnets and what reaches them."""

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
        self.analyses: dict[int, VpcAnalysis] = {}

    def before_render(self, request: HttpRequest) -> None:
        """Analyze the page's rows together, once."""
        if not self.analyses:
            self.prepare([row.record for row in self.paginated_rows])

    def prepare(self, records: Sequence[Any]) -> None:
        """Analyze the given VPCs, and drop the others."""
        self.analyses = queries.analyses(self.scope, records)

    def _analysis(self, resource_id: int, record: Any) -> VpcAnalysis:
        if resource_id not in self.analyses:
            self.prepare([record])
        return self.analyses[resource_id]

    def render_drawing(self, value: int, record: Any) -> SafeString:
        """Draw the VPC in the size of a row."""
        analysis = self._analysis(value, record)
        subnets = [(placement.value, analysis.count(placement)) for placement in Placement]
        return vpc_row.draw(
            SmallVpc(subnets, len(analysis.open_paths), len(analysis.possible_paths), not analysis.has_subnets)
        )

    def render_public(self, value: int, record: Any) -> int | SafeString:
        """Return the number of public subnets, with a mark if some are unknown."""
        analysis = self._analysis(value, record)
        if analysis.unknown:
            return format_html(
                "{} {}", analysis.count(Placement.PUBLIC), marks.status("unknown", f"{analysis.unknown} unknown")
            )
        return _subnet_count(analysis, Placement.PUBLIC)

    def render_private(self, value: int, record: Any) -> int | SafeString:
        """Return the number of private subnets."""
        return _subnet_count(self._analysis(value, record), Placement.PRIVATE)

    def render_isolated(self, value: int, record: Any) -> int | SafeString:
        """Return the number of isolated subnets."""
        return _subnet_count(self._analysis(value, record), Placement.ISOLATED)

    def render_reached(self, value: int, record: Any) -> str | SafeString:
        """Return what the internet reaches, in words."""
        analysis = self._analysis(value, record)
        if analysis.open_paths:
            return format_html("<strong>{}</strong>", _reached(analysis))
        if analysis.unseen or analysis.possible_paths:
            return marks.status("unknown")
        return format_html('<span class="pl-quiet">{}</span>', "nothing")

    def value_public(self, value: int, record: Any) -> int | str:
        """Export the number of public subnets, and of unknown ones."""
        return _exported(self._analysis(value, record), Placement.PUBLIC)

    def value_private(self, value: int, record: Any) -> int | str:
        """Export the number of private subnets, as `value_public` does."""
        return _exported(self._analysis(value, record), Placement.PRIVATE)

    def value_isolated(self, value: int, record: Any) -> int | str:
        """Export the number of isolated subnets, as `value_public` does."""
        return _exported(self._analysis(value, record), Placement.ISOLATED)

    def value_reached(self, value: int, record: Any) -> str:
        """Export what the internet reaches; an uncertain path is unknown, never nothing."""
        analysis = self._analysis(value, record)
        if analysis.unseen and analysis.open_paths:
            return f"{_reached(analysis)}; not all could be read"
        is_unknown = (analysis.unseen or analysis.possible_paths) and not analysis.open_paths
        return "unknown" if is_unknown else _reached(analysis)


def _subnet_count(analysis: VpcAnalysis, placement: Placement) -> int | SafeString:
    """Return a number of subnets; a mark if they could not be listed."""
    return analysis.count(placement) if analysis.has_subnets else marks.status("unknown", "Unknown")


def _exported(analysis: VpcAnalysis, placement: Placement) -> int | str:
    """Return a number of subnets as plain text: "1; 2 unknown" if some are unknown."""
    if not analysis.has_subnets:
        return "unknown"
    number = analysis.count(placement)
    return f"{number}; {analysis.unknown} unknown" if analysis.unknown else number


def _reached(analysis: VpcAnalysis) -> str:
    """Return how many interfaces the internet certainly reaches, and on which ports."""
    paths = analysis.open_paths
    if not paths:
        return "nothing"
    ports = ", ".join(dict.fromkeys(path.ports for path in paths))
    return f"{words.plural(len(paths), 'interface')} on {ports}"
