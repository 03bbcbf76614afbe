"""Machine learning transforms of Glue."""

from __future__ import annotations

from collections.abc import Iterator

from posture.collectors.glue_listing import GET_DATABASES, has_databases
from posture.core.collector import Ask, Cadence, Column, Family, Relation, collector
from posture.core.resource import Resource


@collector(
    resource_type="AWS::Glue::MLTransform",
    title="Glue ML transform",
    plural="Glue ML transforms",
    service="glue",
    family=Family.DATA,
    cadence=Cadence.DAILY,
    actions=(GET_DATABASES, "glue:GetMLTransforms", "glue:GetTags"),
    columns=(
        Column("GlueVersion", "Glue version"),
        Column("TransformEncryption.MlUserDataEncryption.MlUserDataEncryptionMode", "Encryption"),
        Column("CreatedOn", "Created"),
    ),
    relations=(
        Relation("Role", "AWS::IAM::Role"),
        Relation("TransformEncryption.MlUserDataEncryption.KmsKeyId", "AWS::KMS::Key"),
    ),
    ignored=("EvaluationMetrics", "LabelCount", "LastModifiedOn"),
    observed=("Status",),
)
def ml_transforms(ask: Ask) -> Iterator[Resource]:
    """A transform that finds duplicates keeps examples of the records that it learned from.

    It is made of a table in the catalog: where there is no database, none is asked for.
    """
    if not has_databases(ask):
        return
    listed = list(ask.pages("glue", "get_ml_transforms", "Transforms", MaxResults=100))
    arns = [ask.arn("glue", f"mlTransform/{raw['TransformId']}") for raw in listed]
    gone = ("EntityNotFoundException",)
    tags = ask.each(lambda arn: ask.field("glue", "get_tags", "Tags", absent=gone, ResourceArn=arn), arns)
    for raw, arn, labels in zip(listed, arns, tags, strict=True):
        yield ask.resource(raw, arn=arn, name=raw["Name"], tags=labels)
