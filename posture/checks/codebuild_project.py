"""Judges CodeBuild projects: credentials, logs, and who sees the builds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.checks.environments import EXAMPLE_KINDS, secrets_in
from posture.checks.stores import judge_policy_not_public, policy_examples
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

PROJECT = "AWS::CodeBuild::Project"
VARIABLES = "environment.environmentVariables"
AWS_KEYS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
_UPDATE = "aws codebuild update-project --region {region} --name {name} "
_GET = denied("codebuild:BatchGetProjects")


def _variables(*variables: tuple[str, str, str]) -> dict[str, Any]:
    named = [{"name": name, "value": value, "type": kind} for name, value, kind in variables]
    return {"environment": {"environmentVariables": named}}


def _plain(project: Resource) -> Iterator[tuple[str, str]]:
    """Yield the names of variables in clear text, with their values' fingerprints."""
    for each in project.config["environment"].items_of("environmentVariables"):
        if (each.get("type") or "PLAINTEXT") == "PLAINTEXT":
            yield each["name"], each["value"]


@check(
    resource_type=PROJECT,
    title="CodeBuild project has no credentials in its source's address",
    problem="CodeBuild project has credentials in its source's address",
    severity=Severity.CRITICAL,
    controls=("practices:iam", "aws_fsbp:CodeBuild.1"),
    aliases=("securityhub:CodeBuild.1", "prowler:codebuild_project_source_repo_url_no_sensitive_credentials"),
    remediation=Remediation(
        console="CodeBuild → Build projects → {name} → Edit → Source: connect by a GitHub App or OAuth. Then revoke "
        "the credentials, since everybody who may see the project could read them.",
        cli=_UPDATE + "--source type=GITHUB,location=https://github.com/<owner>/<repository>.git",
    ),
    examples=(
        passes({"source": {"LocationCredentials": None}, "secondarySources": []}),
        fails({"source": {"LocationCredentials": "hmac-sha256:1"}, "secondarySources": []}),
        fails(
            {
                "source": {"LocationCredentials": None},
                "secondarySources": [{"LocationCredentials": "hmac-sha256:1"}],
            },
            "a secondary source",
        ),
        is_unknown({"source": _GET, "secondarySources": []}),
    ),
)
def codebuild_project_source_without_credentials(project: Resource) -> Outcome:
    """A token in the address is shown to all who may describe the project, and is written into logs of builds.

    Whoever has it changes the code that you deploy.
    """
    for path, source in (
        ("source", project.config["source"]),
        *((f"secondarySources[{index}]", one) for index, one in enumerate(project.config["secondarySources"])),
    ):
        if source["LocationCredentials"]:
            return failed("The address of a source has a user or a token in it.", f"{path}.LocationCredentials")
    return passed("No source's address has credentials in it.", "source.LocationCredentials")


@check(
    resource_type=PROJECT,
    title="CodeBuild project has no AWS keys in clear text",
    problem="CodeBuild project has AWS keys in clear text",
    severity=Severity.CRITICAL,
    controls=("practices:iam", "aws_fsbp:CodeBuild.2"),
    aliases=("securityhub:CodeBuild.2",),
    remediation=Remediation(
        console="Give the project's service role the rights that the keys have, remove the two variables (Edit → "
        "Environment → Additional configuration), and deactivate the keys.",
        cli=_UPDATE + "--environment file://environment.json",
    ),
    examples=(
        passes(_variables(("STAGE", "hmac-sha256:1", "PLAINTEXT"))),
        passes(_variables(("AWS_SECRET_ACCESS_KEY", "hmac-sha256:1", "SECRETS_MANAGER")), "from Secrets Manager"),
        fails(_variables(("AWS_ACCESS_KEY_ID", "hmac-sha256:1", "PLAINTEXT"))),
        is_unknown({"environment": _GET}),
    ),
)
def codebuild_project_without_aws_keys(project: Resource) -> Outcome:
    """Everybody who may describe the project reads the keys, and so does every build of every branch.

    They work from anywhere until somebody deactivates them.
    """
    found = sorted(AWS_KEYS & {name for name, _ in _plain(project)})
    if found:
        return failed(f"Variables in clear text: {', '.join(found)}.", VARIABLES)
    return passed("No variable in clear text is an AWS key.", "environment")


@check(
    resource_type=PROJECT,
    title="CodeBuild project has no secret in its variables",
    problem="CodeBuild project has a secret in its variables",
    severity=Severity.HIGH,
    controls=("practices:iam", "practices:encryption"),
    aliases=("prowler:codebuild_project_no_secrets_in_variables",),
    remediation=Remediation(
        console="Put the secret into Secrets Manager, change the variable's type to Secrets Manager (Edit → "
        "Environment → Additional configuration), and change the secret, since it was readable.",
        cli=_UPDATE + "--environment file://environment.json",
    ),
    examples=(
        passes(_variables(("STAGE", "hmac-sha256:1", "PLAINTEXT"))),
        passes(_variables(("TOKEN", "hmac-sha256:1", "PARAMETER_STORE")), "from Parameter Store"),
        fails(_variables(("NPM_TOKEN", "hmac-sha256:1", "PLAINTEXT"))),
        fails(_variables(("DATABASE", "hmac-sha256:url", "PLAINTEXT")), "by value", observed=EXAMPLE_KINDS),
        is_unknown({"environment": _GET}),
    ),
    reads_observed=True,
)
def codebuild_project_variables_without_secrets(project: Resource) -> Outcome:
    """Variables in clear text are shown to all who may describe the project, and to every build.

    They are judged by name and by what the value looked like; Plumbline keeps only a fingerprint of it.
    """
    found = secrets_in(project, _plain(project))
    if found:
        return failed(f"These seem to hold secrets: {', '.join(found)}.", VARIABLES)
    return passed("No variable in clear text looks like a secret.", "environment")


@check(
    resource_type=PROJECT,
    title="CodeBuild project's logs in S3 are encrypted",
    problem="CodeBuild project's logs in S3 are not encrypted",
    severity=Severity.LOW,
    controls=("practices:encryption", "aws_fsbp:CodeBuild.3"),
    aliases=("securityhub:CodeBuild.3", "prowler:codebuild_project_s3_logs_encrypted"),
    remediation=Remediation(
        console="CodeBuild → Build projects → {name} → Edit → Logs: turn off 'Remove S3 log encryption'.",
        cli=_UPDATE + "--logs-config file://logs.json",
    ),
    examples=(
        passes({"logsConfig": {"s3Logs": {"status": "ENABLED", "encryptionDisabled": False}}}),
        fails({"logsConfig": {"s3Logs": {"status": "ENABLED", "encryptionDisabled": True}}}),
        does_not_apply({"logsConfig": {"s3Logs": {"status": "DISABLED"}}}, "no logs in S3"),
        does_not_apply({}, "the default logs"),
        is_unknown({"logsConfig": _GET}),
    ),
)
def codebuild_project_s3_logs_encrypted(project: Resource) -> Outcome:
    """Logs of builds repeat what the builds were given, secrets among it.

    The setting stores them as they are, even in a bucket that would encrypt them.
    """
    logs = project.config.at("logsConfig", "s3Logs")
    if logs is None or logs["status"] != "ENABLED":
        return not_applicable("It writes no logs to S3.", "logsConfig")
    path = "logsConfig.s3Logs.encryptionDisabled"
    if logs.get("encryptionDisabled"):
        return failed("Its logs are stored without encryption.", path)
    return passed("Its logs are encrypted.", path)


@check(
    resource_type=PROJECT,
    title="CodeBuild project keeps logs of its builds",
    problem="CodeBuild project keeps no logs of its builds",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:CodeBuild.4"),
    aliases=("securityhub:CodeBuild.4", "prowler:codebuild_project_logging_enabled"),
    remediation=Remediation(
        console="CodeBuild → Build projects → {name} → Edit → Logs: CloudWatch logs.",
        cli=_UPDATE + "--logs-config cloudWatchLogs={{status=ENABLED}}",
    ),
    examples=(
        passes({"logsConfig": {"cloudWatchLogs": {"status": "ENABLED"}}}),
        passes({"logsConfig": {"cloudWatchLogs": {"status": "DISABLED"}, "s3Logs": {"status": "ENABLED"}}}, "in S3"),
        passes({}, "the default: to CloudWatch"),
        fails({"logsConfig": {"cloudWatchLogs": {"status": "DISABLED"}, "s3Logs": {"status": "DISABLED"}}}),
        is_unknown({"logsConfig": _GET}),
    ),
)
def codebuild_project_logs_kept(project: Resource) -> Outcome:
    """A build runs whatever is in the repository, with the rights of a role.

    Its log is the only record of what ran, and when somebody slipped code in, of what it did.
    """
    logs = project.config.get("logsConfig")
    if logs is None:
        return passed("Its logs go to CloudWatch, as they do by default.", "logsConfig")
    # CloudWatch is on unless it is turned off.
    if logs.at("cloudWatchLogs", "status", default="ENABLED") == "ENABLED":
        return passed("Its logs go to CloudWatch.", "logsConfig")
    if logs.at("s3Logs", "status") == "ENABLED":
        return passed("Its logs go to S3.", "logsConfig.s3Logs.status")
    return failed("Logs are off, in CloudWatch and in S3.", "logsConfig")


@check(
    resource_type=PROJECT,
    title="CodeBuild project does not run privileged",
    problem="CodeBuild project runs privileged",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:iam"),
    aliases=("securityhub:CodeBuild.5",),
    remediation=Remediation(
        console="CodeBuild → Build projects → {name} → Edit → Environment → Additional configuration: turn off "
        "'Privileged', unless it builds container images.",
        cli=_UPDATE + "--environment file://environment.json",
    ),
    examples=(
        passes({"environment": {"privilegedMode": False}}),
        fails({"environment": {"privilegedMode": True}}),
        is_unknown({"environment": _GET}),
    ),
)
def codebuild_project_not_privileged(project: Resource) -> Outcome:
    """A privileged build reaches all devices of its host, which only building container images needs."""
    if project.config["environment"]["privilegedMode"]:
        return failed("Its builds run privileged.", "environment.privilegedMode")
    return passed("Its builds do not run privileged.", "environment.privilegedMode")


@check(
    resource_type=PROJECT,
    title="CodeBuild project's builds are not public",
    problem="CodeBuild project's builds are public",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:iam", "practices:data"),
    aliases=("prowler:codebuild_project_not_publicly_accessible",),
    remediation=Remediation(
        console="CodeBuild → Build projects → {name} → Project details → Public build settings: turn off.",
        cli="aws codebuild update-project-visibility --region {region} --project-arn {arn} "
        "--project-visibility PRIVATE",
    ),
    examples=(
        passes({"projectVisibility": "PRIVATE"}),
        passes({}, "never set"),
        fails({"projectVisibility": "PUBLIC_READ"}),
        is_unknown({"projectVisibility": _GET}),
    ),
)
def codebuild_project_not_public(project: Resource) -> Outcome:
    """Anybody reads the logs of all builds and downloads what they made, those of years ago included.

    Projects of open source mean it so; elsewhere a token in one log is enough.
    """
    if project.config.get("projectVisibility") == "PUBLIC_READ":
        return failed("Anybody sees its builds, their logs and artifacts.", "projectVisibility")
    return passed("Its builds are private.", "projectVisibility")


@check(
    resource_type=PROJECT,
    title="CodeBuild project's policy lets in nobody unknown",
    problem="CodeBuild project's policy allows public access",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:iam", "cis_aws_7:2.21"),
    remediation=Remediation(
        console="The console cannot do it: use the command, or share the project by Resource Access Manager.",
        cli="aws codebuild delete-resource-policy --region {region} --resource-arn {arn}",
    ),
    examples=policy_examples("Policy", "codebuild:GetResourcePolicy"),
    version=2,
)
def codebuild_project_policy_not_public(project: Resource) -> Outcome:
    """Anyone could read what the project is given, or start builds with the rights of its role."""
    return judge_policy_not_public(project, "Policy")
