"""Asks for IAM Access Analyzer's analyzers in each region."""

from __future__ import annotations

from collections.abc import Iterator

from posture.core.collector import Ask, Column, Family, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::AccessAnalyzer::Analyzer",
    title="Access analyzer",
    plural="Access analyzers",
    service="access-analyzer",
    family=Family.IDENTITY,
    actions=("access-analyzer:ListAnalyzers",),
    columns=(Column("type", "Type"), Column("status", "Status"), Column("createdAt", "Since")),
    ignored=("lastResourceAnalyzed", "lastResourceAnalyzedAt", "statusReason"),
)
def analyzers(ask: Ask) -> Iterator[Resource]:
    """An analyzer finds what outsiders can reach, or what insiders no longer use.

    An analyzer of the whole Organization shows only in the account that owns it.
    """
    for analyzer in ask.pages("accessanalyzer", "list_analyzers", "analyzers"):
        yield ask.resource(analyzer, arn=analyzer["arn"], name=analyzer["name"], tags=analyzer.get("tags"))
