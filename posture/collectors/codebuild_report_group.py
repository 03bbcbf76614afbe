"""CodeBuild report groups: where the results of tests go."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.codebuild_listing import in_batches, project_names
from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::CodeBuild::ReportGroup",
    title="CodeBuild report group",
    plural="CodeBuild report groups",
    service="codebuild",
    family=Family.COMPUTE,
    actions=("codebuild:ListProjects", "codebuild:ListReportGroups", "codebuild:BatchGetReportGroups"),
    columns=(
        Column("type", "Type"),
        Column("exportConfig.exportConfigType", "Exported to"),
        Column("exportConfig.s3Destination.bucket", "Bucket"),
    ),
    relations=(Relation("exportConfig.s3Destination.bucket", "AWS::S3::Bucket", "arn:{partition}:s3:::{id}"),),
    ignored=("lastModified",),
    observed=("status",),
)
def report_groups(ask: Ask) -> Iterator[Resource]:
    """Reports of tests may hold what the tests were run with, and can be exported to any bucket."""
    if not project_names(ask):
        return
    arns = list(ask.pages("codebuild", "list_report_groups", "reportGroups", maxResults=100))
    for raw in in_batches(ask, "batch_get_report_groups", "reportGroups", "reportGroupArns", arns):
        yield ask.resource(raw, arn=raw["arn"], name=raw["name"], tags=raw.get("tags"))
