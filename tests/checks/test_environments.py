"""Which names of variables and parameters show a secret."""

from __future__ import annotations

from posture.checks.environments import names_a_secret, secrets_in
from posture.core.check import neighbour
from posture.core.secret_kinds import RANDOM, SECRET_KINDS

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
    "DB_PASS",
    "GITHUB_PAT",
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
    "BYPASS",
    "PATH",
    "DATABASE_URL",
    "",
]


def test_a_secret_is_recognized_by_how_its_name_ends() -> None:
    assert [name for name in [*SECRETS, *OTHERS] if names_a_secret(name)] == SECRETS


def test_a_secret_is_recognized_by_what_its_value_looked_like() -> None:
    kinds = {"hmac-sha256:1": "a URL with a password", "hmac-sha256:2": RANDOM}
    function = neighbour("AWS::Lambda::Function", {}, observed={SECRET_KINDS: kinds})
    values = {
        "DATABASE_URL": "hmac-sha256:1",
        "SEED": "hmac-sha256:2",
        "BUILD_SHA256": "hmac-sha256:2",
        "API_KEY": "hmac-sha256:3",
        "STAGE": "hmac-sha256:4",
    }

    assert secrets_in(function, values.items()) == [
        "API_KEY",
        "DATABASE_URL (a URL with a password)",
        "SEED (a long random value)",
    ]
