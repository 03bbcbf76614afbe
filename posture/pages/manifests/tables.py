"""The tables of sources, and of the objects in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from posture.history.query import FindingRecord
from posture.history.scope import Scope
from posture.manifests.models import ManifestObject, ManifestSource
from posture.pages.manifests import queries
from posture.pages.manifests.lines import notes_of_preview, severity_words
from posture.pages.manifests.queries import SourceRow
from posture.web.cards import CardTable
from posture.web.columns import NumberColumn
from posture.web.templatetags import marks, words

LEVELS = {"restricted": "Restricted", "baseline": "Baseline", "none": "Below baseline"}
"""Levels of the Pod Security Standards in words."""


def severities(counts: Mapping[int, int]) -> SafeString:
    """Return numbers of findings by severity, each with its word."""
    found = severity_words(counts)
    if not found:
        return format_html('<span class="pl-quiet">{}</span>', "none")
    return format_html_join(" ", '<span class="pl-count">{} {}</span>', (
        (marks.severity(severity), words.figure(number)) for severity, number in found
    ))  # fmt: skip


class SourceTable(CardTable):
    """Sources with their last uploads."""

    caption = "Sources of manifests"
    row_link = ("manifests:source", {"source_id": "source__pk"})
    name = tables.Column(accessor="source__name")
    account = tables.Column("Account and cluster", accessor="source__account__name")
    objects = NumberColumn(verbose_name="Objects", accessor="upload__object_count", default=0)
    findings = tables.Column("Findings", accessor="total")
    level = tables.Column("Pod Security Standard", accessor="upload__level", default=words.NONE)
    uploaded = tables.Column("Last upload", accessor="upload__uploaded_at", default="not recorded yet")
    by = tables.Column("By", accessor="upload__uploaded_by_name", default="")

    class Meta(CardTable.Meta):
        order_by = "name"
        empty_text = "Nothing was uploaded yet."

    def render_name(self, value: str) -> SafeString:
        """Return the name, apart from its surroundings in any script."""
        return format_html("<bdi>{}</bdi>", value)

    def render_account(self, value: str, record: SourceRow) -> SafeString:
        """Return the account, and the cluster below it."""
        cluster = record.source.cluster_arn.rpartition("/")[2]
        below = format_html("<br><small><bdi>{}</bdi></small>", cluster) if cluster else ""
        return format_html("<bdi>{}</bdi>{}", value, below)

    def value_account(self, value: str, record: SourceRow) -> str:
        """Return the same for exports."""
        return f"{value} {record.source.cluster_arn}".strip()

    def render_findings(self, record: SourceRow) -> SafeString:
        """Return open findings by severity."""
        return severities(record.findings)

    def value_findings(self, value: int) -> int:
        """Return their number, for exports."""
        return value

    def render_level(self, value: str) -> str:
        """Return the level that all workloads reach."""
        return LEVELS.get(value, words.NONE)

    def render_uploaded(self, value: Any) -> str:
        """Return when it was uploaded."""
        return value if isinstance(value, str) else words.moment(value)

    def value_uploaded(self, value: Any) -> str:
        """Return the same for exports."""
        return value if isinstance(value, str) else value.isoformat()


class ObjectTable(CardTable):
    """Objects of an upload, with what was found on each."""

    caption = "Objects"
    row_link = ("manifests:object", {"object_id": "pk"})
    name = tables.Column()
    kind = tables.Column()
    namespace = tables.Column(default="")
    findings = tables.Column(empty_values=(), orderable=False)
    level = tables.Column("Pod Security Standard", default=words.NONE)
    change = tables.Column("Since the previous upload", default=words.NONE)
    place = tables.Column("File and line", accessor="file", order_by=("file", "line"))

    class Meta(CardTable.Meta):
        order_by = ("kind", "namespace", "name")
        per_page = 50
        empty_text = "No object matches."

    def __init__(self, rows: Any, scope: Scope, source: ManifestSource, *, is_preview: bool) -> None:
        super().__init__(rows)
        self.scope, self.source, self.is_preview = scope, source, is_preview
        self.found: Mapping[str, Sequence[FindingRecord]] = {}

    def prepare(self, records: Sequence[Any]) -> None:
        """Read the open findings on the rows that are shown, at once."""
        if not self.is_preview:
            self.found = queries.open_findings(self.scope, self.source, [one.arn for one in records])

    def card_rows(self) -> Iterator[tuple[list[tuple[str, str, Any]], str]]:
        """Yield the rows of the page, whose findings are read at once."""
        self.prepare([row.record for row in self.paginated_rows])
        yield from super().card_rows()

    def _counts(self, record: ManifestObject) -> dict[int, int]:
        counts: dict[int, int] = {}
        if self.is_preview:
            failing = [note.severity for note in notes_of_preview(record.content) if not note.is_unknown]
        else:
            failing = [one.severity for one in self.found.get(record.arn, ()) if one.status == "fail"]
        for severity in failing:
            counts[severity] = counts.get(severity, 0) + 1
        return counts

    def render_name(self, value: str) -> SafeString:
        """Return the name, apart from its surroundings in any script."""
        return format_html("<bdi>{}</bdi>", value)

    def render_findings(self, record: ManifestObject) -> SafeString:
        """Return findings by severity."""
        return severities(self._counts(record))

    def value_findings(self, record: ManifestObject) -> int:
        """Return their number, for exports."""
        return sum(self._counts(record).values())

    def render_level(self, value: str) -> str:
        """Return the level in words."""
        return LEVELS.get(value, words.NONE)

    def render_change(self, value: str) -> str:
        """Return what happened to it."""
        return value.capitalize()

    def render_place(self, record: ManifestObject) -> SafeString:
        """Return where it is written."""
        return format_html("<bdi>{}</bdi>:{}", record.file, record.line)

    def value_place(self, record: ManifestObject) -> str:
        """Return the same for exports."""
        return f"{record.file}:{record.line}"
