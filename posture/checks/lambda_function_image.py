"""Judge the image that a Lambda function runs."""

from __future__ import annotations

from posture.checks.running_images import (
    CLEAN,
    HOLED,
    MISSING,
    REPOSITORY,
    UNSCANNED,
    RunningImage,
    judge_running_images,
    repository_example,
)
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, not_applicable
from posture.core.related import Related
from posture.core.resource import Resource

_REPOSITORY = (repository_example(),)


def _function(digest: str) -> dict[str, str]:
    return {"PackageType": "Image", "CodeSha256": digest.removeprefix("sha256:")}


@check(
    resource_type="AWS::Lambda::Function",
    needs=(REPOSITORY,),
    title="Lambda function runs an image without critical vulnerabilities",
    problem="Lambda function runs an image with critical vulnerabilities",
    severity=Severity.HIGH,
    controls=("practices:containers",),
    reads_observed=True,
    remediation=Remediation(
        console="ECR → Repositories → the repository → the image → Vulnerabilities: build it again with the versions "
        "that fix what is listed, then Lambda → {name} → Image → Deploy new image.",
        cli="aws lambda update-function-code --region {region} --function-name {name} --image-uri IMAGE",
    ),
    examples=(
        passes(_function(CLEAN), related=_REPOSITORY),
        fails(_function(HOLED), related=_REPOSITORY),
        is_unknown(_function(UNSCANNED), "no scan result", related=_REPOSITORY),
        is_unknown({"PackageType": "Image", "CodeSha256": denied("lambda:ListFunctions")}, related=_REPOSITORY),
        is_unknown(_function(HOLED), "repositories could not be listed", gaps=(REPOSITORY,)),
        does_not_apply(_function(MISSING), "an image of another account", related=_REPOSITORY),
        does_not_apply({"PackageType": "Zip"}, "made of code"),
    ),
)
def lambda_function_image_not_critical(function: Resource, related: Related) -> Outcome:
    """A function keeps the image that its tag named when it was deployed, and AWS does not patch what is in it.

    Lambda's own hash of the code is the image's digest.
    """
    if function.config.get("PackageType") != "Image":
        return not_applicable("The function is made of code.", "PackageType")
    digest = f"sha256:{function.config['CodeSha256']}"
    return judge_running_images([RunningImage(digest, "CodeSha256")], related)
