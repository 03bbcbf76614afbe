"""Judge secrets: how long a stolen one works, whether it is used, who may read it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from posture.checks.stores import classification_known, classified, judge_policy_not_public, policy_examples
from posture.core.check import EXAMPLE_NOW, Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.clock import Clock
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.parameters import days
from posture.core.resource import Resource

SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - a resource type
LIST = "secretsmanager:ListSecrets"
ROTATION_DAYS = days(
    "secret_rotation_days",
    "Rotation of secrets",
    "A secret that was not changed for longer has to be rotated.",
    default=90,
    source="SecretsManager.4",
)
UNUSED_DAYS = days(
    "unused_secret_days",
    "Unused secrets",
    "A secret that nobody read for longer is taken as unused.",
    default=90,
    source="SecretsManager.3",
)
GRACE_DAYS = 2
"""A rotation may start any time in its window, and is retried on the next day."""


def _ago(number: int) -> str:
    return (EXAMPLE_NOW - timedelta(days=number)).isoformat()


_ROTATE = Remediation(
    console="Secrets Manager → the secret → Rotation → Edit rotation → Automatic rotation; then Rotate immediately.",
    cli="aws secretsmanager rotate-secret --region {region} --secret-id {arn} "
    "--rotation-rules AutomaticallyAfterDays=30 --rotation-lambda-arn FUNCTION",
    terraform='resource "aws_secretsmanager_secret_rotation" "this" {\n  secret_id           = '
    "aws_secretsmanager_secret.this.id\n"
    "  rotation_lambda_arn = aws_lambda_function.rotate.arn\n  rotation_rules {\n    automatically_after_days = 30\n  "
    "}\n}",
)


@check(
    resource_type=SECRET,
    title="Secret is rotated automatically",
    problem="Secret is not rotated automatically",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "practices:encryption", "aws_fsbp:SecretsManager.1"),
    aliases=("prowler:secretsmanager_automatic_rotation_enabled", "securityhub:SecretsManager.1"),
    remediation=_ROTATE,
    examples=(
        passes({"RotationEnabled": True}),
        fails({"RotationEnabled": False}),
        fails({}, "never set up"),
        is_unknown({"RotationEnabled": denied(LIST)}),
        does_not_apply({"RotationEnabled": False, "OwningService": "sqlworkbench"}, "a service's own"),
        does_not_apply({"RotationEnabled": False, "PrimaryRegion": "eu-west-1"}, "a replica"),
    ),
)
def secretsmanager_secret_rotation_enabled(secret: Resource) -> Outcome:
    """A secret that is changed by hand is changed after an incident, if then.

    With rotation a stolen one ends by itself, and nobody needs to know it.
    """
    if secret.config.get("RotationEnabled"):
        return passed("Rotation is on.", "RotationEnabled")
    return _elsewhere(secret) or failed("Rotation is off.", "RotationEnabled")


@check(
    resource_type=SECRET,
    title="Secret was rotated as scheduled",
    problem="Secret was not rotated as scheduled",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "aws_fsbp:SecretsManager.2"),
    aliases=("securityhub:SecretsManager.2",),
    remediation=Remediation(
        console="Secrets Manager → the secret → Rotation → Rotate immediately, and read the rotation function's log.",
        cli="aws secretsmanager rotate-secret --region {region} --secret-id {arn} --rotate-immediately",
    ),
    reads_observed=True,
    examples=(
        passes(
            {"RotationEnabled": True, "RotationRules": {"AutomaticallyAfterDays": 30}, "CreatedDate": _ago(400)},
            observed={"LastRotatedDate": _ago(12)},
        ),
        fails(
            {"RotationEnabled": True, "RotationRules": {"AutomaticallyAfterDays": 30}, "CreatedDate": _ago(400)},
            "the rotation function fails",
            observed={"LastRotatedDate": _ago(75)},
        ),
        fails(
            {
                "RotationEnabled": True,
                "RotationRules": {"ScheduleExpression": "rate(10 days)"},
                "CreatedDate": _ago(40),
            },
            "never rotated",
        ),
        is_unknown(
            {"RotationEnabled": True, "RotationRules": {"AutomaticallyAfterDays": 30}, "CreatedDate": _ago(400)},
            observed={"LastRotatedDate": denied(LIST)},
        ),
        does_not_apply({"RotationEnabled": False, "CreatedDate": _ago(400)}, "no rotation"),
        does_not_apply(
            {
                "RotationEnabled": True,
                "RotationRules": {"ScheduleExpression": "cron(0 8 1 * ? *)"},
                "CreatedDate": _ago(9),
            },
            "a schedule without a period",
        ),
    ),
)
def secretsmanager_secret_rotated_on_schedule(secret: Resource, clock: Clock) -> Outcome:
    """Rotation that is on but fails gives false comfort: the function lost a permission, and the secret stays."""
    if not secret.config.get("RotationEnabled"):
        return not_applicable("Rotation is off.", "RotationEnabled")
    period = _period(secret)
    if period is None:
        return not_applicable("The rotation's schedule has no fixed period.", "RotationRules")
    since, path = _valued_since(secret)
    age = f"The secret was {'made' if path == 'CreatedDate' else 'last rotated'} on {since:%Y-%m-%d}"
    if _is_older(since, period + GRACE_DAYS, clock):
        return failed(f"{age}, although it is due every {period} days.", path, "RotationRules")
    return passed(f"{age}, and is due every {period} days.", path)


@check(
    resource_type=SECRET,
    title="Secret was rotated in time",
    problem="Secret has not been rotated for too long",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "aws_fsbp:SecretsManager.4"),
    aliases=("prowler:secretsmanager_secret_rotated_periodically", "securityhub:SecretsManager.4"),
    remediation=_ROTATE,
    reads_observed=True,
    examples=(
        passes({"CreatedDate": _ago(400)}, observed={"LastRotatedDate": _ago(30)}),
        passes({"CreatedDate": _ago(10)}, "new"),
        passes({"CreatedDate": _ago(120)}, "with a limit of a year", parameters={ROTATION_DAYS.name: 365}),
        fails({"CreatedDate": _ago(400)}, "never rotated"),
        fails({"CreatedDate": _ago(400)}, "long ago", observed={"LastRotatedDate": _ago(120)}),
        is_unknown({"CreatedDate": _ago(400)}, observed={"LastRotatedDate": denied(LIST)}),
        does_not_apply({"CreatedDate": _ago(400), "PrimaryRegion": "eu-west-1"}, "a replica"),
        does_not_apply({"CreatedDate": _ago(400), "OwningService": "sqlworkbench"}, "a service's own"),
    ),
)
def secretsmanager_secret_rotated_recently(secret: Resource, clock: Clock) -> Outcome:
    """Every day adds people who have seen a secret and places where it was logged; only a new value takes them away."""
    elsewhere = _elsewhere(secret)
    if elsewhere:
        return elsewhere
    since, path = _valued_since(secret)
    on = f"{since:%Y-%m-%d}"
    if not _is_older(since, ROTATION_DAYS.value, clock):
        return passed(f"The secret was {'made' if path == 'CreatedDate' else 'rotated'} on {on}.", path)
    if path == "CreatedDate":
        return failed(f"The secret was made on {on} and has never been rotated.", path)
    return failed(f"The secret was last rotated on {on}.", path)


@check(
    resource_type=SECRET,
    title="Secret is in use",
    problem="Secret has not been used for too long",
    severity=Severity.LOW,
    controls=("practices:iam", "practices:legacy", "aws_fsbp:SecretsManager.3"),
    aliases=("prowler:secretsmanager_secret_unused", "securityhub:SecretsManager.3"),
    remediation=Remediation(
        console="Secrets Manager → the secret → Actions → Delete secret, with a recovery window of 30 days.",
        cli="aws secretsmanager delete-secret --region {region} --secret-id {arn} --recovery-window-in-days 30",
    ),
    reads_observed=True,
    examples=(
        passes({"CreatedDate": _ago(400)}, observed={"LastAccessedDate": _ago(3)}),
        passes({"CreatedDate": _ago(10)}, "new"),
        passes({"CreatedDate": _ago(120)}, "with a limit of a year", parameters={UNUSED_DAYS.name: 365}),
        fails({"CreatedDate": _ago(400)}, "never used"),
        fails({"CreatedDate": _ago(400)}, "long ago", observed={"LastAccessedDate": _ago(200)}),
        is_unknown({"CreatedDate": _ago(400)}, observed={"LastAccessedDate": denied(LIST)}),
    ),
)
def secretsmanager_secret_used(secret: Resource, clock: Clock) -> Outcome:
    """A secret that nobody reads still opens what it always opened, and nobody will notice that it is gone."""
    used = secret.observed.get("LastAccessedDate")
    since = datetime.fromisoformat(used or secret.config["CreatedDate"])
    on = f"{since:%Y-%m-%d}"
    path = "observed.LastAccessedDate" if used else "CreatedDate"
    if not _is_older(since, UNUSED_DAYS.value, clock):
        return passed(f"The secret was {'last read' if used else 'made'} on {on}.", path)
    if used:
        return failed(f"The secret was last read on {on}.", path)
    return failed(f"The secret was made on {on} and has never been read.", path)


@check(
    resource_type=SECRET,
    title="Secret's policy lets in nobody unknown",
    problem="Secret's policy allows public access",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:iam", "practices:data", "cis_aws_7:2.21"),
    aliases=("prowler:secretsmanager_not_publicly_accessible",),
    remediation=Remediation(
        console="Secrets Manager → the secret → Resource permissions → Edit: name the principals. Then rotate the "
        "secret.",
        cli="aws secretsmanager put-resource-policy --region {region} --secret-id {arn} --resource-policy "
        "file://policy.json "
        "--block-public-policy",
        terraform='resource "aws_secretsmanager_secret_policy" "this" {\n  block_public_policy = true\n}',
    ),
    examples=policy_examples("ResourcePolicy", "secretsmanager:GetResourcePolicy"),
    version=2,
)
def secretsmanager_secret_policy_not_public(secret: Resource) -> Outcome:
    """A policy that names everyone gives the secret to every AWS account, past all roles of your own."""
    return judge_policy_not_public(secret, "ResourcePolicy")


@classified(
    SECRET,
    "Secret",
    cli="aws secretsmanager tag-resource --region {region} --secret-id {arn} --tags "
    "Key=data-classification,Value=restricted",
)
def secretsmanager_secret_classified(secret: Resource) -> Outcome:
    """A secret is as sensitive as what it opens. Its tag distinguishes a test system's password from the payroll's."""
    owner = secret.config.get("OwningService")
    return (
        not_applicable(f"The secret is managed by {owner}.", "OwningService") if owner else classification_known(secret)
    )


def _elsewhere(secret: Resource) -> Outcome | None:
    """Return the outcome of a secret rotated by a service or in another region."""
    owner, primary = secret.config.get("OwningService"), secret.config.get("PrimaryRegion")
    if owner:
        return not_applicable(f"The secret is managed by {owner}.", "OwningService")
    if primary and primary != secret.region:
        return not_applicable(f"The secret is a replica, changed in {primary}.", "PrimaryRegion")
    return None


def _valued_since(secret: Resource) -> tuple[datetime, str]:
    """Return since when the secret has its value, and the evidence path of that."""
    rotated = secret.observed.get("LastRotatedDate")
    since, path = (rotated, "observed.LastRotatedDate") if rotated else (secret.config["CreatedDate"], "CreatedDate")
    return datetime.fromisoformat(since), path


def _is_older(since: datetime, limit: int, clock: Clock) -> bool:
    """Whether more whole days have gone by than so many."""
    return clock.has_come(since, timedelta(days=limit + 1))


def _period(secret: Resource) -> int | None:
    after = secret.config.at("RotationRules", "AutomaticallyAfterDays")
    if after:
        return int(after)
    rate = re.fullmatch(
        r"rate\((\d+) (day|hour)s?\)", secret.config.at("RotationRules", "ScheduleExpression", default="")
    )
    return max(1, int(rate[1]) // (1 if rate[2] == "day" else 24)) if rate else None
