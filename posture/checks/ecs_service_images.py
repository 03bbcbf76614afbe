"""Judge the images that the tasks of an ECS service run."""

from __future__ import annotations

from typing import Any

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
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity
from posture.core.related import Related
from posture.core.resource import Resource

_REPOSITORY = (repository_example(),)


def _running(*digests: str) -> dict[str, Any]:
    return {"RunningImages": [{"image": "web:1", "imageDigest": digest, "tasks": 1} for digest in digests]}


@check(
    resource_type="AWS::ECS::Service",
    needs=(REPOSITORY,),
    title="ECS service runs images without critical vulnerabilities",
    problem="ECS service runs an image with critical vulnerabilities",
    severity=Severity.HIGH,
    controls=("practices:containers",),
    reads_observed=True,
    remediation=Remediation(
        console="ECR → Repositories → the repository → the image → Vulnerabilities: build it again with the versions "
        "that fix what is listed, then ECS → the cluster → {name} → Update: the new revision.",
        cli="aws ecs update-service --region {region} --cluster CLUSTER --service {name} --task-definition REVISION",
    ),
    examples=(
        passes({}, observed=_running(CLEAN), related=_REPOSITORY),
        fails({}, observed=_running(HOLED), related=_REPOSITORY),
        fails({}, "one of several", observed=_running(CLEAN, UNSCANNED, HOLED), related=_REPOSITORY),
        is_unknown({}, "no scan result", observed=_running(CLEAN, UNSCANNED), related=_REPOSITORY),
        is_unknown({}, observed={"RunningImages": denied("ecs:DescribeTasks")}, related=_REPOSITORY),
        is_unknown(
            {},
            "a repository recorded before its images were read",
            observed=_running(HOLED),
            related=(neighbour(REPOSITORY, {}),),
        ),
        is_unknown({}, "repositories could not be listed", observed=_running(HOLED), gaps=(REPOSITORY,)),
        does_not_apply({}, "nothing runs", observed=_running()),
        does_not_apply({}, "an image of another registry", observed=_running(MISSING), related=_REPOSITORY),
        does_not_apply({}, "a task that is about to start has no digest", observed=_running("")),
    ),
)
def ecs_service_running_images_not_critical(service: Resource, related: Related) -> Outcome:
    """What was pushed last need not be what runs: tasks keep the image that they started with until a deployment.

    It is judged by the digests of the tasks, so that a patched tag of the same name does not hide the old image.
    """
    running = service.observed["RunningImages"]
    images = [
        RunningImage(str(image["imageDigest"]), f"observed.RunningImages[{at}]") for at, image in enumerate(running)
    ]
    return judge_running_images(images, related)
