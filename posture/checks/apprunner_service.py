"""Judge App Runner services: secrets, images, runtimes and roles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from posture.checks.environments import EXAMPLE_KINDS, secrets_in
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource
from posture.core.values import Fields

SERVICE = "AWS::AppRunner::Service"
SOURCE = "SourceConfiguration"
_IMAGE = f"{SOURCE}.ImageRepository"
_CODE = f"{SOURCE}.CodeRepository.CodeConfiguration.CodeConfigurationValues"
_UNREAD = is_unknown({SOURCE: denied("apprunner:DescribeService")})
ENDED = date(2025, 12, 1)
"""When App Runner ended support of old runtimes.

Source: App Runner developer guide, "End of support for managed runtime versions".
"""
ENDED_RUNTIMES = {
    "CORRETTO_8",
    "CORRETTO_11",
    "DOTNET_6",
    "GO_1",
    "NODEJS_12",
    "NODEJS_14",
    "NODEJS_16",
    "NODEJS_18",
    "PHP_81",
    "PYTHON_3",
    "RUBY_31",
}


def _image(identifier: str = "example/web:1.4", **configuration: Any) -> dict[str, Any]:
    """Return a service made of an image, for examples."""
    return {SOURCE: {"ImageRepository": {"ImageIdentifier": identifier, "ImageConfiguration": configuration}}}


def _code(runtime: str | None, source: str = "API", **values: Any) -> dict[str, Any]:
    """Return a service made of code, for examples."""
    settings = {"Runtime": runtime, **values} if runtime else None
    code = {"ConfigurationSource": source, "CodeConfigurationValues": settings}
    return {SOURCE: {"CodeRepository": {"CodeConfiguration": code}}}


@check(
    resource_type=SERVICE,
    title="App Runner service has no secret in its environment",
    problem="App Runner service has a secret in its environment",
    severity=Severity.HIGH,
    controls=("practices:containers", "practices:iam"),
    reads_observed=True,
    remediation=Remediation(
        console="Put the secret into Secrets Manager. App Runner → Services → {name} → Configuration → Edit → "
        "Environment variables: source Secrets Manager. Change the secret, since it was readable.",
        cli="aws apprunner update-service --region {region} --service-arn {arn} --source-configuration "
        "file://source.json",
    ),
    examples=(
        passes(_image(RuntimeEnvironmentVariables={"STAGE": "hmac-sha256:1"})),
        passes(_image(RuntimeEnvironmentSecrets={"DB_PASSWORD": "arn:aws:secretsmanager:…"}), "by reference"),
        passes(_code(None, "REPOSITORY"), "settings are in the repository's file"),
        fails(_image(RuntimeEnvironmentVariables={"DB_PASSWORD": "hmac-sha256:1"})),
        fails(_code("NODEJS_22", RuntimeEnvironmentVariables={"DATABASE_URL": "hmac-sha256:url"}), "by value",
              observed=EXAMPLE_KINDS),
        fails(_image(StartCommand="hmac-sha256:url"), "in the command", observed=EXAMPLE_KINDS),
        _UNREAD,
    ),
)  # fmt: skip
def apprunner_service_environment_without_secrets(service: Resource) -> Outcome:
    """Whoever may describe the service reads its variables, and App Runner writes them into the logs of deployments.

    It is judged by the variables' names and by what their values looked like when they were read; Plumbline keeps
    only fingerprints of them.
    """
    path, settings = _settings(service)
    variables = [(name, str(value)) for name, value in (settings.get("RuntimeEnvironmentVariables") or {}).items()]
    commands = [(part, str(settings[part])) for part in ("BuildCommand", "StartCommand") if settings.get(part)]
    found = secrets_in(service, [*variables, *commands])
    if found:
        return failed(f"The service is given {', '.join(found)}.", path)
    return passed("No variable or command looks like a secret.", path)


def _settings(service: Resource) -> tuple[str, Fields | Mapping[str, Any]]:
    """Return the path and the fields of what is set for a service's containers."""
    source = service.config[SOURCE]
    if source.get("ImageRepository"):
        return f"{_IMAGE}.ImageConfiguration", source["ImageRepository"].get("ImageConfiguration") or {}
    code = source["CodeRepository"].get("CodeConfiguration") or {}
    return _CODE, code.get("CodeConfigurationValues") or {}


@check(
    resource_type=SERVICE,
    title="App Runner service names a version of its image",
    problem="App Runner service runs an image by “latest” or no tag",
    severity=Severity.MEDIUM,
    controls=("practices:containers",),
    remediation=Remediation(
        console="App Runner → Services → {name} → Source and deployment → Edit: name the image by a version.",
        cli="aws apprunner update-service --region {region} --service-arn {arn} --source-configuration "
        "file://source.json",
    ),
    examples=(
        passes(_image("111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:1.4")),
        passes(_image("public.ecr.aws/nginx/nginx@sha256:" + "a" * 64)),
        fails(_image("111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:latest")),
        fails(_image("public.ecr.aws/nginx/nginx"), "no tag is “latest”"),
        does_not_apply(_code("NODEJS_22"), "made of code"),
        _UNREAD,
    ),
)
def apprunner_service_image_versioned(service: Resource) -> Outcome:
    """“Latest” is another image tomorrow: with automatic deployment, a push to the registry is a change in production.

    Nobody can then say what ran at a given time, or go back to it.
    """
    source = service.config[SOURCE]
    if not source.get("ImageRepository"):
        return not_applicable("The service is made of code.", SOURCE)
    image = str(source["ImageRepository"]["ImageIdentifier"])
    tag = image.rpartition("/")[2].partition(":")[2]
    judge = passed if "@" in image or tag not in {"", "latest"} else failed
    return judge(f"The image is {image[:200]}.", f"{_IMAGE}.ImageIdentifier")


@check(
    resource_type=SERVICE,
    title="App Runner service runs on a supported runtime",
    problem="App Runner service runs on an unsupported runtime",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "practices:containers"),
    remediation=Remediation(
        console="Test the code on the next runtime; then App Runner → Services → {name} → Configuration → Edit → "
        "Configure build: Runtime.",
        cli="aws apprunner update-service --region {region} --service-arn {arn} --source-configuration "
        "file://source.json",
    ),
    examples=(
        passes(_code("NODEJS_22")),
        passes(_code("PYTHON_311")),
        fails(_code("NODEJS_16")),
        does_not_apply(_image(), "the runtime is in the image"),
        does_not_apply(_code(None, "REPOSITORY"), "the repository's file names it, which Plumbline does not read"),
        _UNREAD,
    ),
)
def apprunner_service_runtime_supported(service: Resource) -> Outcome:
    """AWS patches the runtime below your code until its support ends. From then on flaws in it stay open."""
    source = service.config[SOURCE]
    if source.get("ImageRepository"):
        return not_applicable("The runtime is part of the service's image.", SOURCE)
    runtime = _settings(service)[1].get("Runtime")
    if not runtime:
        return not_applicable("A file in the repository names the runtime.", SOURCE)
    if runtime in ENDED_RUNTIMES:
        return failed(f"Support of {runtime} ended on {ENDED}.", f"{_CODE}.Runtime")
    return passed(f"No end of support is known for {runtime}.", f"{_CODE}.Runtime")


@check(
    resource_type=SERVICE,
    title="App Runner service deploys images on purpose",
    problem="App Runner service deploys whatever is pushed",
    severity=Severity.LOW,
    controls=("practices:containers",),
    remediation=Remediation(
        console="App Runner → Services → {name} → Source and deployment → Edit → Deployment trigger: Manual.",
        cli="aws apprunner update-service --region {region} --service-arn {arn} --source-configuration "
        "AutoDeploymentsEnabled=false",
    ),
    examples=(
        passes({SOURCE: {"AutoDeploymentsEnabled": False}}),
        fails({SOURCE: {"AutoDeploymentsEnabled": True}}),
        _UNREAD,
    ),
)
def apprunner_service_deploys_on_purpose(service: Resource) -> Outcome:
    """Whoever may push to the repository then changes what the internet reaches, without a pipeline in between."""
    path = f"{SOURCE}.AutoDeploymentsEnabled"
    if service.config.at(SOURCE, "AutoDeploymentsEnabled"):
        return failed("A push to the repository is deployed at once.", path)
    return passed("A push to the repository is not deployed by itself.", path)
