"""Which names of variables and parameters tell of a secret."""

from __future__ import annotations

from posture.checks.environments import telling

SECRETS = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "ECS_ENGINE_AUTH_DATA",
    "DB_PASSWORD",
    "DBPassword",
    "db-passwd",
    "partnerApiKey",
    "PARTNER_APIKEY",
    "GitHubToken",
    "SMTP_CREDENTIALS",
    "PASSWORD",
]
OTHERS = [
    "STAGE",
    "AWS_REGION",
    "DB_PASSWORD_SECRET_ARN",
    "DbPasswordSecretName",
    "TOKEN_FILE",
    "TOKEN_TTL_SECONDS",
    "SECRET_ID",
    "KEY",
    "MONKEY",
    "PUBLIC_KEY",
    "SECRETARY",
    "",
]


def test_a_secret_is_told_by_how_its_name_ends() -> None:
    assert telling([*SECRETS, *OTHERS]) == sorted(SECRETS)
