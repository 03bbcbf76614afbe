"""Judges machine learning transforms of Glue."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

_PATH = "TransformEncryption.MlUserDataEncryption.MlUserDataEncryptionMode"


@check(
    resource_type="AWS::Glue::MLTransform",
    title="Glue ML transform is encrypted at rest",
    problem="Glue ML transform is not encrypted at rest",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:Glue.3"),
    aliases=("securityhub:Glue.3", "prowler:glue_ml_transform_encrypted_at_rest"),
    remediation=Remediation(
        console="AWS Glue → Record Matching → create the transform again with encryption; it cannot be turned "
        "on later.",
        cli="aws glue create-ml-transform --region {region} --cli-input-json file://transform.json",
    ),
    examples=(
        passes({"TransformEncryption": {"MlUserDataEncryption": {"MlUserDataEncryptionMode": "SSE-KMS"}}}),
        fails({"TransformEncryption": {"MlUserDataEncryption": {"MlUserDataEncryptionMode": "DISABLED"}}}),
        fails({}, "it was never turned on"),
        is_unknown({"TransformEncryption": denied("glue:GetMLTransforms")}),
    ),
)
def glue_ml_transform_encrypted(transform: Resource) -> Outcome:
    """What a transform learned from are records of customers, labelled by hand as the same or not."""
    mode = transform.config.at("TransformEncryption", "MlUserDataEncryption", "MlUserDataEncryptionMode")
    if mode in {None, "DISABLED"}:
        return failed("What the transform keeps of records is not encrypted.", _PATH)
    return passed(f"What the transform keeps of records is encrypted: {mode}.", _PATH)
